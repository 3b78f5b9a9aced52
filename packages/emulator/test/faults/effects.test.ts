// What faults do inside operations, on the virtual clock.
import type { FaultRule } from "@shardline/emulator";
import { expect, test } from "vitest";
import { ACCOUNT, newEmulator, type TestEmulator } from "../support/emulator.ts";
import { stored, withFault } from "../support/faults.ts";
import {
  FIRST_SHARD,
  iterator,
  put,
  read,
  shardsOf,
  splitInHalf,
  textOf,
} from "../support/records.ts";

const RATE_EXCEEDED = `Rate exceeded for shard ${FIRST_SHARD} in stream s under account ${ACCOUNT}.`;

interface PutAnswer {
  readonly FailedRecordCount: number;
  readonly Records: readonly { readonly ErrorCode?: string; readonly ErrorMessage?: string }[];
}

function putAll({ call }: TestEmulator, count: number): Promise<PutAnswer> {
  const Records = Array.from({ length: count }, () => ({ PartitionKey: "k", Data: "" }));
  return call("PutRecords", { StreamName: "s", Records });
}

test("T16: throttled entries fail with the name of shard, stream and account, and are counted", async () => {
  const emulator = withFault({ kind: "throttle", share: 0.5 });
  const answer = await putAll(emulator, 100);
  const failed = answer.Records.filter(({ ErrorCode }) => ErrorCode !== undefined);
  expect(failed.length).toBeGreaterThan(30);
  expect(failed.length).toBeLessThan(70);
  expect(answer.FailedRecordCount).toBe(failed.length);
  expect(failed[0]).toEqual({
    ErrorCode: "ProvisionedThroughputExceededException",
    ErrorMessage: RATE_EXCEEDED,
  });
  expect(stored(emulator)).toBe(100 - failed.length);
});

test("T16: an injected internal failure has the service's text, and later entries are stored", async () => {
  const emulator = withFault({ kind: "failRecords", indices: [0, 2, 7] });
  const answer = await putAll(emulator, 4);
  const failed = { ErrorCode: "InternalFailure", ErrorMessage: "Internal service failure." };
  expect(answer).toMatchObject({ FailedRecordCount: 2, Records: [failed, {}, failed, {}] });
  expect(stored(emulator)).toBe(2);
});

test.each<FaultRule>([
  { effect: { kind: "throttle", shardId: FIRST_SHARD } },
  { effect: { kind: "throttle" }, match: { shardId: FIRST_SHARD } },
])("throttling of one shard by %j leaves the others alone", async (rule) => {
  const emulator = newEmulator({
    streams: { s: 2 },
    faults: [rule],
  });
  const ends = ["0", `${2n ** 128n - 1n}`].map((ExplicitHashKey) => ({
    ExplicitHashKey,
    PartitionKey: "k",
    Data: "",
  }));
  const answer = await emulator.call("PutRecords", { StreamName: "s", Records: ends });
  expect(answer).toMatchObject({
    FailedRecordCount: 1,
    Records: [{ ErrorMessage: RATE_EXCEEDED }, {}],
  });
  const refused = { name: "ProvisionedThroughputExceededException", reason: RATE_EXCEEDED };
  const one = { StreamName: "s", Data: "", PartitionKey: "k" };
  expect(await emulator.refusal("PutRecord", { ...one, ExplicitHashKey: "0" })).toEqual(refused);
  await put(emulator, "x", { ExplicitHashKey: `${2n ** 128n - 1n}` });
});

test("a call can be throttled as a whole, whatever it is", async () => {
  const emulator = withFault({ kind: "throttle", as: "exception" });
  const refused = { name: "ProvisionedThroughputExceededException", reason: RATE_EXCEEDED };
  const Records = [{ PartitionKey: "k", Data: "" }];
  expect(await emulator.refusal("PutRecords", { StreamName: "s", Records })).toEqual(refused);
  const LATEST = { StreamName: "s", ShardId: FIRST_SHARD, ShardIteratorType: "LATEST" };
  expect(await emulator.refusal("GetShardIterator", LATEST)).toEqual(refused);
  expect(stored(emulator)).toBe(0);
});

