// DynamoDB item -> lease, or what else it is. An item that cannot be trusted is told and not guessed at: a guess would
// skip records, or read children before their parents.
import type { AttributeValue } from "@aws-sdk/client-dynamodb";
import {
  type HashKeyRange,
  isSentinel,
  parseExplicitHashKey,
  type Position,
} from "@shardline/core";
import { ATTRIBUTES, LEASE_ENTITY, type LeaseItem } from "./dynamodb-lease-attributes.ts";
import type { Lease, PendingCheckpoint } from "./lease.ts";
import { shardIdOfKey } from "./lease-key.ts";
import { leaseFound, type LeaseLookup } from "./lease-lookup.ts";
import type { ForeignItem, UnreadableItem } from "./lease-table.ts";
import { foreignProblem } from "./unreadable-plan.ts";

/** What an item turned out to be. */
export type ReadItem =
  | { readonly kind: "lease"; readonly lease: Lease }
  | { readonly kind: "unreadable"; readonly item: UnreadableItem }
  | { readonly kind: "foreign"; readonly item: ForeignItem };

interface AttributeCheck {
  readonly name: string;
  readonly isRequired?: true;
  readonly expected: string;
  readonly isFine: (value: AttributeValue) => boolean;
}

const count = { expected: "a whole number", isFine: ({ N }: AttributeValue) => isCount(N) };
const position = { expected: "a position", isFine: ({ S }: AttributeValue) => isPosition(S) };
const text = { expected: "a text", isFine: ({ S }: AttributeValue) => S !== undefined };
const set = { expected: "a set of texts", isFine: ({ SS }: AttributeValue) => SS !== undefined };

/** What the order of reading, or the safety of a write, hangs on. The KCL itself requires the first three. */
const CHECKS: readonly AttributeCheck[] = [
  { name: ATTRIBUTES.key, isRequired: true, ...text },
  { name: ATTRIBUTES.counter, isRequired: true, ...count },
  { name: ATTRIBUTES.ownerSwitches, isRequired: true, ...count },
  { name: ATTRIBUTES.checkpoint, ...position },
  { name: ATTRIBUTES.checkpointSub, ...count },
  { name: ATTRIBUTES.pendingCheckpoint, ...position },
  { name: ATTRIBUTES.pendingCheckpointSub, ...count },
  { name: ATTRIBUTES.parentShardIds, ...set },
];

/** Reads an item of a scan. */
export function readItem(item: LeaseItem): ReadItem {
  const key = item[ATTRIBUTES.key]?.S ?? "";
  const entityType = item[ATTRIBUTES.entityType]?.S ?? LEASE_ENTITY;
  if (entityType !== LEASE_ENTITY) {
    return { kind: "foreign", item: { key, entityType, attributes: plainAttributes(item) } };
  }
  const problem = problemOf(item);
  return problem === undefined
    ? { kind: "lease", lease: readLease(item) }
    : { kind: "unreadable", item: { key, problem } };
}

/** Reads an item of the table in which the KCL 3.0 to 3.4 keeps what it has beside leases. */
export function readCoordinatorItem(item: LeaseItem): ForeignItem {
  const entityType = item[ATTRIBUTES.entityType]?.S ?? "";
  return { key: item["key"]?.S ?? "", entityType, attributes: plainAttributes(item) };
}

/** Reads an item that should be a lease; `undefined` if it is none, or cannot be read. */
export function leaseOf(item: LeaseItem): Lease | undefined {
  return leaseFound(lookupOf(item));
}

/** Reads the item of one key; an item of another kind is no lease that can be read, either. */
export function lookupOf(item: LeaseItem): LeaseLookup {
  const read = readItem(item);
  if (read.kind === "lease") return read;
  const { item: found } = read;
  const problem = "problem" in found ? found.problem : foreignProblem(found);
  return { kind: "unreadable", problem };
}

function problemOf(item: LeaseItem): string | undefined {
  for (const { expected, isFine, isRequired, name } of CHECKS) {
    const value = item[name];
    if (value === undefined && isRequired) return `${name} is missing`;
    if (value !== undefined && !isFine(value)) return `${name} is not ${expected}`;
  }
  return undefined;
}

