// Flush, close, and back-pressure.
import { KinesisError, sleep, untilAborted } from "@shardline/core";
import { expect, test } from "vitest";
import { failCalls, failEntries, REFUSED, THROTTLED } from "./support/faults.ts";
import { type Outcome, setStage } from "./support/stage.ts";

function codeOf(outcome: Outcome | undefined): string {
  return outcome?.kind === "failed" ? outcome.error.code : "stored";
}

test("A-flush: resolves when what was put before it is settled, without waiting for company", async () => {
  const stage = setStage({ producer: { batch: { maxDelayMs: 60_000 } } });
  const before = Array.from({ length: 100 }, (_, i) =>
    stage.put({ partitionKey: `${i}`, data: "x" }),
  );
  const flushed = stage.producer.flush();
  const after = stage.put({ partitionKey: "later", data: "x" });
  let isAfterSettled = false;
  void after.then(() => {
    isAfterSettled = true;
  });
  await stage.until(flushed);
  expect(stage.clock.nowMs()).toBeLessThan(1000);
  await Promise.all(before);
  expect(stage.stored().length).toBeGreaterThanOrEqual(100);
  expect(isAfterSettled && stage.stored().length === 100).toBe(false);
  await stage.until(after);
});

test("A-flush: of nothing resolves at once", async () => {
  const stage = setStage();
  await stage.producer.flush();
  await stage.until(stage.put({ partitionKey: "k", data: "x" }));
  await stage.producer.flush();
});

test("A-flush: also waits for what fails", async () => {
  const stage = setStage({
    producer: { recordTtlMs: 1000 },
    faults: () => ({ putRecords: failCalls(() => REFUSED) }),
  });
  const put = stage.put({ partitionKey: "k", data: "x" });
  await stage.until(stage.producer.flush());
  expect(codeOf(await put)).toBe("RECORD_EXPIRED");
});

test("A-close: everything put is settled, and the summary counts it", async () => {
  const stage = setStage({ producer: { batch: { maxDelayMs: 60_000 } } });
  const puts = Array.from({ length: 500 }, (_, i) =>
    stage.put({ partitionKey: `${i}`, data: "x" }),
  );
  const summary = await stage.until(stage.producer.close());
  expect(summary).toEqual({ stored: 500, failed: 0, abandoned: [] });
  expect((await Promise.all(puts)).every(({ kind }) => kind === "stored")).toBe(true);
  expect(stage.seen("closed")).toEqual([
    { stream: "orders", stored: 500, failed: 0, abandoned: 0 },
  ]);
});

test("A-close: what cannot be settled in time is given back, whole and in full", async () => {
  const stage = setStage({
    producer: { buffer: { maxRecords: 6 } },
    faults: () => ({ putRecords: failEntries(() => THROTTLED) }),
  });
  const puts = Array.from({ length: 10 }, (_, i) =>
    stage.put({ partitionKey: `${i}`, data: `data ${i}`, context: i }),
  );
  const closing = stage.producer.close({ timeoutMs: 5000 });
  const { abandoned, failed, stored } = await stage.until(closing);
  expect(stage.clock.nowMs()).toBe(5000);
  expect({ failed, stored }).toEqual({ failed: 10, stored: 0 });
  expect(new Set(abandoned.map(({ context }) => context))).toEqual(new Set(puts.keys()));
  for (const { context, data, partitionKey } of abandoned) {
    expect(partitionKey).toBe(`${context as number}`);
    expect(Buffer.from(data).toString()).toBe(`data ${context as number}`);
  }
  expect((await Promise.all(puts)).map(codeOf)).toEqual(puts.map(() => "PRODUCER_CLOSED"));
});

test("A-close: of a call that nobody waits for any more it is not known what it did", async () => {
  const stage = setStage({
    faults: () => ({
      putRecords: async (next, request, signal) => {
        await next(request, signal);
        return untilAborted(new Promise<never>(() => undefined), signal);
      },
    }),
  });
  const put = stage.put({ partitionKey: "k", data: "x" });
  await stage.clock.advance(1000);
  const closing = stage.producer.close({ timeoutMs: 1000 });
  const outcome = await stage.until(put);
  expect(outcome).toMatchObject({
    error: {
      code: "PRODUCER_CLOSED",
      details: { mayHaveBeenWritten: true, lastFailure: { awsName: "Unanswered" } },
    },
  });
  expect((await closing).abandoned).toHaveLength(1);
});

test("A-close-twice: every close is the same, and puts afterwards are refused", async () => {
  const stage = setStage();
  const put = stage.put({ partitionKey: "k", data: "x" });
  const [first, second] = [stage.producer.close(), stage.producer.close({ timeoutMs: 0 })];
  expect(await stage.until(first)).toEqual({ stored: 1, failed: 0, abandoned: [] });
  expect(await second).toBe(await first);
  expect((await put).kind).toBe("stored");
  const late = await stage.put({ partitionKey: "k", data: "x" });
  expect(codeOf(late)).toBe("PRODUCER_CLOSED");
  await expect(stage.producer.ready()).rejects.toSatisfy((error) =>
    KinesisError.is(error, "PRODUCER_CLOSED"),
  );
  expect(stage.clock.pendingTimers).toBe(0);
});

