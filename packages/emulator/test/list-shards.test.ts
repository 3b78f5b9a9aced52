import { tilesHashSpace } from "@shardline/core";
import { expect, test } from "vitest";
import { ACCOUNT, newEmulator, type TestEmulator } from "./support/emulator.ts";
import {
  FIRST_SHARD,
  type ListedShard,
  reshard,
  shardsOf,
  splitInHalf,
} from "./support/records.ts";

const DAY_MS = 86_400_000;

interface Page {
  readonly Shards: readonly ListedShard[];
  readonly NextToken?: string;
}

const numbersOf = (shards: readonly ListedShard[]): number[] =>
  shards.map(({ ShardId }) => Number(ShardId.slice("shardId-".length)));

function coversHashSpace(shards: readonly ListedShard[]): boolean {
  return tilesHashSpace(
    shards.map(({ HashKeyRange }) => ({
      start: BigInt(HashKeyRange.StartingHashKey),
      end: BigInt(HashKeyRange.EndingHashKey),
    })),
  );
}

async function pages({ call }: TestEmulator, input: object): Promise<Page[]> {
  const all = [await call<Page>("ListShards", { StreamName: "s", ...input })];
  for (let last = all.at(-1); last?.NextToken !== undefined; last = all.at(-1)) {
    all.push(await call<Page>("ListShards", { NextToken: last.NextToken }));
  }
  return all;
}

test("T27: 2,500 shards come in pages of 1,000, however many are asked for", async () => {
  const emulator = newEmulator({ streams: { s: 2500 } });
  for (const input of [{}, { MaxResults: 10_000 }]) {
    const found = await pages(emulator, input);
    expect(found.map(({ Shards }) => Shards.length)).toEqual([1000, 1000, 500]);
    expect(numbersOf(found.flatMap(({ Shards }) => Shards))).toEqual(
      Array.from({ length: 2500 }, (_, i) => i),
    );
  }
});

test("a page that ends with the last shard has no token", async () => {
  const emulator = newEmulator({ streams: { s: 2 } });
  expect(await pages(emulator, { MaxResults: 2 })).toHaveLength(1);
});

test("T27: a page token stands alone", async () => {
  const emulator = newEmulator({ streams: { s: 2 } });
  const { NextToken } = await emulator.call<Page>("ListShards", { StreamName: "s", MaxResults: 1 });
  const twice = {
    StreamName: "s",
    StreamARN: `arn:aws:kinesis:us-east-1:${ACCOUNT}:stream/s`,
    StreamCreationTimestamp: 1_700_000_000,
    ExclusiveStartShardId: FIRST_SHARD,
    ShardFilter: { Type: "AT_LATEST" },
  };
  for (const [member, value] of Object.entries(twice)) {
    expect(await emulator.refusal("ListShards", { NextToken, [member]: value })).toEqual({
      name: "InvalidArgumentException",
      reason: `NextToken and ${member} cannot be provided together.`,
    });
  }
  // What the KCL sends beside a token, where its streams have ids.
  await emulator.call("ListShards", { NextToken, StreamId: `${"a".repeat(20)}-bcd` });
});

test("T27: a page token lives for 300 seconds", async () => {
  const emulator = newEmulator({ streams: { s: 2 } });
  const { NextToken } = await emulator.call<Page>("ListShards", { StreamName: "s", MaxResults: 1 });
  await emulator.clock.advance(300_000);
  await emulator.call("ListShards", { NextToken });
  await emulator.clock.advance(1);
  expect((await emulator.refusal("ListShards", { NextToken })).name).toBe(
    "ExpiredNextTokenException",
  );
});

test("T27: pages keep the filter and the moment of the first one while the stream changes", async () => {
  const emulator = newEmulator({ streams: { s: 3 } });
  const first = await emulator.call<Page>("ListShards", {
    StreamName: "s",
    MaxResults: 1,
    ShardFilter: { Type: "AT_LATEST" },
  });
  await splitInHalf(emulator, "shardId-000000000001");
  const rest = await emulator.call<Page>("ListShards", { NextToken: first.NextToken });
  const shards = [...first.Shards, ...rest.Shards];
  expect(numbersOf(shards)).toEqual([0, 1, 2]);
  expect(coversHashSpace(shards)).toBe(true);
});

test("a token of a deleted stream does not list its successor", async () => {
  const emulator = newEmulator({ streams: { s: 2 } });
  const { call, clock, refusal } = emulator;
  const { NextToken } = await call<Page>("ListShards", { StreamName: "s", MaxResults: 1 });
  await call("DeleteStream", { StreamName: "s" });
  await clock.advance(1);
  await call("CreateStream", { StreamName: "s", ShardCount: 2 });
  await clock.advance(1);
  expect((await refusal("ListShards", { NextToken })).name).toBe("ResourceNotFoundException");
});

test("a listing can start after a shard", async () => {
  const emulator = newEmulator({ streams: { s: 4 } });
  const shards = await shardsOf(emulator, { ExclusiveStartShardId: "shardId-000000000001" });
  expect(numbersOf(shards)).toEqual([2, 3]);
});

test("a stream is found by its creation time, to the second, and not by another one", async () => {
  const emulator = newEmulator({ streams: { s: 1 } });
  expect(await shardsOf(emulator, { StreamCreationTimestamp: 1_700_000_000 })).toHaveLength(1);
  const other = { StreamName: "s", StreamCreationTimestamp: 1_699_999_999 };
  expect((await emulator.refusal("ListShards", other)).name).toBe("ResourceNotFoundException");
});

