// Which calls a rule fires for, for how long, and what is told of it afterwards.
import type { FaultInput, FaultMatch, FaultRule } from "@shardline/emulator";
import { SeededRandom } from "@shardline/core/testing";
import { expect, test } from "vitest";
import { ACCOUNT, newEmulator, type TestEmulator } from "../support/emulator.ts";
import { FIRST_SHARD, iterator, put, shardsOf } from "../support/records.ts";

const SECOND_SHARD = "shardId-000000000001";
const BROKEN = { kind: "error", type: "InternalFailure" } as const;

function broken(match: FaultMatch, more: Omit<FaultRule, "effect" | "match"> = {}): FaultRule {
  return { effect: BROKEN, match, ...more };
}

/** Which of some calls are refused, as a row of `x` and `.`. */
async function row(calls: readonly (() => Promise<unknown>)[]): Promise<string> {
  let text = "";
  for (const call of calls) {
    text += await call().then(
      () => ".",
      () => "x",
    );
  }
  return text;
}

function times(count: number, call: () => Promise<unknown>): readonly (() => Promise<unknown>)[] {
  return Array.from({ length: count }, () => call);
}

const putTo = (emulator: TestEmulator, more: object) => () => put(emulator, "x", more);
/** Explicit hash keys at both ends: the first and the second of two shards. */
const LOW = { ExplicitHashKey: "0" };
const HIGH = { ExplicitHashKey: `${2n ** 128n - 1n}` };

test("a rule without a match fires for every call, until it is removed", async () => {
  const emulator = newEmulator({ streams: { s: 1 } });
  const fault = emulator.emulator.faults.add({ effect: BROKEN });
  expect(await row([() => put(emulator, "x"), () => shardsOf(emulator)])).toBe("xx");
  expect(fault.hits).toBe(2);
  fault.remove();
  fault.remove();
  expect(await row([() => put(emulator, "x"), () => shardsOf(emulator)])).toBe("..");
  expect(fault.hits).toBe(2);
});

test("a rule fires for the operations that it names and for no others", async () => {
  const emulator = newEmulator({ streams: { s: 1 } });
  const { faults } = emulator.emulator;
  faults.add(broken({ operations: ["ListShards", "GetShardIterator"] }));
  faults.add(broken({ operations: "ListStreams" }));
  const calls = [
    () => put(emulator, "x"),
    () => shardsOf(emulator),
    () => iterator(emulator, { ShardIteratorType: "LATEST" }),
    () => emulator.call("ListStreams", {}),
    () => emulator.call("DescribeStreamSummary", { StreamName: "s" }),
  ];
  expect(await row(calls)).toBe(".xxx.");
});

test("a rule for a stream fires whether the stream is named, addressed by ARN, or read by an iterator", async () => {
  const emulator = newEmulator({ streams: { s: 1, t: 1 } });
  const ofT = { StreamName: "t", ShardId: FIRST_SHARD, ShardIteratorType: "LATEST" };
  const read = async (input: object) => ({
    ShardIterator: await iterator(emulator, { ShardIteratorType: "LATEST", ...input }),
  });
  const [ofS, other] = [await read({}), await read(ofT)];
  const StreamARN = `arn:aws:kinesis:us-east-1:${ACCOUNT}:stream/s`;
  const calls = [
    () => put(emulator, "x"),
    () => put(emulator, "x", { StreamName: undefined, StreamARN }),
    () => emulator.call("GetRecords", ofS),
    () => put(emulator, "x", { StreamName: "t" }),
    () => emulator.call("GetRecords", other),
    () => emulator.call("ListStreams", {}),
  ];
  for (const stream of ["s", StreamARN]) {
    const fault = emulator.emulator.faults.add(broken({ stream }));
    expect(await row(calls)).toBe("xxx...");
    fault.remove();
  }
});

