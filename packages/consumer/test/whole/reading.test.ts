// One worker, from its start to its end.
import { createConsumer, MemoryLeaseTable } from "@shardline/consumer";
import { KinesisError, silentLogger } from "@shardline/core";
import { expect, test } from "vitest";
import { FAILOVER_MS, newFleet, STREAM } from "../support/fleet.ts";

function numbers(from: number, to: number): string[] {
  return Array.from({ length: to - from }, (_, i) => String(from + i));
}

test("64 order-single: a shard's records come in order, and none is missing", async () => {
  const fleet = newFleet(1);
  const all = numbers(0, 10_000);
  for (let i = 0; i < all.length; i += 500) await fleet.put(all.slice(i, i + 500));
  fleet.start("a");
  await fleet.until(() => fleet.deliveries.length >= all.length);
  expect(fleet.texts()).toEqual(all);
});

test("a worker takes every shard within a second, and reads what comes", async () => {
  const fleet = newFleet(8);
  fleet.start("a");
  await fleet.clock.advance(1000);
  expect(fleet.shares()).toEqual({ a: 8 });
  await fleet.put(["low"], 0n);
  await fleet.put(["high"], (1n << 128n) - 1n);
  await fleet.clock.advance(1000);
  expect(fleet.texts().sort()).toEqual(["high", "low"]);
});

test("user records come out of their aggregates, and batches may end inside one", async () => {
  const fleet = newFleet(1);
  const records = numbers(0, 10).map((text) => ({ key: `key-${text}`, text }));
  await fleet.putAggregate(records);
  const sizes: number[] = [];
  fleet.start("a", {
    options: { batch: { maxRecords: 4 } },
    handle: ({ records: batch }) => {
      sizes.push(batch.length);
      expect(batch.every(({ isOutOfRange }) => !isOutOfRange)).toBe(true);
    },
  });
  await fleet.until(() => fleet.deliveries.length >= 10);
  expect(sizes).toEqual([4, 4, 2]);
  expect(fleet.texts()).toEqual(numbers(0, 10));
});

test("a restart goes on exactly behind the last batch, inside an aggregate too", async () => {
  const fleet = newFleet(1);
  await fleet.putAggregate(numbers(0, 10).map((text) => ({ key: `key-${text}`, text })));
  const first = fleet.start("a", {
    options: { batch: { maxRecords: 3 } },
    handle: () => {
      if (fleet.deliveries.length === 6) first.stop();
    },
  });
  await fleet.until(() => first.run.state() === "resolved");
  expect(fleet.texts()).toEqual(numbers(0, 6));
  fleet.start("b");
  await fleet.until(() => fleet.deliveries.length >= 10);
  expect(fleet.texts("b")).toEqual(numbers(6, 10));
});

test("65 exception-retry: a batch whose handler throws comes again, the same, and nothing is skipped", async () => {
  const fleet = newFleet(1);
  await fleet.put(numbers(0, 9));
  let failures = 0;
  const seen: unknown[] = [];
  const worker = fleet.start("a", {
    options: { batch: { maxRecords: 3 } },
    handle: (batch) => {
      if (batch.records[0]?.data[0] !== 0x33 || failures === 2) return;
      seen.push(batch);
      failures += 1;
      throw new Error("not yet");
    },
  });
  await fleet.until(() => fleet.deliveries.length >= 15);
  expect(fleet.texts().join("")).toBe("012345345345678");
  expect(seen[0]).toBe(seen[1]);
  const failed = worker.of("batchFailed");
  expect(failed).toMatchObject([
    { attempts: 1, records: 3 },
    { attempts: 2, records: 3 },
  ]);
  const [first, second, third] = fleet.deliveries.filter(({ text }) => text === "3");
  for (const [i, [from, to]] of [
    [first, second],
    [second, third],
  ].entries()) {
    const pauseMs = (to?.atMs ?? 0) - (from?.atMs ?? 0);
    expect(pauseMs).toBe(failed[i]?.retryAfterMs);
    expect(pauseMs).toBeLessThanOrEqual(200 * 2 ** i);
    expect(pauseMs).toBeGreaterThan(0);
  }
});

