// Pure: whether a call is one that a rule is for. Chance and counting come after this.
import {
  type CallSubject,
  memberOf,
  putRecordsOf,
  shardIdsOf,
  streamOf,
  tokenOf,
} from "./call-subject.ts";
import { operationsOfEffect } from "./effect-operations.ts";
import type { SettledRule } from "./fault-rule.ts";

/** Answers whether a rule is for a call. */
export type RuleMatch = (subject: CallSubject) => boolean;

/** `addedAtMs` is the wall time since which the rule is there. */
export function matchOf({ effect, match }: SettledRule, addedAtMs: number): RuleMatch {
  const operations = new Set(match.operations ?? operationsOfEffect(effect, match.service));
  const tests: RuleMatch[] = [
    ({ service, operation }) => service === match.service && operations.has(operation),
    ...scopeTests(match),
    ...recordTests(match),
  ];
  if (effect.kind === "expireIterators" || effect.kind === "expireTokens") {
    tests.push(
      (subject) => (tokenOf(subject)?.issuedAtMs ?? Number.POSITIVE_INFINITY) <= addedAtMs,
    );
  }
  if (effect.kind === "throttle" && effect.shardId !== undefined) {
    tests.push(isOfShard(effect.shardId));
  }
  return (subject) => tests.every((test) => test(subject));
}

function scopeTests(match: SettledRule["match"]): RuleMatch[] {
  const { account, stream, shardId, consumer, table, userAgent } = match;
  const tests: RuleMatch[] = [];
  if (account !== undefined) tests.push(({ caller }) => caller.accountId === account);
  if (userAgent !== undefined) {
    const pattern = new RegExp(userAgent);
    tests.push((subject) => pattern.test(subject.userAgent));
  }
  if (stream !== undefined) tests.push((subject) => isOfStream(subject, stream));
  if (shardId !== undefined) tests.push(isOfShard(shardId));
  if (consumer !== undefined) tests.push((subject) => isOfConsumer(subject, consumer));
  if (table !== undefined) {
    tests.push((subject) => memberOf(subject, "TableName") === table);
  }
  return tests;
}

function recordTests({ keyPrefix, minRecordBytes }: SettledRule["match"]): RuleMatch[] {
  if (keyPrefix === undefined && minRecordBytes === undefined) return [];
  return [
    (subject) =>
      putRecordsOf(subject).some(
        ({ partitionKey, bytes }) =>
          partitionKey.startsWith(keyPrefix ?? "") && bytes >= (minRecordBytes ?? 0),
      ),
  ];
}

function isOfShard(shardId: string): RuleMatch {
  return (subject) => shardIdsOf(subject).includes(shardId);
}

function isOfStream(subject: CallSubject, nameOrArn: string): boolean {
  const stream = streamOf(subject);
  if (stream === undefined) return false;
  const { region, accountId } = stream.owner;
  return (
    stream.name === nameOrArn ||
    nameOrArn.endsWith(`:kinesis:${region}:${accountId}:stream/${stream.name}`)
  );
}

/** As in `arn:…:stream/orders/consumer/billing:1700000000`. */
function isOfConsumer(subject: CallSubject, nameOrArn: string): boolean {
  const arn = memberOf(subject, "ConsumerARN");
  if (arn === nameOrArn || memberOf(subject, "ConsumerName") === nameOrArn) return true;
  return arn !== undefined && /\/consumer\/([^:/]+):\d+$/.exec(arn)?.[1] === nameOrArn;
}
