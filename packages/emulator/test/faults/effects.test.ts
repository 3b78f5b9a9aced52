// What faults do to calls in the process, on the virtual clock.
import { type ApiFailure, apiFailureOf } from "@shardline/core";
import type { FaultEffect } from "@shardline/emulator";
import { expect, test } from "vitest";
import { ACCOUNT, newEmulator, type TestEmulator } from "../support/emulator.ts";
import {
  FIRST_SHARD,
  iterator,
  put,
  read,
  shardsOf,
  splitInHalf,
  textOf,
} from "../support/records.ts";

const stream = { name: "s" };
const { signal } = new AbortController();
const RATE_EXCEEDED = `Rate exceeded for shard ${FIRST_SHARD} in stream s under account ${ACCOUNT}.`;

interface PutAnswer {
  readonly FailedRecordCount: number;
  readonly Records: readonly { readonly ErrorCode?: string; readonly ErrorMessage?: string }[];
}

function withFault(effect: FaultEffect): TestEmulator {
  return newEmulator({ streams: { s: 1 }, faults: [{ effect }] });
}

function putAll({ call }: TestEmulator, count: number): Promise<PutAnswer> {
  const Records = Array.from({ length: count }, () => ({ PartitionKey: "k", Data: "" }));
  return call("PutRecords", { StreamName: "s", Records });
}

function stored({ emulator }: TestEmulator): number {
  return emulator.inspect("s")?.shards.reduce((sum, { records }) => sum + records.length, 0) ?? 0;
}

/** How a call of the port fails. */
async function failure(call: Promise<unknown>): Promise<ApiFailure> {
  const error: unknown = await call.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  const found = apiFailureOf(error);
  if (found === undefined) throw new Error(`no failure of the port: ${String(error)}`);
  return found;
}

const entries = [{ data: Buffer.from("x"), partitionKey: "k" }];
const putByPort = ({ emulator }: TestEmulator, by = signal): Promise<unknown> =>
  emulator.kinesis().putRecords({ stream, entries }, by);

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