test("a handler that keeps failing halts its shard, which keeps its lease; other shards go on", async () => {
  const fleet = newFleet(2);
  await fleet.put(["bad"], 0n);
  await fleet.put(["good"], 1n << 127n);
  let isMended = false;
  const worker = fleet.start("a", {
    handle: ({ records }) => {
      if (records[0]?.data[0] === 0x62 && !isMended) throw new Error("never");
    },
  });
  await fleet.until(() => worker.of("shardHalted").length > 0);
  expect(fleet.texts().filter((text) => text === "bad")).toHaveLength(5);
  expect(worker.of("shardHalted")).toMatchObject([{ attempts: 5, retryAfterMs: 60_000 }]);
  await fleet.put(["more"], 1n << 127n);
  await fleet.clock.advance(50_000);
  expect(fleet.texts()).toContain("more");
  expect(fleet.shares()).toEqual({ a: 2 });
  expect(worker.of("leaseLost")).toEqual([]);
  isMended = true;
  await fleet.clock.advance(20_000);
  expect(fleet.texts().filter((text) => text === "bad")).toHaveLength(6);
});

test("a handler that throws at once, and not later, has failed all the same", async () => {
  const fleet = newFleet(1);
  await fleet.put(["x"]);
  let calls = 0;
  fleet.start("a", {
    options: {
      processBatch: () => {
        calls += 1;
        if (calls === 1) throw new Error("at once");
      },
    },
  });
  await fleet.until(() => calls === 2);
});

test("records that do not belong to the shard are left out and told of, or delivered and marked", async () => {
  for (const policy of ["drop", "deliver"] as const) {
    const fleet = newFleet(2);
    // key-0 and key-1 hash into the high and the low half.
    const records = ["key-0", "key-1", "key-2", "key-3"].map((key) => ({ key, text: key }));
    await fleet.putAggregate(records, 0n);
    const marks = new Map<string, boolean>();
    const worker = fleet.start("a", {
      options: { outOfRange: policy },
      handle: ({ records: batch }) => {
        for (const { data, isOutOfRange } of batch)
          marks.set(Buffer.from(data).toString(), isOutOfRange);
      },
    });
    await fleet.clock.advance(5000);
    const [told] = worker.of("recordsOutOfRange");
    expect(told).toMatchObject({ shardId: "shardId-000000000000", policy });
    const outside = told?.records ?? 0;
    expect(outside).toBeGreaterThan(0);
    expect(outside).toBeLessThan(4);
    expect(marks.size).toBe(policy === "drop" ? 4 - outside : 4);
    expect([...marks.values()].filter((isOut) => isOut)).toHaveLength(
      policy === "drop" ? 0 : outside,
    );
  }
});

test("what only looks like an aggregate is delivered as it is", async () => {
  const fleet = newFleet(1);
  await fleet.put([`\u00f3\u0089\u009a\u00c2 no aggregate`]);
  fleet.start("a");
  await fleet.until(() => fleet.deliveries.length === 1);
});

test("LATEST begins with what comes after the start", async () => {
  const fleet = newFleet(1);
  await fleet.put(["old"]);
  fleet.start("a", { options: { startAt: "LATEST" } });
  await fleet.clock.advance(1000);
  await fleet.put(["new"]);
  await fleet.clock.advance(2000);
  expect(fleet.texts()).toEqual(["new"]);
});

test("LATEST is meant once: who takes over before the first record misses nothing", async () => {
  const fleet = newFleet(1);
  const first = fleet.start("a", { options: { startAt: "LATEST" } });
  await fleet.clock.advance(1000);
  first.cutOff();
  await fleet.put(["while nobody reads"]);
  await fleet.clock.advance(1000);
  fleet.start("b", { options: { startAt: "LATEST" } });
  await fleet.clock.advance(3 * FAILOVER_MS);
  expect(fleet.texts("b")).toEqual(["while nobody reads"]);
});

