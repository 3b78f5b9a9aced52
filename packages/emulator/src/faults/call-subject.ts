// What rules see of a call. Its input is read as it came, before any check, and only as far as a rule asks.
import type { Caller } from "../stream/namespace.ts";
import type { FaultService } from "./fault-rule.ts";
import { peekToken, type PeekedToken } from "../tokens/peek-token.ts";

/** A call before it is served. */
export interface CallSubject {
  readonly service: FaultService;
  readonly operation: string;
  /** As decoded; `undefined` where the body was malformed. */
  readonly input: unknown;
  readonly caller: Caller;
  /** Empty for calls in the process. */
  readonly userAgent: string;
  /** The shard that a record would go to now; `undefined` if nobody can tell. */
  routeOf(stream: NamedStream, record: PutRecord): string | undefined;
}

/** Whose call it is and what it says. */
type CallInput = Pick<CallSubject, "input" | "caller">;

/** A stream as an input names it. */
interface NamedStream {
  readonly name: string;
  readonly owner: Caller;
}

/** A record as an input names it. */
interface PutRecord {
  readonly partitionKey: string;
  readonly explicitHashKey: string | undefined;
  /** Data and key. */
  readonly bytes: number;
}

type Members = Readonly<Record<string, unknown>>;

const STREAM_ARN = /^arn:[^:]*:kinesis:([^:]*):(\d{12}):stream\/([^/\s]+)/;

/** The members of an input. */
function membersOf({ input }: Pick<CallSubject, "input">): Members {
  return typeof input === "object" && input !== null ? (input as Members) : {};
}

/** The text in a member of a call's input. */
export function memberOf(subject: Pick<CallSubject, "input">, name: string): string | undefined {
  return textOf(membersOf(subject), name);
}

function textOf(members: Members, name: string): string | undefined {
  const value = members[name];
  return typeof value === "string" ? value : undefined;
}

/** The stream that a call is for. */
export function streamOf(subject: CallInput): NamedStream | undefined {
  const members = membersOf(subject);
  const arn = textOf(members, "StreamARN") ?? textOf(members, "ConsumerARN");
  const [, region, accountId, name] = STREAM_ARN.exec(arn ?? "") ?? [];
  if (region !== undefined && accountId !== undefined && name !== undefined) {
    return { name, owner: { accountId, region } };
  }
  const given = textOf(members, "StreamName");
  if (given !== undefined) return { name: given, owner: subject.caller };
  return tokenOf(subject)?.stream;
}

/** The token that a call reads on with. */
export function tokenOf(subject: CallInput): PeekedToken | undefined {
  const members = membersOf(subject);
  const token = textOf(members, "ShardIterator") ?? textOf(members, "NextToken");
  return token === undefined ? undefined : peekToken(token);
}

/** The shards that a call names, reads, or puts records to. */
export function shardIdsOf(subject: CallSubject): readonly string[] {
  const members = membersOf(subject);
  const named = ["ShardId", "ShardToSplit", "ShardToMerge", "AdjacentShardToMerge"].flatMap(
    (name) => textOf(members, name) ?? [],
  );
  if (named.length > 0) return named;
  const read = tokenOf(subject)?.shardId;
  if (read !== undefined) return [read];
  const stream = streamOf(subject);
  if (stream === undefined) return [];
  const shardIds = putRecordsOf(subject).flatMap((record) => subject.routeOf(stream, record) ?? []);
  return [...new Set(shardIds)];
}

/** The records that a call puts. */
export function putRecordsOf(subject: CallSubject): readonly PutRecord[] {
  const members = membersOf(subject);
  const { Records: entries } = members;
  if (subject.operation === "PutRecord") return putRecordOf(members);
  if (subject.operation !== "PutRecords" || !Array.isArray(entries)) return [];
  return entries.flatMap((entry: unknown) =>
    typeof entry === "object" && entry !== null ? putRecordOf(entry as Members) : [],
  );
}

function putRecordOf(entry: Members): readonly PutRecord[] {
  const partitionKey = textOf(entry, "PartitionKey") ?? "";
  const bytes = dataBytesOf(entry["Data"]) + Buffer.byteLength(partitionKey);
  return [{ partitionKey, explicitHashKey: textOf(entry, "ExplicitHashKey"), bytes }];
}

function dataBytesOf(data: unknown): number {
  if (typeof data === "string") return Buffer.byteLength(data, "base64");
  return data instanceof Uint8Array ? data.length : 0;
}