test("throttling of one shard leaves the others alone", async () => {
  const emulator = newEmulator({
    streams: { s: 2 },
    faults: [{ effect: { kind: "throttle", shardId: FIRST_SHARD } }],
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

test.each<[FaultEffect, ApiFailure]>([
  [
    { kind: "error", type: "InternalFailure" },
    {
      kind: "transient",
      awsName: "InternalFailure",
      reason: "Internal service failure.",
      isAmbiguous: true,
    },
  ],
  [
    { kind: "error", status: 503 },
    {
      kind: "transient",
      awsName: "ServiceUnavailable",
      reason: "The service is unavailable. Please try again later.",
      isAmbiguous: false,
    },
  ],
  [
    { kind: "error", status: 502, body: "html" },
    {
      kind: "transient",
      awsName: "Http502",
      reason: "the answer was HTTP 502 and named no exception",
      isAmbiguous: true,
    },
  ],
  [
    { kind: "error", status: 413 },
    {
      kind: "rejected",
      awsName: "Http413",
      reason: "the answer was HTTP 413 and named no exception",
      isAmbiguous: false,
    },
  ],
  [
    { kind: "error", type: "ThrottlingException" },
    {
      kind: "throttled",
      awsName: "ThrottlingException",
      reason: "Rate exceeded",
      isAmbiguous: false,
    },
  ],
  [
    { kind: "error", type: "KMSDisabledException", message: "off" },
    { kind: "denied", awsName: "KMSDisabledException", reason: "off", isAmbiguous: false },
  ],
  [
    { kind: "unavailable" },
    {
      kind: "transient",
      awsName: "ServiceUnavailable",
      reason: "The service is unavailable. Please try again later.",
      isAmbiguous: false,
    },
  ],
])("%j refuses a call before it takes effect", async (effect, expected) => {
  const emulator = withFault(effect);
  expect(await failure(putByPort(emulator))).toEqual(expected);
  expect(stored(emulator)).toBe(0);
});

test.each<[FaultEffect, string, number]>([
  [{ kind: "reset" }, "ECONNRESET", 0],
  [{ kind: "resetStream" }, "ERR_HTTP2_STREAM_ERROR", 0],
  [{ kind: "goAway" }, "ERR_HTTP2_SESSION_ERROR", 0],
  [{ kind: "cutBody" }, "ECONNRESET", 1],
  [{ kind: "commitThenDrop" }, "ECONNRESET", 1],
  [{ kind: "commitThenDrop", how: "close" }, "ECONNRESET", 1],
  [{ kind: "corrupt" }, "UnreadableAnswer", 1],
  [{ kind: "corrupt", how: "empty" }, "AnswerMismatch", 1],
  [{ kind: "corrupt", how: "wrongCount" }, "AnswerMismatch", 1],
])("%j leaves the port in doubt: %s, with %i stored", async (effect, awsName, count) => {
  const emulator = withFault(effect);
  expect(await failure(putByPort(emulator))).toMatchObject({
    kind: "transient",
    awsName,
    isAmbiguous: true,
  });
  expect(stored(emulator)).toBe(count);
});

test("a session that ends without an error answers first", async () => {
  const emulator = withFault({ kind: "goAway", code: "NO_ERROR" });
  await putByPort(emulator);
  expect(stored(emulator)).toBe(1);
});

test("shuffled answers hold the same entries in another order", async () => {
  const emulator = newEmulator({ streams: { s: 8 } });
  const honest = (await shardsOf(emulator)).map(({ ShardId }) => ShardId);
  emulator.emulator.faults.add({ effect: { kind: "corrupt", how: "shuffled" } });
  const shuffled = (await shardsOf(emulator)).map(({ ShardId }) => ShardId);
  expect(shuffled).not.toEqual(honest);
  expect(shuffled.toSorted()).toEqual(honest);
});

test("latency comes before the call takes effect, or after it", async () => {
  for (const [when, atOnce] of [
    ["before", 0],
    ["after", 1],
  ] as const) {
    const emulator = withFault({ kind: "latency", ms: 250, when });
    let answered = false;
    const put = putByPort(emulator).then(() => {
      answered = true;
    });
    await emulator.clock.advance(249);
    expect([answered, stored(emulator)]).toEqual([false, atOnce]);
    await emulator.clock.advance(1);
    expect([answered, stored(emulator)]).toEqual([true, 1]);
    await put;
  }
});

test("latency is drawn from what it says", async () => {
  const delays = async (ms: Extract<FaultEffect, { kind: "latency" }>["ms"]): Promise<number[]> => {
    const emulator = withFault({ kind: "latency", ms });
    const told: number[] = [];
    for (let i = 0; i < 400; i += 1) {
      const startedMs = emulator.clock.nowMs();
      const call = emulator.call("ListStreams", {});
      await emulator.clock.fireNext();
      await call;
      told.push(emulator.clock.nowMs() - startedMs);
    }
    return told.sort((a, b) => a - b);
  };
  const even = await delays({ min: 100, max: 200 });
  expect(even[0]).toBeGreaterThanOrEqual(100);
  expect(even[0]).toBeLessThan(105);
  expect(even[399]).toBeLessThanOrEqual(200);
  expect(even[399]).toBeGreaterThan(195);
  const skewed = await delays({ median: 100, sigma: 1 });
  expect(skewed[200]).toBeGreaterThan(80);
  expect(skewed[200]).toBeLessThan(120);
  // 84 % lie below one deviation above the median, which is e times as much.
  expect(skewed[336]).toBeGreaterThan(210);
  expect(skewed[336]).toBeLessThan(340);
});

test("a caller who gives up does not wait for an answer that is held back", async () => {
  for (const effect of [
    { kind: "hang" },
    { kind: "commitThenDrop", how: "hang" },
    { kind: "latency", ms: 1000 },
  ] as const satisfies readonly FaultEffect[]) {
    const emulator = withFault(effect);
    const controller = new AbortController();
    const call = putByPort(emulator, controller.signal);
    await emulator.clock.advance(500);
    controller.abort(new Error("gave up"));
    await expect(call).rejects.toThrow("gave up");
    expect(stored(emulator)).toBe(effect.kind === "commitThenDrop" ? 1 : 0);
  }
});

test("closing the emulator ends calls that hang", async () => {
  const emulator = withFault({ kind: "hang" });
  const call = emulator.call("ListStreams", {});
  const [refused] = await Promise.all([failure(call), emulator.emulator.close()]);
  expect(refused).toMatchObject({ kind: "unreachable", awsName: "ECONNREFUSED" });
  expect(await failure(emulator.call("ListStreams", {}))).toEqual(refused);
});
