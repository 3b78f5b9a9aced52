import { Events } from "@shardline/core";
import { VirtualClock } from "@shardline/core/testing";
import { expect, test } from "vitest";
import { METRICS, type MetricName } from "../../src/metrics/metric-catalog.ts";
import type { MetricSnapshot } from "../../src/metrics/metric-snapshot.ts";
import {
  MetricsCollector,
  type MetricsCollectorOptions,
} from "../../src/metrics/metrics-collector.ts";
import type { ProducerEvents } from "../../src/producer-events.ts";
import {
  bufferMeasurement,
  callMeasurement,
  histogram,
  settlementMeasurement,
  shardMeasurement,
  statistics,
} from "../support/measurements.ts";

const EMPTY = { count: 0, sum: 0, min: undefined, max: undefined };
const TYPES = [
  "bufferMeasured",
  "callMeasured",
  "settlementMeasured",
  "misplaced",
  "throttled",
  "shardMapRefreshed",
  "shardMapFailed",
] as const;

interface World {
  readonly clock: VirtualClock;
  readonly events: Events<ProducerEvents>;
  readonly metrics: MetricsCollector;
}

function world(options: Partial<MetricsCollectorOptions> = {}): World {
  const clock = new VirtualClock();
  const events = new Events<ProducerEvents>((error) => {
    throw error;
  });
  const metrics = new MetricsCollector(events, {
    level: "detailed",
    granularity: "shard",
    maxSeries: 1000,
    clock,
    ...options,
  });
  return { clock, events, metrics };
}

function figures({ count, max, min, sum }: MetricSnapshot): unknown {
  return { count, sum, min, max };
}

/** Figures by place: `*`, `stream`, `stream/shard`, each with the label before it. */
function tree(metrics: MetricsCollector, name: MetricName): Record<string, unknown> {
  const entries = metrics.read(name).map((snapshot) => {
    const { ErrorCode, Reason, ShardId, StreamName } = snapshot.dimensions;
    const place = [ErrorCode ?? Reason, StreamName, ShardId].filter(Boolean).join("/");
    return [place || "*", figures(snapshot)] as const;
  });
  expect(new Set(entries.map(([place]) => place)).size).toBe(entries.length);
  return Object.fromEntries(entries);
}

const one = { count: 1, sum: 1, min: 1, max: 1 };
const times = (count: number): object => ({ count, sum: count, min: 1, max: 1 });

test("a sample of a shard counts for the shard, its stream and the whole producer", () => {
  const { events, metrics } = world();
  for (const [stream, shardId, stored] of [
    ["orders", "s-0", 1],
    ["orders", "s-1", 2],
    ["clicks", "s-0", 4],
    ["clicks", "s-1", 8],
  ] as const) {
    events.emit("settlementMeasured", settlementMeasurement({ stream, shardId, stored }));
  }
  expect(tree(metrics, "UserRecordsPut")).toEqual({
    "*": times(15),
    orders: times(3),
    "orders/s-0": times(1),
    "orders/s-1": times(2),
    clicks: times(12),
    "clicks/s-0": times(4),
    "clicks/s-1": times(8),
  });
});

test("a sample of no known shard ends at its stream", () => {
  const { events, metrics } = world();
  events.emit("settlementMeasured", settlementMeasurement({ stored: 1 }));
  expect(tree(metrics, "UserRecordsPut")).toEqual({ "*": one, orders: one });
});

test("an error is counted by its code before any stream, and in all without it", () => {
  const { events, metrics } = world();
  const refused = new Map([
    ["ProvisionedThroughputExceededException", 2],
    ["InternalFailure", 1],
  ]);
  const shard = shardMeasurement({
    shardId: "s-0",
    carriers: 5,
    storedBytes: statistics(10, 20),
    refused,
    throttledRecords: 40,
    ambiguousRecords: 7,
  });
  events.emit("callMeasured", callMeasurement({ carriers: 5, shards: [shard] }));
  expect(tree(metrics, "ErrorsByCode")).toEqual({
    "*": times(3),
    ProvisionedThroughputExceededException: times(2),
    "ProvisionedThroughputExceededException/orders": times(2),
    "ProvisionedThroughputExceededException/orders/s-0": times(2),
    InternalFailure: one,
    "InternalFailure/orders": one,
    "InternalFailure/orders/s-0": one,
  });
  const ofShard = (name: MetricName): unknown => tree(metrics, name)["orders/s-0"];
  expect(ofShard("AllErrors")).toEqual({ count: 5, sum: 3, min: 0, max: 1 });
  expect(ofShard("KinesisRecordsPut")).toEqual({ count: 5, sum: 2, min: 0, max: 1 });
  expect(ofShard("KinesisRecordsDataPut")).toEqual({ count: 2, sum: 30, min: 10, max: 20 });
  expect(ofShard("ThrottledRecords")).toEqual(times(40));
  expect(ofShard("DuplicatesPossible")).toEqual(times(7));
});

