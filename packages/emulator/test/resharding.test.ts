import { tilesHashSpace } from "@shardline/core";
import { expect, test } from "vitest";
import { parseSequenceNumber } from "../src/stream/sequence-numbers.ts";
import { ACCOUNT, newEmulator, type Refusal, type TestEmulator } from "./support/emulator.ts";
import {
  FIRST_SHARD,
  iterator,
  type ListedShard,
  put,
  read,
  reshard,
  shardsOf,
  splitInHalf,
} from "./support/records.ts";

const HALF = 2n ** 127n;
const shardIdOf = (index: number): string => `shardId-${String(index).padStart(12, "0")}`;

/** Puts a record into every open shard. */
async function putEverywhere(emulator: TestEmulator): Promise<void> {
  for (const { HashKeyRange, SequenceNumberRange } of await shardsOf(emulator)) {
    if (SequenceNumberRange.EndingSequenceNumber !== undefined) continue;
    await put(emulator, "x", { ExplicitHashKey: HashKeyRange.StartingHashKey });
  }
}

function numbersInOrder({ emulator }: TestEmulator): void {
  const shards = emulator.inspect("s")?.shards ?? [];
  const byId = new Map(shards.map((shard) => [shard.shardId, shard]));
  for (const shard of shards) {
    const chain = [
      byId.get(shard.parentShardId ?? "")?.endingSequenceNumber ?? "",
      byId.get(shard.adjacentParentShardId ?? "")?.endingSequenceNumber ?? "",
      shard.startingSequenceNumber,
      ...shard.records.map(({ sequenceNumber }) => sequenceNumber),
      shard.endingSequenceNumber ?? "",
    ].filter((number) => number !== "");
    const parents = chain.slice(0, chain.indexOf(shard.startingSequenceNumber));
    const own = chain.slice(parents.length);
    expect(own).toEqual([...new Set(own)].sort());
    for (const parent of parents) expect(parent < shard.startingSequenceNumber).toBe(true);
  }
}

test("T15: start < records < end < start of the children, in splits and merges within one second", async () => {
  const emulator = newEmulator({ streams: { s: 2 } });
  await putEverywhere(emulator);
  await splitInHalf(emulator, shardIdOf(0));
  await putEverywhere(emulator);
  await splitInHalf(emulator, shardIdOf(2));
  await putEverywhere(emulator);
  await reshard(emulator, "MergeShards", {
    ShardToMerge: shardIdOf(3),
    AdjacentShardToMerge: shardIdOf(1),
  });
  await putEverywhere(emulator);
  await reshard(emulator, "MergeShards", {
    ShardToMerge: shardIdOf(6),
    AdjacentShardToMerge: shardIdOf(5),
  });
  await putEverywhere(emulator);
  expect(emulator.clock.nowMs()).toBeLessThan(1000);
  expect(emulator.emulator.inspect("s")?.shards).toHaveLength(8);
  numbersInOrder(emulator);
});

test("T15: the same holds where the low bits of a child's index are smaller than its parent's", async () => {
  const emulator = newEmulator({ streams: { s: 16 } });
  await putEverywhere(emulator);
  await splitInHalf(emulator, shardIdOf(15));
  await putEverywhere(emulator);
  expect(emulator.emulator.inspect("s")?.shards).toHaveLength(18);
  numbersInOrder(emulator);
});

test("numbers tell when their shard was created and when their record was put", async () => {
  const emulator = newEmulator({ streams: { s: 1 } });
  await emulator.clock.advance(5000);
  const { SequenceNumber } = await put(emulator, "x");
  expect(parseSequenceNumber(SequenceNumber)).toEqual({
    createdSeconds: 1_700_000_000,
    shardIndex: 0,
    index: 1n,
    putSeconds: 1_700_000_005,
  });
});

test("numbers of neighbours can be made to lie apart, as on AWS, and are found all the same", async () => {
  const emulator = newEmulator({ streams: { s: 1 }, sequenceGaps: true });
  const Records = Array.from({ length: 200 }, () => ({ PartitionKey: "k", Data: "" }));
  const answer = await emulator.call<{ Records: readonly { SequenceNumber: string }[] }>(
    "PutRecords",
    { StreamName: "s", Records },
  );
  const numbers = answer.Records.map(({ SequenceNumber }) => SequenceNumber);
  const indexes = numbers.map((number) => parseSequenceNumber(number)?.index ?? 0n);
  const steps = indexes.slice(1).map((index, i) => index - (indexes[i] as bigint));
  expect(steps.every((step) => step >= 1n)).toBe(true);
  expect(steps.filter((step) => step > 1n).length).toBeGreaterThan(50);
  for (const i of [0, 57, 199]) {
    for (const [type, from] of [
      ["AT_SEQUENCE_NUMBER", i],
      ["AFTER_SEQUENCE_NUMBER", i + 1],
    ] as const) {
      const start = { ShardIteratorType: type, StartingSequenceNumber: numbers[i] };
      const page = await read(emulator, await iterator(emulator, start));
      expect(page.Records.map(({ SequenceNumber }) => SequenceNumber)).toEqual(numbers.slice(from));
    }
  }
});

