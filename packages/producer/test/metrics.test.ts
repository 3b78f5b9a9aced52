// What a producer says of itself: figures of everything it did, and what it holds.
import { MAX_HASH_KEY } from "@shardline/core";
import type { MetricName, MetricSnapshot, Producer } from "@shardline/producer";
import { describe, expect, it } from "vitest";
import { failureOf, loseAnswer, refusing, slow } from "./support/failures.ts";
import { newRig, STREAM } from "./support/rig.ts";
import { shardId } from "./support/shards.ts";

const HALF = 2n ** 127n;
const AT_ONCE = { batch: { maxDelayMs: 0 } };
const BY_SHARD = { metrics: { granularity: "shard" } } as const;

/** Of the whole producer. */
function sumOf(producer: Producer, name: MetricName, windowSeconds?: number): number | undefined {
  return producer.metrics(name, windowSeconds)[0]?.sum;
}

describe("X-names: the KPL's metrics", () => {
  const OTHER = "clicks";
  const STREAMS = [STREAM, OTHER];
  const SHARDS = [shardId(0), shardId(1)];
  const ofStreams = STREAMS.map((StreamName) => ({ StreamName }));
  const ofShards = STREAMS.flatMap((StreamName) =>
    SHARDS.map((ShardId) => ({ StreamName, ShardId })),
  );
  const PER_STREAM = [{}, ...ofStreams];
  const PER_SHARD = [...PER_STREAM, ...ofShards];
  const ErrorCode = "ProvisionedThroughputExceededException";
  const PER_CODE = [{}, ...PER_SHARD.map((dimensions) => ({ ...dimensions, ErrorCode }))];

  /** Two streams of two shards: each shard throttles once, stores a record, and lets another one expire. */
  async function work(): Promise<Producer> {
    const refused = new Set<string>();
    const { clock, producer } = newRig({
      shards: 2,
      otherStreams: { [OTHER]: 2 },
      recordTtlMs: 1000,
      aggregation: false,
      ...BY_SHARD,
      between: () => ({
        putRecords: (next, request, signal) =>
          refusing(({ data, explicitHashKey }) => {
            const text = Buffer.from(data).toString();
            const place = `${request.stream.name} ${explicitHashKey}`;
            const isFine = text === "fine" && refused.has(place);
            refused.add(place);
            return isFine ? undefined : failureOf("throttled");
          })(next, request, signal),
      }),
    });
    await clock.advance(0);
    for (const data of ["fine", "doomed"]) {
      for (const stream of STREAMS) {
        for (const explicitHashKey of [0n, MAX_HASH_KEY]) {
          const record = { stream, partitionKey: "k", explicitHashKey, data };
          void producer.put(record).catch(() => undefined);
        }
      }
      await clock.advance(3000);
    }
    return producer;
  }

  it.each([
    ["UserRecordsReceived", "Count", "detailed", PER_STREAM],
    ["UserRecordsPending", "Count", "detailed", PER_STREAM],
    ["UserRecordsPut", "Count", "summary", PER_SHARD],
    ["UserRecordsDataPut", "Bytes", "detailed", PER_SHARD],
    ["UserRecordExpired", "Count", "summary", PER_SHARD],
    ["KinesisRecordsPut", "Count", "summary", PER_SHARD],
    ["KinesisRecordsDataPut", "Bytes", "detailed", PER_SHARD],
    ["ErrorsByCode", "Count", "summary", PER_CODE],
    ["AllErrors", "Count", "summary", PER_SHARD],
    ["RetriesPerRecord", "Count", "detailed", PER_SHARD],
    ["BufferingTime", "Milliseconds", "summary", PER_SHARD],
    ["RequestTime", "Milliseconds", "detailed", PER_STREAM],
    ["UserRecordsPerKinesisRecord", "Count", "detailed", PER_SHARD],
    ["KinesisRecordsPerPutRecordsRequest", "Count", "detailed", PER_STREAM],
    ["UserRecordsPerPutRecordsRequest", "Count", "detailed", PER_STREAM],
  ] as const)("%s has its unit, its level and its series", async (name, unit, level, places) => {
    const producer = await work();
    const found = producer.metrics(name);
    const wanted = places.map((dimensions) => expect.objectContaining({ dimensions }));
    expect(found).toHaveLength(places.length);
    expect(found).toEqual(expect.arrayContaining(wanted));
    for (const snapshot of found) expect(snapshot).toMatchObject({ name, unit, level });
    // One of each kind came from each shard.
    const share = ({ dimensions }: MetricSnapshot): number =>
      4 / (dimensions.ShardId ? 4 : dimensions.StreamName ? 2 : 1);
    for (const snapshot of found) {
      expect(snapshot.count).toBeGreaterThanOrEqual(share(snapshot));
      if (name === "UserRecordsPut") {
        expect(snapshot).toMatchObject({ count: 2 * share(snapshot), sum: share(snapshot) });
      }
    }
  });
});