test("a call that failed as a whole is one error of the stream, and its records are in doubt or throttled", () => {
  const { events, metrics } = world();
  const shards = [
    shardMeasurement({ shardId: "s-0", records: 30 }),
    shardMeasurement({ shardId: "s-1", records: 12 }),
  ];
  const call = (awsName: string, isThrottled: boolean, isAmbiguous: boolean): void =>
    events.emit(
      "callMeasured",
      callMeasurement({ shards, failure: { awsName, isThrottled, isAmbiguous } }),
    );
  call("TimeoutError", false, true);
  call("LimitExceededException", true, false);
  expect(tree(metrics, "ErrorsByCode")).toEqual({
    "*": times(2),
    TimeoutError: one,
    "TimeoutError/orders": one,
    LimitExceededException: one,
    "LimitExceededException/orders": one,
  });
  expect(tree(metrics, "AllErrors")).toEqual({ "*": times(2), orders: times(2) });
  expect(tree(metrics, "KinesisRecordsPut")).toEqual({ "*": EMPTY });
  const inBoth = {
    "*": times(42),
    orders: times(42),
    "orders/s-0": times(30),
    "orders/s-1": times(12),
  };
  expect(tree(metrics, "DuplicatesPossible")).toEqual(inBoth);
  expect(tree(metrics, "ThrottledRecords")).toEqual(inBoth);
});

test("what a call was made of is told for stream and shard", () => {
  const { events, metrics } = world();
  const shard = shardMeasurement({
    shardId: "s-0",
    recordsPerCarrier: statistics(30, 50),
    bufferingMs: statistics(90, 110),
    fillRatio: statistics(0.5, 1),
    flushed: { count: 0, bytes: 1, deadline: 0, flush: 0, retry: 1 },
  });
  events.emit(
    "callMeasured",
    callMeasurement({ durationMs: 25, carriers: 2, records: 80, shards: [shard] }),
  );
  const set = (...samples: number[]): unknown => figures(statistics(...samples) as never);
  const ofShard = (name: MetricName): unknown => tree(metrics, name)["orders/s-0"];
  expect(ofShard("BufferingTime")).toEqual(set(90, 110));
  expect(ofShard("UserRecordsPerKinesisRecord")).toEqual(set(30, 50));
  expect(ofShard("AggregateFillRatio")).toEqual(set(0.5, 1));
  expect(tree(metrics, "FlushReason")).toMatchObject({
    "*": times(2),
    "bytes/orders/s-0": one,
    "retry/orders/s-0": one,
  });
  for (const [name, sample] of [
    ["RequestTime", 25],
    ["KinesisRecordsPerPutRecordsRequest", 2],
    ["UserRecordsPerPutRecordsRequest", 80],
  ] as const) {
    expect(tree(metrics, name)).toEqual({ "*": set(sample), orders: set(sample) });
  }
});

test("settled records are told by their outcome, size, tries and latency", () => {
  const { events, metrics } = world();
  events.emit(
    "settlementMeasured",
    settlementMeasurement({
      shardId: "s-0",
      stored: 3,
      failed: 2,
      expired: 1,
      dataBytes: statistics(5, 6, 7),
      retries: statistics(0, 0, 0, 4, 9),
      latencyMs: histogram(...Array<number>(98).fill(40), 1000, 1000),
    }),
  );
  const ofShard = (name: MetricName): unknown => tree(metrics, name)["orders/s-0"];
  expect(ofShard("UserRecordsPut")).toEqual({ count: 5, sum: 3, min: 0, max: 1 });
  expect(ofShard("UserRecordsDataPut")).toEqual({ count: 3, sum: 18, min: 5, max: 7 });
  expect(ofShard("UserRecordExpired")).toEqual(one);
  expect(ofShard("RetriesPerRecord")).toEqual({ count: 5, sum: 13, min: 0, max: 9 });
  const [whole, stream] = metrics.read("UserRecordLatency");
  expect(whole).toMatchObject({ unit: "Milliseconds", count: 100, max: 1000, dimensions: {} });
  expect(stream?.p50).toBeCloseTo(40, -1);
  expect((stream?.p99 as number) / 1000).toBeCloseTo(1, 1);
  expect(metrics.read("UserRecordLatency", 10)[1]).toEqual(stream);
});

test("the buffer is sampled at most every 200 ms, its intake is counted in full", async () => {
  const { clock, events, metrics } = world();
  for (let i = 0; i < 10; i += 1) {
    const held = { outstandingRecords: i, outstandingBytes: 1000 * i };
    events.emit("bufferMeasured", bufferMeasurement({ acceptedRecords: 3, ...held }));
    await clock.advance(50);
  }
  events.emit("bufferMeasured", bufferMeasurement({ waitedMs: statistics(20, 30) }));
  const ofStream = (name: MetricName): unknown => tree(metrics, name)["orders"];
  expect(ofStream("UserRecordsReceived")).toEqual(times(30));
  // At 0, 200 and 400 ms; the last one came at 500.
  expect(ofStream("UserRecordsPending")).toEqual({ count: 3, sum: 12, min: 0, max: 8 });
  expect(ofStream("OutstandingBytes")).toEqual({ count: 3, sum: 12_000, min: 0, max: 8000 });
  expect(ofStream("BackpressureTime")).toEqual({ count: 2, sum: 50, min: 20, max: 30 });
});