test("a Date begins with the first record that came at that time or later", async () => {
  const fleet = newFleet(1);
  await fleet.put(["before"]);
  await fleet.clock.advance(5000);
  const startAt = new Date(fleet.clock.wallTimeMs());
  await fleet.put(["at"]);
  await fleet.clock.advance(5000);
  await fleet.put(["after"]);
  fleet.start("a", { options: { startAt } });
  await fleet.clock.advance(3000);
  expect(fleet.texts()).toEqual(["at", "after"]);
});

test("62 stream-deleted: a stream that does not exist ends the run with its name", async () => {
  const fleet = newFleet(1);
  const worker = fleet.start("a", { options: { stream: "nowhere" } });
  await fleet.until(() => worker.run.state() === "rejected");
  expect(KinesisError.is(worker.run.reason(), "STREAM_NOT_FOUND")).toBe(true);
  expect((worker.run.reason() as Error).message).toBe(
    "stream nowhere does not exist; create it, or check its name, region and account",
  );
});

test("62 stream-deleted: a stream that is deleted under a worker ends the run, and leaves the leases", async () => {
  const fleet = newFleet(2);
  const worker = fleet.start("a");
  await fleet.clock.advance(2000);
  await fleet.emulator.call("DeleteStream", { StreamName: STREAM.name });
  await fleet.until(() => worker.run.state() === "rejected");
  expect(KinesisError.is(worker.run.reason(), "STREAM_NOT_FOUND")).toBe(true);
  expect(fleet.table.snapshot()).toHaveLength(2);
  expect(fleet.shares()).toEqual({});
  for (const { checkpoint } of fleet.table.snapshot()) {
    expect(checkpoint.sequenceNumber).not.toBe("SHARD_END");
  }
});

test("a consumer runs once", async () => {
  const fleet = newFleet(1);
  const worker = fleet.start("a");
  await expect(worker.consumer.run()).rejects.toMatchObject({ code: "CONSUMER_ALREADY_RUN" });
  worker.stop();
  await fleet.until(() => worker.run.state() === "resolved");
  await expect(worker.consumer.run()).rejects.toMatchObject({ code: "CONSUMER_ALREADY_RUN" });
});

test("a signal that has aborted already ends the run before it begins", async () => {
  const fleet = newFleet(1);
  const worker = fleet.start("a", { run: { signal: AbortSignal.abort() } });
  await fleet.until(() => worker.run.state() === "resolved");
  expect(fleet.table.snapshot()).toEqual([]);
});

test("options that are wrong are refused at once, all of them", () => {
  const options = {
    application: "a b",
    stream: "orders",
    startAt: "now",
    processBatch: "handler",
    leases: { failoverMs: 10 },
    read: { idleMs: 10 },
    kinesiss: {},
  };
  let problems: readonly string[] = [];
  try {
    createConsumer(options as never);
  } catch (error) {
    if (KinesisError.is(error, "INVALID_OPTIONS")) problems = error.details.problems;
  }
  const names = [
    "application",
    "startAt",
    "processBatch",
    "leases.failoverMs",
    "read.idleMs",
    "kinesiss",
  ];
  for (const name of names) {
    expect(problems.filter((problem) => problem.startsWith(`${name} `))).toHaveLength(1);
  }
  expect(problems).toHaveLength(names.length);
});

test("options of a run are checked, and a refused run may be repeated", async () => {
  const fleet = newFleet(1);
  const consumer = createConsumer({
    application: "billing",
    stream: STREAM.name,
    startAt: "TRIM_HORIZON",
    kinesis: fleet.kinesis,
    leaseTable: new MemoryLeaseTable(),
    clock: fleet.clock,
    logger: silentLogger,
    processBatch: () => undefined,
  });
  const wrong = { drainTimeoutMs: -1 };
  await expect(consumer.run(wrong)).rejects.toMatchObject({ code: "INVALID_OPTIONS" });
  await consumer.run({ signal: AbortSignal.abort() });
});