it("X-window: the last seconds are covered whenever they are asked for, and what is empty says so", async () => {
  const { clock, producer } = newRig(AT_ONCE);
  await clock.advance(0);
  for (let second = 0; second < 20; second += 1) {
    await producer.put({ partitionKey: "k", data: "x" });
    // As an exporter would that reads what is new.
    producer.metrics();
    await clock.advance(1000);
  }
  expect(sumOf(producer, "UserRecordsPut", 10)).toBe(9);
  await clock.advance(999);
  expect(sumOf(producer, "UserRecordsPut", 10)).toBe(9);
  await clock.advance(1);
  expect(sumOf(producer, "UserRecordsPut", 10)).toBe(8);
  expect(sumOf(producer, "UserRecordsPut", 60)).toBe(20);
  await clock.advance(100_000);
  for (const { count, max, min, sum } of producer.metrics(undefined, 60)) {
    expect({ count, sum, min, max }).toEqual({ count: 0, sum: 0, min: undefined, max: undefined });
  }
  expect(sumOf(producer, "UserRecordsPut")).toBe(20);
});

it("X-wrongshard: the records of an aggregate that landed where some do not belong are counted", async () => {
  const { clock, kinesis, producer } = newRig(BY_SHARD);
  await clock.advance(0);
  const stream = { name: STREAM };
  const cut = { stream, shardId: shardId(0), newStartingHashKey: HALF };
  await kinesis.splitShard(cut, new AbortController().signal);
  await clock.advance(1);
  const receipts = ["a", "abcd"].map((key) => producer.put({ partitionKey: key, data: key }));
  await clock.advance(5000);
  await Promise.all(receipts);
  expect(sumOf(producer, "WrongShardRecords")).toBe(2);
  const places = producer.metrics("WrongShardRecords").map(({ dimensions }) => dimensions);
  expect(places.at(-1)).toEqual({ StreamName: STREAM, ShardId: shardId(0) });
  expect(sumOf(producer, "ShardMapRefreshes")).toBeGreaterThanOrEqual(2);
});

it("R-timeout-dup: a record whose answer was lost is a possible duplicate", async () => {
  let isFirst = true;
  const { clock, producer } = newRig({
    ...AT_ONCE,
    between: () => ({
      putRecords: (next, ...args) => {
        if (!isFirst) return next(...args);
        isFirst = false;
        return loseAnswer(next, ...args);
      },
    }),
  });
  await clock.advance(0);
  const receipt = producer.put({ partitionKey: "k", data: "x" });
  await clock.advance(5000);
  await receipt;
  expect(sumOf(producer, "DuplicatesPossible")).toBe(1);
  expect(sumOf(producer, "ErrorsByCode")).toBe(1);
  expect(sumOf(producer, "RetriesPerRecord")).toBe(1);
});

/** How often Kinesis records left for each reason. */
function reasonsOf(producer: Producer): Record<string, number> {
  const series = producer.metrics("FlushReason").filter(({ granularity, dimensions }) => {
    return granularity === "global" && dimensions.Reason !== undefined;
  });
  return Object.fromEntries(series.map(({ dimensions, sum }) => [dimensions.Reason, sum]));
}

it.each([
  ["deadline", {}, 1, false],
  ["count", { aggregation: { maxRecords: 2 } }, 2, false],
  ["bytes", { aggregation: { maxBytes: 64 } }, 2, false],
  ["flush", {}, 1, true],
] as const)(
  "a Kinesis record that leaves by its %s is counted so",
  async (reason, options, records, isFlushed) => {
    const { clock, producer } = newRig(options);
    await clock.advance(0);
    for (let i = 0; i < records; i += 1) {
      void producer.put({ partitionKey: "k", data: "x".repeat(22) });
    }
    if (isFlushed) void producer.flush();
    await clock.advance(isFlushed ? 0 : 200);
    expect(reasonsOf(producer)).toMatchObject({ [reason]: 1 });
    const [fill] = producer.metrics("AggregateFillRatio");
    expect(fill?.max).toBeGreaterThan(0);
  },
);

it("a Kinesis record that is sent again is counted as a retry, by its shard and its wait", async () => {
  let refusals = 2;
  const { clock, producer } = newRig({
    batch: { maxDelayMs: 50 },
    between: () => ({
      putRecords: refusing(() => ((refusals -= 1) >= 0 ? failureOf("throttled") : undefined)),
    }),
  });
  await clock.advance(0);
  for (const data of ["one", "two", "three"]) void producer.put({ partitionKey: "k", data });
  await clock.advance(5000);
  expect(reasonsOf(producer)).toEqual({ deadline: 1, retry: 2 });
  expect(sumOf(producer, "ThrottledRecords")).toBe(6);
  const [waits] = producer.metrics("BufferingTime");
  expect(waits?.count).toBe(9);
  expect(producer.metrics("RetriesPerRecord")[0]).toMatchObject({
    count: 3,
    sum: 6,
    min: 2,
    max: 2,
  });
});