test("T29: writes go to the parent until the split is done and to the children from then on, and none is lost", async () => {
  const emulator = newEmulator({ streams: { s: 1 }, transitions: { updateMs: 50 } });
  await emulator.call("SplitShard", {
    StreamName: "s",
    ShardToSplit: FIRST_SHARD,
    NewStartingHashKey: `${HALF}`,
  });
  const landed: string[] = [];
  for (let ms = 0; ms < 100; ms += 1) {
    const ExplicitHashKey = ms % 2 === 0 ? "0" : `${HALF}`;
    landed.push((await put(emulator, `${ms}`, { ExplicitHashKey })).ShardId);
    await emulator.clock.advance(1);
  }
  const expected = Array.from({ length: 100 }, (_, ms) =>
    ms < 50 ? FIRST_SHARD : shardIdOf(ms % 2 === 0 ? 1 : 2),
  );
  expect(landed).toEqual(expected);
  const [parent, ...children] = emulator.emulator.inspect("s")?.shards ?? [];
  expect(parent?.records).toHaveLength(50);
  expect(children.flatMap(({ records }) => records)).toHaveLength(50);
  const closedAtMs = parent?.closedAtMs ?? 0;
  expect(parent?.records.every(({ arrivedAtMs }) => arrivedAtMs < closedAtMs)).toBe(true);
  expect(children.map(({ createdAtMs }) => createdAtMs)).toEqual([closedAtMs, closedAtMs]);
});

test("T29: where shards are told to change at the start of UPDATING, writes go to the children at once", async () => {
  const emulator = newEmulator({
    streams: { s: 1 },
    transitions: { updateMs: 50 },
    reshardAt: "start",
  });
  const before = await put(emulator, "before", { ExplicitHashKey: "0" });
  await emulator.call("SplitShard", {
    StreamName: "s",
    ShardToSplit: FIRST_SHARD,
    NewStartingHashKey: `${HALF}`,
  });
  expect(emulator.emulator.inspect("s")?.status).toBe("UPDATING");
  const during = await put(emulator, "during", { ExplicitHashKey: "0" });
  expect([before.ShardId, during.ShardId]).toEqual([FIRST_SHARD, shardIdOf(1)]);
  await emulator.clock.advance(50);
  const [parent, low] = emulator.emulator.inspect("s")?.shards ?? [];
  expect([parent?.records.length, low?.records.length]).toEqual([1, 1]);
  expect(emulator.emulator.inspect("s")?.status).toBe("ACTIVE");
});

test("T29: a shard closes no earlier than its newest record arrived, even if the clock steps back", async () => {
  const emulator = newEmulator({ streams: { s: 1 } });
  await emulator.clock.advance(7_200_000);
  await put(emulator, "x");
  const wallTimeMs = emulator.clock.wallTimeMs.bind(emulator.clock);
  emulator.clock.wallTimeMs = () => wallTimeMs() - 3_600_000;
  await splitInHalf(emulator, FIRST_SHARD);
  const [parent, ...children] = emulator.emulator.inspect("s")?.shards ?? [];
  const arrivedAtMs = parent?.records[0]?.arrivedAtMs;
  expect(arrivedAtMs).toBe(1_700_007_200_000);
  expect(parent?.closedAtMs).toBe(arrivedAtMs);
  expect(children.map(({ createdAtMs }) => createdAtMs)).toEqual([arrivedAtMs, arrivedAtMs]);
  numbersInOrder(emulator);
});

test("a split gives the children the keys below and from the new starting key on", async () => {
  const emulator = newEmulator({ streams: { s: 1 } });
  await reshard(emulator, "SplitShard", { ShardToSplit: FIRST_SHARD, NewStartingHashKey: "10" });
  const [parent, low, high] = await shardsOf(emulator);
  expect(parent?.SequenceNumberRange.EndingSequenceNumber).toBeDefined();
  expect([low, high]).toMatchObject([
    { ParentShardId: FIRST_SHARD, HashKeyRange: { StartingHashKey: "0", EndingHashKey: "9" } },
    { ParentShardId: FIRST_SHARD, HashKeyRange: { StartingHashKey: "10" } },
  ]);
  expect(low).not.toHaveProperty("AdjacentParentShardId");
});