test("a producer that was never used closes at once", async () => {
  const stage = setStage();
  expect(await stage.producer.close()).toEqual({ stored: 0, failed: 0, abandoned: [] });
  expect(stage.calls).toEqual([]);
});

test("`await using` closes", async () => {
  const stage = setStage();
  const put = stage.put({ partitionKey: "k", data: "x" });
  await stage.until(stage.producer[Symbol.asyncDispose]());
  expect((await put).kind).toBe("stored");
});

test("A-backpressure: what does not fit waits in its turn; ready tells when there is room", async () => {
  const stage = setStage({ shards: 1, producer: { buffer: { maxRecords: 3 } } });
  await stage.producer.ready();
  const puts = Array.from({ length: 3 }, (_, i) => stage.put({ partitionKey: "k", data: `${i}` }));
  let isReady = false;
  const ready = stage.producer.ready().then(() => {
    isReady = true;
  });
  for (let i = 3; i < 10; i += 1) puts.push(stage.put({ partitionKey: "k", data: `${i}` }));
  await stage.clock.advance(0);
  expect(isReady).toBe(false);
  await stage.outcomes(puts);
  await ready;
  expect(stage.stored().map(({ data }) => data)).toEqual([
    "0",
    "1",
    "2",
    "3",
    "4",
    "5",
    "6",
    "7",
    "8",
    "9",
  ]);
});

test("A-backpressure: bytes fill the buffer as records do, and one too large for it goes alone", async () => {
  const stage = setStage({
    shards: 1,
    producer: { buffer: { maxBytes: 4096 } },
    faults: (clock) => ({
      putRecords: async (next, request, signal) => {
        await sleep(clock, 100, signal);
        return next(request, signal);
      },
    }),
  });
  const small = stage.put({ partitionKey: "k", data: Buffer.alloc(3500) });
  const huge = stage.put({ partitionKey: "k", data: Buffer.alloc(100_000) });
  await stage.clock.advance(0);
  let isReady = false;
  const ready = stage.producer.ready().then(() => {
    isReady = true;
  });
  await stage.until(small);
  expect(isReady).toBe(false);
  expect((await stage.until(huge)).kind).toBe("stored");
  await ready;
});

test("ready gives up when its signal aborts", async () => {
  const stage = setStage({
    producer: { buffer: { maxRecords: 1 }, recordTtlMs: 1000 },
    faults: () => ({ putRecords: failCalls(() => REFUSED) }),
  });
  const put = stage.put({ partitionKey: "k", data: "x" });
  const stop = new AbortController();
  const ready = stage.producer.ready({ signal: stop.signal });
  const reason = new Error("enough");
  stop.abort(reason);
  await expect(ready).rejects.toBe(reason);
  await expect(stage.producer.ready({ signal: stop.signal })).rejects.toBe(reason);
  await stage.until(put);
});

test("A-retries-exempt: a buffer full of records that come back empties itself", async () => {
  let isDown = true;
  const stage = setStage({
    shards: 1,
    producer: { buffer: { maxRecords: 5 }, recordTtlMs: 600_000 },
    faults: () => ({ putRecords: failEntries(() => (isDown ? THROTTLED : undefined)) }),
  });
  const puts = Array.from({ length: 20 }, (_, i) => stage.put({ partitionKey: "k", data: `${i}` }));
  await stage.clock.advance(20_000);
  isDown = false;
  const outcomes = await stage.outcomes(puts);
  expect(outcomes.every(({ kind }) => kind === "stored")).toBe(true);
});

test("records that wait for room expire like any other", async () => {
  const stage = setStage({
    producer: { buffer: { maxRecords: 1 }, recordTtlMs: 1000 },
    faults: () => ({ putRecords: failEntries(() => THROTTLED) }),
  });
  const puts = ["a", "b", "c"].map((key) => stage.put({ partitionKey: key, data: key }));
  const outcomes = await stage.outcomes(puts);
  expect(outcomes.map(codeOf)).toEqual(["RECORD_EXPIRED", "RECORD_EXPIRED", "RECORD_EXPIRED"]);
  expect(stage.clock.nowMs()).toBeLessThanOrEqual(1100);
});

test("a listener that throws hurts nobody", async () => {
  const stage = setStage();
  stage.producer.on("callAnswered", () => {
    throw new Error("a bad listener");
  });
  const outcome = await stage.until(stage.put({ partitionKey: "k", data: "x" }));
  expect(outcome.kind).toBe("stored");
});
