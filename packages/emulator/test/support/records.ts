// Putting and reading records through the operations.
import type { TestEmulator } from "./emulator.ts";

interface ReadRecord {
  readonly SequenceNumber: string;
  readonly ApproximateArrivalTimestamp: number;
  readonly Data: string;
  readonly PartitionKey: string;
}

export interface Page {
  readonly Records: readonly ReadRecord[];
  readonly MillisBehindLatest: number;
  readonly NextShardIterator?: string;
  readonly ChildShards?: readonly {
    readonly ShardId: string;
    readonly ParentShards: readonly string[];
    readonly HashKeyRange: { readonly StartingHashKey: string; readonly EndingHashKey: string };
  }[];
}

export interface PutResult {
  readonly SequenceNumber: string;
  readonly ShardId: string;
}

export interface ListedShard {
  readonly ShardId: string;
  readonly ParentShardId?: string;
  readonly AdjacentParentShardId?: string;
  readonly HashKeyRange: { readonly StartingHashKey: string; readonly EndingHashKey: string };
  readonly SequenceNumberRange: {
    readonly StartingSequenceNumber: string;
    readonly EndingSequenceNumber?: string;
  };
}

export const FIRST_SHARD = "shardId-000000000000";

export function put({ call }: TestEmulator, text: string, more: object = {}): Promise<PutResult> {
  const Data = Buffer.from(text).toString("base64");
  return call("PutRecord", { StreamName: "s", PartitionKey: "key", Data, ...more });
}

export async function iterator({ call }: TestEmulator, input: object): Promise<string> {
  const { ShardIterator } = await call<{ ShardIterator: string }>("GetShardIterator", {
    StreamName: "s",
    ShardId: FIRST_SHARD,
    ...input,
  });
  return ShardIterator;
}

export function read(emulator: TestEmulator, ShardIterator: string, Limit?: number): Promise<Page> {
  return emulator.call("GetRecords", { ShardIterator, Limit: Limit ?? null });
}

/** The texts of the records from an iterator's start on. */
export async function textsFrom(emulator: TestEmulator, start: object): Promise<string[]> {
  const page = await read(emulator, await iterator(emulator, start));
  return page.Records.map(textOf);
}

export function textOf(record: { readonly Data: string }): string {
  return Buffer.from(record.Data, "base64").toString();
}

export async function shardsOf(
  { call }: TestEmulator,
  input: object = {},
): Promise<readonly ListedShard[]> {
  const { Shards } = await call<{ Shards: readonly ListedShard[] }>("ListShards", {
    StreamName: "s",
    ...input,
  });
  return Shards;
}

/** Calls an operation that changes the stream, and waits for its end. */
export async function reshard(
  emulator: TestEmulator,
  operation: "SplitShard" | "MergeShards" | "UpdateShardCount",
  input: object,
): Promise<void> {
  await emulator.call(operation, { StreamName: "s", ...input });
  await emulator.clock.advance(1);
}

/** Splits a shard in the middle of its range. */
export async function splitInHalf(emulator: TestEmulator, shardId: string): Promise<void> {
  const shard = (await shardsOf(emulator)).find(({ ShardId }) => ShardId === shardId);
  if (shard === undefined) throw new Error(`no shard ${shardId}`);
  const { StartingHashKey, EndingHashKey } = shard.HashKeyRange;
  const middle = (BigInt(StartingHashKey) + BigInt(EndingHashKey) + 1n) / 2n;
  await reshard(emulator, "SplitShard", {
    ShardToSplit: shardId,
    NewStartingHashKey: middle.toString(),
  });
}