test("a rule for a shard fires for its reads, its iterators, and the puts that belong to it", async () => {
  const emulator = newEmulator({ streams: { s: 2 } });
  const starts = await Promise.all(
    [FIRST_SHARD, SECOND_SHARD].map((ShardId) =>
      iterator(emulator, { ShardId, ShardIteratorType: "TRIM_HORIZON" }),
    ),
  );
  emulator.emulator.faults.add(broken({ shardId: SECOND_SHARD }));
  const entry = { PartitionKey: "k", Data: "" };
  const putBoth = {
    StreamName: "s",
    Records: [
      { ...entry, ...LOW },
      { ...entry, ...HIGH },
    ],
  };
  const calls = [
    ...starts.map((ShardIterator) => () => emulator.call("GetRecords", { ShardIterator })),
    ...[LOW, HIGH].map((key) => putTo(emulator, key)),
    () => emulator.call("PutRecords", putBoth),
    () => emulator.call("PutRecords", { ...putBoth, Records: [{ ...entry, ...LOW }] }),
    () =>
      emulator.call("MergeShards", {
        StreamName: "s",
        ShardToMerge: FIRST_SHARD,
        AdjacentShardToMerge: SECOND_SHARD,
      }),
  ];
  expect(await row(calls)).toBe(".x.xx.x");
});

test("a rule can look at accounts, partition keys and sizes of records", async () => {
  const emulator = newEmulator({ streams: { s: 1 } });
  const { faults } = emulator.emulator;
  faults.add(broken({ account: "111111111111" }));
  faults.add(broken({ keyPrefix: "bad-" }));
  faults.add(broken({ minRecordBytes: 100 }));
  const other = { accountId: "111111111111", region: "us-east-1" };
  const calls = [
    putTo(emulator, { PartitionKey: "good" }),
    putTo(emulator, { PartitionKey: "bad-1" }),
    putTo(emulator, { Data: Buffer.alloc(96), PartitionKey: "key" }),
    putTo(emulator, { Data: Buffer.alloc(97), PartitionKey: "key" }),
    () => emulator.call("ListStreams", {}),
    () => emulator.call("ListStreams", {}, other),
  ];
  expect(await row(calls)).toBe(".x.x.x");
});

test("a rule fires so often, for every nth call, for the nth alone, or for a while", async () => {
  const emulator = newEmulator({ streams: { s: 1 } });
  const { faults } = emulator.emulator;
  const list = () => emulator.call("ListStreams", {});
  faults.add(broken({}, { times: 2 }));
  expect(await row(times(4, list))).toBe("xx..");
  faults.add(broken({}, { everyNth: 3, times: 2 }));
  expect(await row(times(9, list))).toBe("..x..x...");
  faults.add(broken({ nth: 2 }));
  expect(await row(times(4, list))).toBe(".x..");
  faults.add(broken({}, { forMs: 10 }));
  await emulator.clock.advance(9);
  expect(await row(times(2, list))).toBe("xx");
  await emulator.clock.advance(1);
  expect(await row(times(2, list))).toBe("..");
});

test("the first rule that fires wins, unless it lets the next ones have a try", async () => {
  const { emulator, refusal } = newEmulator();
  const { faults } = emulator;
  const first = faults.add({ effect: { kind: "error", type: "First" }, times: 1 });
  const second = faults.add({ effect: { kind: "error", type: "Second" } });
  expect((await refusal("ListStreams", {})).name).toBe("First");
  expect((await refusal("ListStreams", {})).name).toBe("Second");
  expect([first.hits, second.hits]).toEqual([1, 1]);
  faults.clear();
  const watching = faults.add({ effect: { kind: "latency", ms: 0 }, continue: true });
  faults.add({ effect: { kind: "error", type: "Third" } });
  expect((await refusal("ListStreams", {})).name).toBe("Third");
  expect(watching.hits).toBe(1);
});