test("T51: iterators from before the rule have expired, those from after it have not", async () => {
  const emulator = newEmulator({ streams: { s: 1 } });
  await put(emulator, "a");
  const TRIM_HORIZON = { ShardIteratorType: "TRIM_HORIZON" };
  const before = await iterator(emulator, TRIM_HORIZON);
  const fault = emulator.emulator.faults.add({ effect: { kind: "expireIterators" } });
  const refusal = await emulator.refusal("GetRecords", { ShardIterator: before });
  expect(refusal).toEqual({
    name: "ExpiredIteratorException",
    reason:
      "Iterator expired. The iterator was created at time Tue Nov 14 22:13:20 UTC 2023 while right now it is " +
      "Tue Nov 14 22:13:20 UTC 2023 which is further in the future than the tolerated delay of 300000 milliseconds.",
  });
  const after = await iterator(emulator, TRIM_HORIZON);
  const page = await read(emulator, after);
  expect(page.Records.map(textOf)).toEqual(["a"]);
  expect((await read(emulator, page.NextShardIterator ?? "")).Records).toEqual([]);
  expect(fault.hits).toBe(1);
  emulator.emulator.faults.add({ effect: { kind: "expireIterators" } });
  expect((await emulator.refusal("GetRecords", { ShardIterator: after })).name).toBe(
    "ExpiredIteratorException",
  );
  expect((await read(emulator, await iterator(emulator, TRIM_HORIZON))).Records).toHaveLength(1);
});

test("page tokens from before the rule have expired, those from after it have not", async () => {
  const emulator = newEmulator({ streams: { s: 3 } });
  const page = (input: object): Promise<{ NextToken: string }> =>
    emulator.call("ListShards", { MaxResults: 1, ...input });
  const { NextToken: before } = await page({ StreamName: "s" });
  emulator.emulator.faults.add({ effect: { kind: "expireTokens" } });
  expect(await emulator.refusal("ListShards", { NextToken: before })).toEqual({
    name: "ExpiredNextTokenException",
    reason: "NextToken was issued more than 300000 milliseconds ago.",
  });
  const { NextToken: after } = await page({ StreamName: "s" });
  await page({ NextToken: after });
});

test("T52: sparse reads answer with empty pages while there is more to read, and lose nothing", async () => {
  const emulator = withFault({ kind: "sparseReads" });
  const [rule] = emulator.emulator.faults.list();
  for (const text of ["a", "b", "c"]) await put(emulator, text);
  await emulator.clock.advance(400_000);
  let next = await iterator(emulator, { ShardIteratorType: "TRIM_HORIZON" });
  for (let i = 0; i < 20; i += 1) {
    const page = await read(emulator, next);
    expect(page).toMatchObject({ Records: [], MillisBehindLatest: 400_000 + i * 60_000 });
    next = page.NextShardIterator ?? "";
    await emulator.clock.advance(60_000);
  }
  emulator.emulator.faults.remove(rule?.id ?? "");
  expect((await read(emulator, next)).Records.map(textOf)).toEqual(["a", "b", "c"]);
});

test("T52: a reader of a sparse page is behind, even if what it misses has just come", async () => {
  const emulator = withFault({ kind: "sparseReads" });
  await put(emulator, "a");
  const start = await iterator(emulator, { ShardIteratorType: "TRIM_HORIZON" });
  expect(await read(emulator, start)).toMatchObject({ Records: [], MillisBehindLatest: 1 });
});

test("sparse reads leave a reader at the tip alone", async () => {
  const emulator = withFault({ kind: "sparseReads" });
  const page = await read(emulator, await iterator(emulator, { ShardIteratorType: "LATEST" }));
  expect(page).toMatchObject({ Records: [], MillisBehindLatest: 0 });
});

test("sparse reads can be short instead of empty, and go on where they stopped", async () => {
  const emulator = withFault({ kind: "sparseReads", maxRecords: 2 });
  for (const text of ["a", "b", "c"]) await put(emulator, text);
  await emulator.clock.advance(5);
  const first = await read(
    emulator,
    await iterator(emulator, { ShardIteratorType: "TRIM_HORIZON" }),
  );
  expect(first.Records.map(textOf)).toEqual(["a", "b"]);
  expect(first.MillisBehindLatest).toBe(5);
  const second = await read(emulator, first.NextShardIterator ?? "");
  expect(second.Records.map(textOf)).toEqual(["c"]);
  const one = await read(
    emulator,
    await iterator(emulator, { ShardIteratorType: "TRIM_HORIZON" }),
    1,
  );
  expect(one.Records.map(textOf)).toEqual(["a"]);
});

test("GetRecords can lie about how far behind it is", async () => {
  const emulator = withFault({ kind: "iteratorAge", ms: 123 });
  const page = await read(emulator, await iterator(emulator, { ShardIteratorType: "LATEST" }));
  expect(page.MillisBehindLatest).toBe(123);
});

test("T49: a stale shard map shows the shards of some time ago, open as they were, and none is new", async () => {
  const emulator = newEmulator({ streams: { s: 1 } });
  const AT_LATEST = { ShardFilter: { Type: "AT_LATEST" } };
  const before = await shardsOf(emulator, AT_LATEST);
  await emulator.clock.advance(60_000);
  await splitInHalf(emulator, FIRST_SHARD);
  const now = await shardsOf(emulator, AT_LATEST);
  await emulator.clock.advance(10_000);
  emulator.emulator.faults.add({ effect: { kind: "staleShardMap", ms: 10_001 } });
  expect(await shardsOf(emulator, AT_LATEST)).toEqual(before);
  expect(await shardsOf(emulator)).toEqual(before);
  expect(before[0]?.SequenceNumberRange.EndingSequenceNumber).toBeUndefined();
  // The split lies as far behind as the map is stale.
  await emulator.clock.advance(1);
  expect(await shardsOf(emulator, AT_LATEST)).toEqual(now);
});