/** Shards 0 and 1; after an hour 0 becomes 2 and 3; after another hour 1 and 3 become 4. */
async function withHistory(): Promise<{ emulator: TestEmulator; startedAtMs: number }> {
  const emulator = newEmulator({ streams: { s: 2 }, transitions: { updateMs: 0 } });
  const startedAtMs = emulator.clock.wallTimeMs();
  await emulator.clock.advance(3_600_000);
  await emulator.call("SplitShard", {
    StreamName: "s",
    ShardToSplit: FIRST_SHARD,
    NewStartingHashKey: `${2n ** 126n}`,
  });
  await emulator.clock.advance(3_600_000);
  await emulator.call("MergeShards", {
    StreamName: "s",
    ShardToMerge: "shardId-000000000003",
    AdjacentShardToMerge: "shardId-000000000001",
  });
  await emulator.clock.advance(0);
  return { emulator, startedAtMs };
}

test("T28: each filter lists what it says", async () => {
  const { emulator, startedAtMs } = await withHistory();
  const list = async (Type: string, more: object = {}): Promise<number[]> =>
    numbersOf(await shardsOf(emulator, { ShardFilter: { Type, ...more } }));
  const time = (afterMs: number): object => ({ Timestamp: (startedAtMs + afterMs) / 1000 });
  const hour = 3_600_000;
  expect(numbersOf(await shardsOf(emulator))).toEqual([0, 1, 2, 3, 4]);
  expect(await list("FROM_TRIM_HORIZON")).toEqual([0, 1, 2, 3, 4]);
  expect(await list("AT_TRIM_HORIZON")).toEqual([0, 1]);
  expect(await list("AT_LATEST")).toEqual([2, 4]);
  expect(await list("AT_TIMESTAMP", time(-5))).toEqual([0, 1]);
  expect(await list("AT_TIMESTAMP", time(0))).toEqual([0, 1]);
  expect(await list("AT_TIMESTAMP", time(hour - 1))).toEqual([0, 1]);
  expect(await list("AT_TIMESTAMP", time(hour))).toEqual([1, 2, 3]);
  expect(await list("AT_TIMESTAMP", time(2 * hour - 1))).toEqual([1, 2, 3]);
  expect(await list("AT_TIMESTAMP", time(2 * hour))).toEqual([2, 4]);
  expect(await list("FROM_TIMESTAMP", time(-5))).toEqual([0, 1, 2, 3, 4]);
  expect(await list("FROM_TIMESTAMP", time(hour))).toEqual([0, 1, 2, 3, 4]);
  expect(await list("FROM_TIMESTAMP", time(hour + 1))).toEqual([1, 2, 3, 4]);
  expect(await list("FROM_TIMESTAMP", time(2 * hour + 1))).toEqual([2, 4]);
  expect(await list("AFTER_SHARD_ID", { ShardId: "shardId-000000000002" })).toEqual([3, 4]);
});

test("T28: the trim horizon moves on, and with it what was open there", async () => {
  const { emulator } = await withHistory();
  const list = async (Type: string): Promise<number[]> =>
    numbersOf(await shardsOf(emulator, { ShardFilter: { Type } }));
  await emulator.clock.advance(DAY_MS - 3_600_000 - 1);
  expect(await list("AT_TRIM_HORIZON")).toEqual([0, 1]);
  await emulator.clock.advance(1);
  expect(await list("AT_TRIM_HORIZON")).toEqual([1, 2, 3]);
  expect(await list("FROM_TRIM_HORIZON")).toEqual([0, 1, 2, 3, 4]);
  await emulator.clock.advance(1);
  expect(await list("FROM_TRIM_HORIZON")).toEqual([1, 2, 3, 4]);
  await emulator.clock.advance(3_600_000);
  expect(await list("AT_TRIM_HORIZON")).toEqual([2, 4]);
  expect(await list("FROM_TRIM_HORIZON")).toEqual([2, 4]);
});

test("T28: the shards of any moment cover the hash space exactly once", async () => {
  const { emulator, startedAtMs } = await withHistory();
  for (let afterMs = -1000; afterMs <= 8_000_000; afterMs += 100_000) {
    const Timestamp = (startedAtMs + afterMs) / 1000;
    const shards = await shardsOf(emulator, { ShardFilter: { Type: "AT_TIMESTAMP", Timestamp } });
    expect(coversHashSpace(shards)).toBe(true);
  }
  for (let hours = 0; hours < 30; hours += 1) {
    for (const Type of ["AT_LATEST", "AT_TRIM_HORIZON"]) {
      expect(coversHashSpace(await shardsOf(emulator, { ShardFilter: { Type } }))).toBe(true);
    }
    await emulator.clock.advance(3_600_000);
  }
});

test("T28: a filter needs what its type names", async () => {
  const { refusal } = newEmulator({ streams: { s: 1 } });
  for (const Type of ["AFTER_SHARD_ID", "AT_TIMESTAMP", "FROM_TIMESTAMP"]) {
    const answer = await refusal("ListShards", { StreamName: "s", ShardFilter: { Type } });
    expect(answer.name).toBe("InvalidArgumentException");
  }
});

test("a stream whose clock stepped back lists its open shards all the same", async () => {
  const emulator = newEmulator({ streams: { s: 1 } });
  await emulator.clock.advance(7_200_000);
  await reshard(emulator, "UpdateShardCount", {
    TargetShardCount: 2,
    ScalingType: "UNIFORM_SCALING",
  });
  const wallTimeMs = emulator.clock.wallTimeMs.bind(emulator.clock);
  emulator.clock.wallTimeMs = () => wallTimeMs() - 3_600_000;
  expect(numbersOf(await shardsOf(emulator, { ShardFilter: { Type: "AT_LATEST" } }))).toEqual([
    1, 2,
  ]);
});