test("a merge may name its shards in either order, and the child remembers which came first", async () => {
  for (const [first, second] of [
    [0, 1],
    [1, 0],
  ] as const) {
    const emulator = newEmulator({ streams: { s: 2 } });
    await reshard(emulator, "MergeShards", {
      ShardToMerge: shardIdOf(first),
      AdjacentShardToMerge: shardIdOf(second),
    });
    expect((await shardsOf(emulator))[2]).toMatchObject({
      ParentShardId: shardIdOf(first),
      AdjacentParentShardId: shardIdOf(second),
      HashKeyRange: { StartingHashKey: "0", EndingHashKey: `${2n * HALF - 1n}` },
    });
  }
});

test("what cannot be split is refused", async () => {
  const emulator = newEmulator({ streams: { s: 2 } });
  const split = (ShardToSplit: string, key: bigint): Promise<Refusal> =>
    emulator.refusal("SplitShard", { StreamName: "s", ShardToSplit, NewStartingHashKey: `${key}` });
  expect(await split(shardIdOf(9), 5n)).toEqual({
    name: "ResourceNotFoundException",
    reason: `Could not find shard ${shardIdOf(9)} in stream s under account ${ACCOUNT}.`,
  });
  for (const key of [0n, 1n, HALF - 1n, HALF, 2n * HALF]) {
    expect(await split(FIRST_SHARD, key)).toEqual({
      name: "InvalidArgumentException",
      reason:
        `NewStartingHashKey ${key} used in SplitShard() on shard ${FIRST_SHARD} in stream s under account ` +
        `${ACCOUNT} is not both greater than one plus the shard's StartingHashKey 0 and less than the ` +
        `shard's EndingHashKey ${HALF - 1n}.`,
    });
  }
  await splitInHalf(emulator, FIRST_SHARD);
  expect(await split(FIRST_SHARD, 5n)).toEqual({
    name: "InvalidArgumentException",
    reason:
      `Shard ${FIRST_SHARD} in stream s under account ${ACCOUNT} has already been merged or split, and ` +
      "thus is not eligible for merging or splitting.",
  });
});

test("what cannot be merged is refused", async () => {
  const emulator = newEmulator({ streams: { s: 3 } });
  const merge = (a: number, b: number): Promise<Refusal> =>
    emulator.refusal("MergeShards", {
      StreamName: "s",
      ShardToMerge: shardIdOf(a),
      AdjacentShardToMerge: shardIdOf(b),
    });
  for (const [a, b] of [
    [0, 2],
    [1, 1],
  ] as const) {
    expect(await merge(a, b)).toEqual({
      name: "InvalidArgumentException",
      reason:
        `Shards ${shardIdOf(a)} and ${shardIdOf(b)} in stream s under account ${ACCOUNT} are not an ` +
        "adjacent pair of shards eligible for merging",
    });
  }
  expect((await merge(0, 7)).name).toBe("ResourceNotFoundException");
  await reshard(emulator, "MergeShards", {
    ShardToMerge: shardIdOf(0),
    AdjacentShardToMerge: shardIdOf(1),
  });
  expect((await merge(1, 2)).reason).toContain("has already been merged or split");
  expect((await merge(2, 1)).reason).toContain("has already been merged or split");
});

test("a stream is resharded only while ACTIVE", async () => {
  const emulator = newEmulator({ streams: { s: 2 }, transitions: { updateMs: 10 } });
  await emulator.call("MergeShards", {
    StreamName: "s",
    ShardToMerge: shardIdOf(0),
    AdjacentShardToMerge: shardIdOf(1),
  });
  const refused = await emulator.refusal("SplitShard", {
    StreamName: "s",
    ShardToSplit: FIRST_SHARD,
    NewStartingHashKey: "5",
  });
  expect(refused).toEqual({
    name: "ResourceInUseException",
    reason: `Stream s under account ${ACCOUNT} not ACTIVE, instead in state UPDATING`,
  });
  await emulator.clock.advance(10);
});