test("T49: a shard map is never staler than its stream, and its pages fit together", async () => {
  const emulator = newEmulator({ streams: { s: 3 } });
  await emulator.clock.advance(5000);
  await splitInHalf(emulator, FIRST_SHARD);
  emulator.emulator.faults.add({ effect: { kind: "staleShardMap", ms: 3_600_000 } });
  const pages: string[] = [];
  let input: object = { StreamName: "s", MaxResults: 2 };
  for (;;) {
    const { Shards, NextToken } = await emulator.call<{
      Shards: readonly { ShardId: string }[];
      NextToken?: string;
    }>("ListShards", input);
    pages.push(Shards.map((shard) => JSON.stringify(shard)).join());
    if (NextToken === undefined) break;
    input = { NextToken };
  }
  expect(pages).toHaveLength(2);
  expect(pages.join()).not.toContain("EndingSequenceNumber");
});

test("T50: records arrive by the skewed clock of the service", async () => {
  const emulator = withFault({ kind: "clockSkew", ms: -600_000 });
  await put(emulator, "x");
  const [record] = emulator.emulator.inspect("s")?.shards[0]?.records ?? [];
  expect(record?.arrivedAtMs).toBe(1_700_000_000_000 - 600_000);
});

test("somebody else can reshard or delete the stream at the nth put", async () => {
  const emulator = newEmulator({
    streams: { s: 1, t: 1 },
    faults: [
      {
        effect: {
          kind: "meanwhile",
          operation: "UpdateShardCount",
          input: { TargetShardCount: 2, ScalingType: "UNIFORM_SCALING" },
        },
        match: { operations: "PutRecord", stream: "s", nth: 2 },
      },
      {
        effect: { kind: "meanwhile", operation: "DeleteStream", input: { StreamName: "t" } },
        match: { operations: "PutRecord", nth: 3 },
      },
    ],
  });
  await put(emulator, "1");
  expect(await shardsOf(emulator)).toHaveLength(1);
  await put(emulator, "2");
  await emulator.clock.advance(1);
  expect(await shardsOf(emulator)).toHaveLength(3);
  expect(stored(emulator)).toBe(2);
  await put(emulator, "3", { StreamName: "t" });
  await put(emulator, "4", { StreamName: "t" });
  await emulator.clock.advance(1);
  expect(emulator.emulator.inspect("t")).toBeUndefined();
});

test("what somebody else is refused changes nothing", async () => {
  const emulator = withFault({ kind: "meanwhile", operation: "SplitShard" });
  await put(emulator, "1");
  expect(stored(emulator)).toBe(1);
});

test("the records of a stream can be trimmed at the nth put", async () => {
  const emulator = newEmulator({
    streams: { s: 1 },
    faults: [{ effect: { kind: "trim" }, match: { operations: "PutRecord", nth: 3 } }],
  });
  for (const text of ["a", "b", "c", "d"]) {
    await emulator.clock.advance(1);
    await put(emulator, text);
  }
  const start = await iterator(emulator, { ShardIteratorType: "TRIM_HORIZON" });
  expect((await read(emulator, start)).Records.map(textOf)).toEqual(["c", "d"]);
});

test("T51: iterators that were issued under a fast clock have expired too", async () => {
  const emulator = withFault({ kind: "clockSkew", ms: 3_600_000 });
  const start = await iterator(emulator, { ShardIteratorType: "TRIM_HORIZON" });
  emulator.emulator.faults.clear();
  emulator.emulator.faults.add({ effect: { kind: "expireIterators" } });
  const input = { ShardIterator: start };
  expect((await emulator.refusal("GetRecords", input)).name).toBe("ExpiredIteratorException");
  const again = await iterator(emulator, { ShardIteratorType: "TRIM_HORIZON" });
  expect((await read(emulator, again)).Records).toEqual([]);
});

test("iterators that were issued under a slow clock are not among those that expired before", async () => {
  const emulator = newEmulator({
    streams: { s: 1 },
    faults: [
      { effect: { kind: "expireIterators" }, continue: true },
      { effect: { kind: "clockSkew", ms: -3_600_000 } },
    ],
  });
  const start = await iterator(emulator, { ShardIteratorType: "TRIM_HORIZON" });
  expect((await read(emulator, start)).Records).toEqual([]);
});