test("rules are listed with their hits in the order in which they were added, also when they are spent", async () => {
  const { emulator, refusal } = newEmulator();
  const { faults } = emulator;
  faults.add(broken({ operations: "ListShards" }));
  faults.add(broken({}, { times: 1 }));
  await refusal("ListStreams", {});
  expect(faults.list()).toMatchObject([
    { id: "fault-1", state: "live", hits: 0, rule: { everyNth: 1, match: { service: "kinesis" } } },
    { id: "fault-2", state: "spent", hits: 1, rule: { times: 1, effect: { body: "model" } } },
  ]);
  faults.clear();
  expect(faults.list()).toEqual([]);
});

test("every firing is in the log with its time, rule, call and effect", async () => {
  const { emulator, clock, call } = newEmulator({ streams: { s: 1 } });
  emulator.faults.add({ effect: { kind: "iteratorAge", ms: 5 } });
  emulator.faults.add({ effect: { kind: "latency", ms: 0 }, match: { operations: "ListStreams" } });
  const ShardIterator = await iterator({ call } as TestEmulator, { ShardIteratorType: "LATEST" });
  await call("GetRecords", { ShardIterator });
  await clock.advance(7);
  await call("ListStreams", {});
  expect(emulator.faults.log()).toEqual([
    {
      atMs: 1_700_000_000_000,
      ruleId: "fault-1",
      effect: "iteratorAge",
      service: "kinesis",
      operation: "GetRecords",
      stream: "s",
      shardId: FIRST_SHARD,
    },
    {
      atMs: 1_700_000_000_007,
      ruleId: "fault-2",
      effect: "latency",
      service: "kinesis",
      operation: "ListStreams",
    },
  ]);
});

test("the log keeps the last thousand firings", async () => {
  const { emulator, call } = newEmulator();
  emulator.faults.add({ effect: { kind: "latency", ms: 0 }, times: 1 });
  emulator.faults.add({ effect: { kind: "latency", ms: 0 } });
  for (let i = 0; i < 1001; i += 1) await call("ListStreams", {});
  const log = emulator.faults.log();
  expect(log).toHaveLength(1000);
  expect(log.every(({ ruleId }) => ruleId === "fault-2")).toBe(true);
});

const CHANCY: readonly FaultInput[] = [
  broken({ operations: "ListStreams", probability: 0.5 }),
  { effect: { kind: "failRecords", fraction: 0.3 }, match: { operations: "PutRecords" } },
];

async function chancyRun(seed: number, beforeEach: number): Promise<readonly unknown[]> {
  const emulator = newEmulator({
    random: new SeededRandom(seed),
    streams: { s: 1 },
    faults: CHANCY,
  });
  const told: unknown[] = [];
  const Records = Array.from({ length: 10 }, () => ({ PartitionKey: "k", Data: "" }));
  for (let i = 0; i < 40; i += 1) {
    for (let j = 0; j < beforeEach; j += 1) await put(emulator, "unrelated");
    told.push(await row([() => emulator.call("ListStreams", {})]));
    const answer = await emulator.call<{ Records: readonly object[] }>("PutRecords", {
      StreamName: "s",
      Records: Records.slice(i % 5),
    });
    told.push(answer.Records.map((entry) => "ErrorCode" in entry));
    await emulator.clock.advance(1);
  }
  return [...told, emulator.emulator.faults.log()];
}

test("T54: the same seed and calls give the same faults and the same log, and another seed does not", async () => {
  const [first, again, other] = [
    await chancyRun(7, 0),
    await chancyRun(7, 0),
    await chancyRun(8, 0),
  ];
  expect(again).toEqual(first);
  expect(other).not.toEqual(first);
});

test("T54: calls that no rule is for do not change what chance does to the others", async () => {
  expect(await chancyRun(7, 3)).toEqual(await chancyRun(7, 0));
});

test("a rule of some probability fires about so often", async () => {
  const { emulator, call } = newEmulator();
  const fault = emulator.faults.add({
    effect: { kind: "latency", ms: 0 },
    match: { probability: 0.25 },
  });
  for (let i = 0; i < 4000; i += 1) await call("ListStreams", {});
  expect(fault.hits).toBeGreaterThan(900);
  expect(fault.hits).toBeLessThan(1100);
});