test("T31: an on-demand stream starts with four shards and is resharded by nobody but the service", async () => {
  const { call, clock, refusal } = newEmulator();
  await call("CreateStream", {
    StreamName: "s",
    ShardCount: 9,
    StreamModeDetails: { StreamMode: "ON_DEMAND" },
  });
  await clock.advance(1);
  expect(await call("DescribeStreamSummary", { StreamName: "s" })).toMatchObject({
    StreamDescriptionSummary: { OpenShardCount: 4, StreamModeDetails: { StreamMode: "ON_DEMAND" } },
  });
  const expected = {
    name: "ValidationException",
    reason: `Request is invalid. Stream s under account ${ACCOUNT} is in On-Demand mode.`,
  };
  const inputs = {
    SplitShard: { ShardToSplit: FIRST_SHARD, NewStartingHashKey: "5" },
    MergeShards: { ShardToMerge: FIRST_SHARD, AdjacentShardToMerge: shardIdOf(1) },
    UpdateShardCount: { TargetShardCount: 2, ScalingType: "UNIFORM_SCALING" },
  };
  for (const [operation, input] of Object.entries(inputs)) {
    expect(await refusal(operation, { StreamName: "s", ...input })).toEqual(expected);
  }
});

function openRanges(shards: readonly ListedShard[]): { start: bigint; end: bigint }[] {
  return shards
    .filter(({ SequenceNumberRange }) => SequenceNumberRange.EndingSequenceNumber === undefined)
    .map(({ HashKeyRange }) => ({
      start: BigInt(HashKeyRange.StartingHashKey),
      end: BigInt(HashKeyRange.EndingHashKey),
    }))
    .sort((a, b) => (a.start < b.start ? -1 : 1));
}

test.each([
  [2, 4],
  [4, 2],
  [4, 3],
  [3, 5],
])(
  "T30: from %i to %i shards the ranges become uniform and every new shard has its parents",
  async (from, to) => {
    const emulator = newEmulator({ streams: { s: from } });
    const answer = await emulator.call("UpdateShardCount", {
      StreamName: "s",
      TargetShardCount: to,
      ScalingType: "UNIFORM_SCALING",
    });
    expect(answer).toEqual({
      StreamName: "s",
      StreamARN: `arn:aws:kinesis:us-east-1:${ACCOUNT}:stream/s`,
      CurrentShardCount: from,
      TargetShardCount: to,
    });
    await emulator.clock.advance(1);
    const shards = await shardsOf(emulator);
    const width = (2n * HALF) / BigInt(to);
    const ranges = openRanges(shards);
    expect(ranges.map(({ start }) => start)).toEqual(
      Array.from({ length: to }, (_, i) => width * BigInt(i)),
    );
    expect(tilesHashSpace(ranges)).toBe(true);
    const known = new Set(shards.map(({ ShardId }) => ShardId));
    for (const shard of shards.slice(from)) {
      expect(known.has(shard.ParentShardId ?? "")).toBe(true);
    }
    numbersInOrder(emulator);
  },
);

test("T30: exact doubling is one split of each shard, exact halving one merge of each pair", async () => {
  const emulator = newEmulator({ streams: { s: 2 } });
  const update = (TargetShardCount: number): Promise<void> =>
    reshard(emulator, "UpdateShardCount", { TargetShardCount, ScalingType: "UNIFORM_SCALING" });
  await update(4);
  expect(await shardsOf(emulator)).toHaveLength(6);
  await update(2);
  const shards = await shardsOf(emulator);
  expect(shards).toHaveLength(8);
  expect(
    shards.slice(6).map((shard) => [shard.ParentShardId, shard.AdjacentParentShardId]),
  ).toEqual([
    [shardIdOf(2), shardIdOf(3)],
    [shardIdOf(4), shardIdOf(5)],
  ]);
});

test("T30: more than double and less than half are refused", async () => {
  const { refusal } = newEmulator({ streams: { s: 5 } });
  for (const TargetShardCount of [2, 11, 15]) {
    const input = { StreamName: "s", TargetShardCount, ScalingType: "UNIFORM_SCALING" };
    expect((await refusal("UpdateShardCount", input)).name).toBe("LimitExceededException");
  }
});

test("T30: an eleventh update within 24 hours is refused, and allowed when the first is a day old", async () => {
  const emulator = newEmulator({ streams: { s: 2 } });
  const input = (TargetShardCount: number): object => ({
    StreamName: "s",
    TargetShardCount,
    ScalingType: "UNIFORM_SCALING",
  });
  for (let i = 0; i < 10; i += 1) {
    await emulator.call("UpdateShardCount", input(i % 2 === 0 ? 4 : 2));
    await emulator.clock.advance(1000);
    // The present count asks for nothing and does not count.
    await emulator.call("UpdateShardCount", input(i % 2 === 0 ? 4 : 2));
  }
  expect((await emulator.refusal("UpdateShardCount", input(4))).name).toBe(
    "LimitExceededException",
  );
  await emulator.clock.advance(86_400_000 - 10_000);
  await emulator.call("UpdateShardCount", input(4));
  await emulator.clock.advance(1);
});