function readLease(item: LeaseItem): Lease {
  const key = item[ATTRIBUTES.key]?.S as string;
  return Object.freeze({
    key,
    shardId: item[ATTRIBUTES.shardId]?.S ?? shardIdOfKey(key),
    counter: readNumber(item, ATTRIBUTES.counter) as number,
    ownerSwitches: readNumber(item, ATTRIBUTES.ownerSwitches) as number,
    checkpoint: {
      sequenceNumber: item[ATTRIBUTES.checkpoint]?.S ?? "TRIM_HORIZON",
      subSequenceNumber: readNumber(item, ATTRIBUTES.checkpointSub) ?? 0,
    },
    parentShardIds: item[ATTRIBUTES.parentShardIds]?.SS ?? [],
    childShardIds: item[ATTRIBUTES.childShardIds]?.SS ?? [],
    epoch: readNumber(item, ATTRIBUTES.epoch) ?? 0,
    ...defined("streamName", item[ATTRIBUTES.streamName]?.S),
    ...defined("pendingCheckpoint", readPending(item)),
    ...defined("hashKeyRange", readRange(item)),
    ...defined("owner", item[ATTRIBUTES.owner]?.S),
    ...defined("checkpointOwner", item[ATTRIBUTES.checkpointOwner]?.S),
    ...defined("nativeOwner", item[ATTRIBUTES.nativeOwner]?.S),
    ...defined("wantedBy", item[ATTRIBUTES.wantedBy]?.S),
    ...defined("releaseNotice", item[ATTRIBUTES.releaseNotice]?.S),
    ...defined("haltedAt", readHalt(item)),
    ...defined("initialTimestampMs", readNumber(item, ATTRIBUTES.initialTimestampMs)),
    ...defined("latestSinceMs", readNumber(item, ATTRIBUTES.latestSinceMs)),
    ...defined("streamEpoch", readNumber(item, ATTRIBUTES.streamEpoch)),
  });
}

function readPending(item: LeaseItem): PendingCheckpoint | undefined {
  const sequenceNumber = item[ATTRIBUTES.pendingCheckpoint]?.S;
  if (sequenceNumber === undefined) return undefined;
  const subSequenceNumber = readNumber(item, ATTRIBUTES.pendingCheckpointSub) ?? 0;
  const pending: Position = { sequenceNumber, subSequenceNumber };
  return { position: pending, ...defined("state", item[ATTRIBUTES.pendingCheckpointState]?.B) };
}

/** Only told: what cannot be read of it is passed over. */
function readHalt(item: LeaseItem): Position | undefined {
  const sequenceNumber = item[ATTRIBUTES.haltedAt]?.S;
  const index = item[ATTRIBUTES.haltedAtSub]?.N ?? "0";
  if (sequenceNumber === undefined || !isPosition(sequenceNumber) || !isCount(index))
    return undefined;
  return { sequenceNumber, subSequenceNumber: Number(index) };
}

/** Texts that are no range are passed over: the shard itself tells its range. */
function readRange(item: LeaseItem): HashKeyRange | undefined {
  const start = parseExplicitHashKey(item[ATTRIBUTES.startingHashKey]?.S ?? "");
  const end = parseExplicitHashKey(item[ATTRIBUTES.endingHashKey]?.S ?? "");
  return start === undefined || end === undefined || start > end ? undefined : { start, end };
}

function plainAttributes(item: LeaseItem): Readonly<Record<string, string>> {
  const entries = Object.entries(item).flatMap(([name, value]) => {
    const plain = value.S ?? value.N;
    return plain === undefined ? [] : [[name, plain] as const];
  });
  return Object.freeze(Object.fromEntries(entries));
}

function readNumber(item: LeaseItem, name: string): number | undefined {
  const text = item[name]?.N;
  return text === undefined ? undefined : Number(text);
}

/** Larger numbers could not be counted on from. */
function isCount(text: string | undefined): boolean {
  const value = Number(text ?? Number.NaN);
  return Number.isSafeInteger(value) && value >= 0;
}

function isPosition(text: string | undefined): boolean {
  if (text === undefined) return false;
  return (
    /^(?:0|[1-9]\d*)$/.test(text) || isSentinel({ sequenceNumber: text, subSequenceNumber: 0 })
  );
}

function defined<Key extends string, T>(key: Key, value: T | undefined): { [K in Key]?: T } {
  return value === undefined ? {} : ({ [key]: value } as { [K in Key]?: T });
}