it("what a put waited for room is told, and its latency counts from the put", async () => {
  const { clock, producer } = newRig({
    ...AT_ONCE,
    buffer: { maxRecords: 1 },
    between: ({ clock }) => ({ putRecords: slow(clock, 100) }),
  });
  await clock.advance(0);
  for (const data of ["one", "two"]) void producer.put({ partitionKey: "k", data });
  await clock.advance(1000);
  expect(producer.metrics("BackpressureTime")[0]).toMatchObject({ count: 1, sum: 100 });
  expect(producer.metrics("UserRecordLatency")[0]).toMatchObject({ count: 2, min: 100, max: 200 });
});

it("with the level none nothing is kept, and what would be told to metrics alone is not put together", async () => {
  const { clock, producer } = newRig({ ...AT_ONCE, metrics: { level: "none" } });
  await clock.advance(0);
  await producer.put({ partitionKey: "k", data: "x" });
  expect(producer.metrics()).toEqual([]);
});

it("a listener of the user's own hears the same figures", async () => {
  const { clock, producer } = newRig({ ...AT_ONCE, metrics: { level: "none" } });
  await clock.advance(0);
  const heard: number[] = [];
  using _ = producer.on("settlementMeasured", ({ shards }) => {
    heard.push(...shards.map(({ stored }) => stored));
  });
  await producer.put({ partitionKey: "k", data: "x" });
  expect(heard).toEqual([1]);
});

it("a metric or a window that does not exist is refused, with the nearest that does", () => {
  const { producer } = newRig();
  expect(() => producer.metrics("UserRecordPut" as MetricName)).toThrow(
    /name must be .*UserRecordsPut/,
  );
  for (const seconds of [0, 61, 1.5, NaN]) {
    expect(() => producer.metrics("UserRecordsPut", seconds)).toThrow(
      "windowSeconds must be a whole number from 1 to 60",
    );
  }
});

describe("A-oldest: stats tell what is held", () => {
  const EMPTY = {
    outstandingRecords: 0,
    outstandingBytes: 0,
    oldestRecordAgeMs: 0,
    inFlightCalls: 0,
    isFull: false,
  };

  it("nothing, of a producer that has done nothing or is done", async () => {
    const { clock, producer } = newRig(AT_ONCE);
    expect(producer.stats()).toEqual(EMPTY);
    await clock.advance(0);
    await producer.put({ partitionKey: "k", data: "x" });
    await clock.advance(1000);
    expect(producer.stats()).toEqual(EMPTY);
  });

  it("the age of the oldest record, in a lane, in a call, and waiting for room", async () => {
    const { clock, producer } = newRig({
      buffer: { maxRecords: 2 },
      between: ({ clock }) => ({ putRecords: slow(clock, 300) }),
    });
    await clock.advance(0);
    const put = (data: string): void => void producer.put({ partitionKey: "k", data });
    put("1");
    await clock.advance(60);
    expect(producer.stats()).toEqual({
      outstandingRecords: 1,
      outstandingBytes: 202,
      oldestRecordAgeMs: 60,
      inFlightCalls: 0,
      isFull: false,
    });
    put("2");
    put("3");
    await clock.advance(140);
    expect(producer.stats()).toEqual({
      outstandingRecords: 3,
      outstandingBytes: 404,
      oldestRecordAgeMs: 200,
      inFlightCalls: 1,
      isFull: true,
    });
    // The first two are stored at 400; the third has waited since 60.
    await clock.advance(250);
    expect(producer.stats()).toMatchObject({ outstandingRecords: 1, oldestRecordAgeMs: 390 });
    await clock.advance(1000);
    expect(producer.stats()).toEqual(EMPTY);
  });

  it("over all streams, with the oldest of any", async () => {
    const { clock, producer } = newRig({ otherStreams: { clicks: 1 } });
    await clock.advance(0);
    const click = { stream: "clicks", partitionKey: "k", data: "x" };
    void producer.put(click);
    // With a map of its shards, the next one waits for company.
    await clock.advance(1000);
    void producer.put(click);
    await clock.advance(30);
    void producer.put({ partitionKey: "k", data: "x" });
    await clock.advance(10);
    expect(producer.stats()).toMatchObject({ outstandingRecords: 2, oldestRecordAgeMs: 40 });
  });

  it("the age of a record that was refused and waits to be sent again", async () => {
    const { clock, producer } = newRig({
      ...AT_ONCE,
      between: () => ({ putRecords: refusing(() => failureOf("throttled")) }),
    });
    await clock.advance(0);
    void producer.put({ partitionKey: "k", data: "x" }).catch(() => undefined);
    await clock.advance(20_000);
    expect(producer.stats()).toMatchObject({ outstandingRecords: 1, oldestRecordAgeMs: 20_000 });
  });
});