test("the rate that is left after a throttle is told for its shard, where there is a limit", () => {
  const { events, metrics } = world();
  for (const factor of [0.8, 0.4, undefined]) {
    events.emit("throttled", { stream: "orders", shardId: "s-0", factor });
  }
  const factors = { count: 2, sum: expect.closeTo(1.2), min: 0.4, max: 0.8 };
  expect(tree(metrics, "RateFactor")).toEqual({
    "*": factors,
    orders: factors,
    "orders/s-0": factors,
  });
});

test("misplaced records and listings are counted", () => {
  const { events, metrics } = world();
  const stream = "orders";
  const misplaced = { stream, predictedShardId: "s-0", reason: "split", records: 2 };
  events.emit("misplaced", misplaced);
  events.emit("shardMapRefreshed", { stream, shards: 1 });
  events.emit("shardMapFailed", { stream, reason: "denied" });
  expect(tree(metrics, "WrongShardRecords")).toEqual({
    "*": times(2),
    orders: times(2),
    "orders/s-0": times(2),
  });
  const refreshes = { count: 2, sum: 1, min: 0, max: 1 };
  expect(tree(metrics, "ShardMapRefreshes")).toEqual({ "*": refreshes, orders: refreshes });
});

test("X-window: a window covers its seconds, whoever looked before, and an empty one has no figures that are none", async () => {
  const { clock, events, metrics } = world();
  for (let second = 0; second < 100; second += 1) {
    events.emit("settlementMeasured", settlementMeasurement({ stored: second + 1 }));
    await clock.advance(1000);
    metrics.read();
    metrics.read("UserRecordsPut", 1);
  }
  // It is second 100; the samples came in the seconds 0 to 99.
  const sumOf = (seconds?: number): number | undefined =>
    metrics.read("UserRecordsPut", seconds)[0]?.sum;
  expect(sumOf(11)).toBe(91 + 92 + 93 + 94 + 95 + 96 + 97 + 98 + 99 + 100);
  expect(sumOf(2)).toBe(100);
  expect(sumOf(60)).toBe((42 + 100) * 29.5);
  expect(sumOf()).toBe(5050);
  expect(figures(metrics.read("UserRecordsPut", 1)[0] as MetricSnapshot)).toEqual(EMPTY);
  await clock.advance(3_600_000);
  const [whole] = metrics.read("UserRecordLatency", 60);
  expect(whole).toMatchObject({ ...EMPTY, p50: undefined, p99: undefined });
  expect(sumOf(60)).toBe(0);
  expect(sumOf()).toBe(5050);
});

test("every metric is told for the whole producer before anything happened", () => {
  const { metrics } = world();
  const all = metrics.read();
  expect(all.map(({ name }) => name)).toEqual(Object.keys(METRICS));
  for (const snapshot of all) expect(figures(snapshot)).toEqual(EMPTY);
  expect(metrics.size).toBe(0);
});

test.each([
  ["global", ["*"]],
  ["stream", ["*", "orders"]],
  ["shard", ["*", "orders", "orders/s-0"]],
] as const)("with the granularity %s series are kept for %j", (granularity, places) => {
  const { events, metrics } = world({ granularity });
  const settlement = settlementMeasurement({ shardId: "s-0", stored: 1 });
  events.emit("settlementMeasured", settlement);
  expect(Object.keys(tree(metrics, "UserRecordsPut"))).toEqual(places);
});

test("with the level summary no detail is kept", () => {
  const { events, metrics } = world({ level: "summary" });
  const shards = [shardMeasurement({ shardId: "s-0" })];
  events.emit("callMeasured", callMeasurement({ shards }));
  events.emit("bufferMeasured", bufferMeasurement({ acceptedRecords: 1 }));
  expect(metrics.read("RequestTime")).toEqual([]);
  expect(new Set(metrics.read().map(({ level }) => level))).toEqual(new Set(["summary"]));
});

test("of too many series those unused for longest go, and never the whole of one that is used", async () => {
  const { clock, events, metrics } = world({ maxSeries: 50 });
  for (let i = 0; i < 1000; i += 1) {
    const shardId = `s-${i}`;
    events.emit("misplaced", {
      stream: "orders",
      predictedShardId: shardId,
      reason: "",
      records: 1,
    });
    if (i % 10 === 0) await clock.advance(1000);
    expect(metrics.size).toBeLessThanOrEqual(50);
  }
  const kept = tree(metrics, "WrongShardRecords");
  expect(kept["*"]).toEqual(times(1000));
  expect(kept["orders"]).toEqual(times(1000));
  expect(kept["orders/s-999"]).toEqual(one);
  expect(kept["orders/s-0"]).toBeUndefined();
  expect(Object.keys(kept)).toHaveLength(50);
});

test("without a collector, or after its end, nobody listens", () => {
  const { events, metrics } = world();
  for (const type of TYPES) expect(events.hasListeners(type)).toBe(true);
  metrics[Symbol.dispose]();
  for (const type of TYPES) expect(events.hasListeners(type)).toBe(false);
});
