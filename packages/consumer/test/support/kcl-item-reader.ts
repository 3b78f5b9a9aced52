// Reads an item of the lease table as the KCL 2.x does (its class DynamoDBLeaseSerializer, as the specification
// restates it in 1.2): by attribute name and type, throwing where the Java code would. Shares nothing with the code
// under test.
import type { AttributeValue } from "@aws-sdk/client-dynamodb";

type Item = Readonly<Record<string, AttributeValue>>;

interface KclPosition {
  readonly sequenceNumber: string;
  readonly subSequenceNumber: bigint;
}

/** The fields of the Java class Lease. */
export interface KclLease {
  readonly leaseKey: string;
  readonly leaseOwner: string | undefined;
  readonly leaseCounter: bigint;
  readonly ownerSwitchesSinceCheckpoint: bigint;
  readonly checkpoint: KclPosition;
  readonly pendingCheckpoint: KclPosition | undefined;
  readonly pendingCheckpointState: Uint8Array | undefined;
  /** Of the class MultiStreamLease, which items have whose key is more than a shard id. */
  readonly streamName: string | undefined;
  readonly shardId: string | undefined;
  readonly parentShardIds: readonly string[];
  readonly childShardIds: readonly string[];
  readonly hashKeyRange: { readonly start: bigint; readonly end: bigint } | undefined;
}

const SENTINELS = new Set(["TRIM_HORIZON", "LATEST", "AT_TIMESTAMP", "SHARD_END"]);

/** @throws Error where the Java class could not be made, which ends the listing of every 2.x worker. */
export function readAsKcl(item: Item): KclLease {
  const leaseKey = present(text(item, "leaseKey"), "leaseKey");
  const isOfManyStreams = leaseKey.includes(":");
  return {
    leaseKey,
    streamName: isOfManyStreams ? streamName(item) : undefined,
    shardId: isOfManyStreams ? present(text(item, "shardId"), "shardId") : undefined,
    leaseOwner: text(item, "leaseOwner"),
    leaseCounter: present(long(item, "leaseCounter"), "leaseCounter"),
    ownerSwitchesSinceCheckpoint: present(
      long(item, "ownerSwitchesSinceCheckpoint"),
      "ownerSwitchesSinceCheckpoint",
    ),
    checkpoint: present(position(item, "checkpoint"), "checkpoint"),
    pendingCheckpoint: position(item, "pendingCheckpoint"),
    pendingCheckpointState: item["pendingCheckpointState"]?.B,
    parentShardIds: texts(item, "parentShardId"),
    childShardIds: texts(item, "childShardIds"),
    hashKeyRange: rangeOf(item),
  };
}

/** The Java class of a stream's name refuses others. */
function streamName(item: Item): string {
  const name = present(text(item, "streamName"), "streamName");
  if (!/^[0-9]+:[^:]+:[1-9][0-9]*$/.test(name)) throw new Error(`no stream's name: ${name}`);
  return name;
}

function position(item: Item, name: string): KclPosition | undefined {
  const sequenceNumber = text(item, name);
  if (sequenceNumber === undefined) return undefined;
  if (!isPosition(sequenceNumber)) throw new Error(`no ${name}: ${sequenceNumber}`);
  return { sequenceNumber, subSequenceNumber: long(item, `${name}SubSequenceNumber`) ?? 0n };
}

function isPosition(sequenceNumber: string): boolean {
  return SENTINELS.has(sequenceNumber) || /^\d+$/.test(sequenceNumber);
}

function rangeOf(item: Item): KclLease["hashKeyRange"] {
  const start = text(item, "startingHashKey");
  const end = text(item, "endingHashKey");
  if (start === undefined || end === undefined) return undefined;
  if (!/^\d+$/.test(start) || !/^\d+$/.test(end)) throw new Error(`no decimals: ${start}, ${end}`);
  if (BigInt(start) >= BigInt(end)) throw new Error(`the range ${start} to ${end} is empty`);
  return { start: BigInt(start), end: BigInt(end) };
}

function present<T>(value: T | undefined, name: string): T {
  if (value === undefined) throw new Error(`${name} is missing`);
  return value;
}

function text(item: Item, name: string): string | undefined {
  const value = item[name];
  if (value === undefined) return undefined;
  if (value.S === undefined || value.S === "") throw new Error(`${name} is no text`);
  return value.S;
}

/** A Java long. */
function long(item: Item, name: string): bigint | undefined {
  const value = item[name];
  if (value === undefined) return undefined;
  if (value.N === undefined || !/^-?\d+$/.test(value.N)) throw new Error(`${name} is no long`);
  return BigInt(value.N);
}

/** DynamoDB has no empty sets. */
function texts(item: Item, name: string): readonly string[] {
  const value = item[name];
  if (value === undefined) return [];
  if (value.SS === undefined || value.SS.length === 0)
    throw new Error(`${name} is no set of texts`);
  return value.SS;
}
