// What failed is tried again, or settled with the whole truth.
import { expect, test } from "vitest";
import { failEntries, INTERNAL, loseAnswers, THROTTLED } from "./support/faults.ts";
import { receiptOf, undelivered } from "./support/outcomes.ts";
import { setStage } from "./support/stage.ts";

const PLAIN = { aggregation: false } as const;

test("R-partial: only the entries that failed are sent again, and each receipt is its record's own", async () => {
  const tries = new Map<string, number>();
  const stage = setStage({
    shards: 4,
    producer: PLAIN,
    faults: () => ({
      putRecords: failEntries((data) => {
        const text = Buffer.from(data).toString();
        tries.set(text, (tries.get(text) ?? 0) + 1);
        if (text.startsWith("throttled") && tries.get(text) === 1) return THROTTLED;
        return text.startsWith("internal") && (tries.get(text) as number) <= 2
          ? INTERNAL
          : undefined;
      }),
    }),
  });
  const texts = Array.from(
    { length: 30 },
    (_, i) => `${["fine", "throttled", "internal"][i % 3]} ${i}`,
  );
  const outcomes = await stage.outcomes(
    texts.map((data, i) => stage.put({ partitionKey: `key-${i}`, data })),
  );
  const stored = new Map(stage.stored().map((record) => [record.sequenceNumber, record.data]));
  expect(outcomes.map((outcome) => stored.get(receiptOf(outcome).sequenceNumber))).toEqual(texts);
  expect(stage.stored()).toHaveLength(30);
  const attempts = outcomes.map((outcome) => receiptOf(outcome).attempts.length);
  expect(attempts).toEqual(texts.map((text) => ({ f: 1, t: 2, i: 3 })[text[0] as "f"]));
});

test("a receipt lists every try, with what went wrong and how long it waited", async () => {
  let calls = 0;
  const stage = setStage({
    producer: PLAIN,
    faults: () => ({
      putRecords: failEntries(() => {
        calls += 1;
        return calls === 1 ? THROTTLED : undefined;
      }),
    }),
  });
  const outcome = await stage.until(stage.put({ partitionKey: "k", data: "x" }));
  const { attempts } = receiptOf(outcome);
  expect(attempts).toHaveLength(2);
  expect(attempts[0]).toMatchObject({ failure: THROTTLED });
  expect(attempts[1]).not.toHaveProperty("failure");
  expect(attempts[1]?.delayMs).toBeGreaterThanOrEqual(25);
  expect(attempts[1]?.delayMs).toBeLessThanOrEqual(50);
  expect(stage.seen("throttled")).toEqual([
    { stream: "orders", shardId: receiptOf(outcome).shardId },
  ]);
});

test("R-backoff: the pauses of a shard that keeps failing grow to two seconds", async () => {
  const times: number[] = [];
  const stage = setStage({
    shards: 1,
    producer: PLAIN,
    faults: (clock) => ({
      putRecords: failEntries(() => {
        times.push(clock.nowMs());
        return INTERNAL;
      }),
    }),
  });
  await stage.until(stage.put({ partitionKey: "k", data: "x" }));
  const pauses = times.slice(1).map((atMs, i) => atMs - (times[i] as number));
  for (const [i, pauseMs] of pauses.entries()) {
    const most = Math.min(2000, 50 * 2 ** i);
    expect(pauseMs).toBeLessThanOrEqual(most);
    expect(pauseMs).toBeGreaterThanOrEqual(most / 2);
  }
  expect(new Set(pauses).size).toBe(pauses.length);
  expect(pauses.length).toBeGreaterThan(15);
});

test("a shard that fails does not hold up the others", async () => {
  const stage = setStage({
    shards: 2,
    producer: PLAIN,
    faults: () => ({
      putRecords: failEntries((data) => (data[0] === 0x62 ? THROTTLED : undefined)),
    }),
  });
  const high = 1n << 127n;
  const bad = stage.put({ partitionKey: "k", explicitHashKey: high, data: "bad" });
  const good = stage.put({ partitionKey: "k", explicitHashKey: 0n, data: "good" });
  expect((await stage.until(good)).kind).toBe("stored");
  expect(stage.clock.nowMs()).toBeLessThan(200);
  expect(undelivered(await stage.until(bad)).error.code).toBe("RECORD_EXPIRED");
});

test("R-ttl-queue: a record that could not be stored in time rejects, on time, and says why", async () => {
  const stage = setStage({
    producer: { ...PLAIN, recordTtlMs: 1000 },
    faults: () => ({ putRecords: failEntries(() => THROTTLED) }),
  });
  const input = { partitionKey: "k", data: "x", context: { order: 7 } };
  const { details, error } = undelivered(await stage.until(stage.put(input)));
  expect(stage.clock.nowMs()).toBeGreaterThanOrEqual(1000);
  expect(stage.clock.nowMs()).toBeLessThanOrEqual(1100);
  expect(error.code).toBe("RECORD_EXPIRED");
  expect(error.isRetryable).toBe(true);
  expect(details.lastFailure).toEqual(THROTTLED);
  expect(details.mayHaveBeenWritten).toBe(false);
  expect(details.attempts.length).toBeGreaterThan(3);
  expect(details.record.context).toBe(input.context);
  expect(Buffer.from(details.record.data).toString()).toBe("x");
  expect(error.message).toMatch(
    /^put rejected: the record's time to live passed \(stream orders, \d+ attempts in 10\d\d ms; last: ProvisionedThroughputExceededException: as tests have it\); add shards or spread the partition keys$/,
  );
  expect(stage.seen("recordsFailed")).toEqual([
    { stream: "orders", code: "RECORD_EXPIRED", records: 1 },
  ]);
});

test("R-ttl-member: of an aggregate that comes back only the records that are too old expire", async () => {
  let isDown = true;
  const stage = setStage({
    shards: 1,
    producer: { recordTtlMs: 1000, batch: { maxDelayMs: 800 } },
    faults: () => ({ putRecords: failEntries(() => (isDown ? THROTTLED : undefined)) }),
  });
  await stage.clock.advance(100);
  const old = stage.put({ partitionKey: "a", data: "old" });
  await stage.clock.advance(700);
  const young = stage.put({ partitionKey: "b", data: "young" });
  await stage.clock.advance(350);
  isDown = false;
  expect(undelivered(await stage.until(old)).error.code).toBe("RECORD_EXPIRED");
  expect((await stage.until(young)).kind).toBe("stored");
  expect(stage.stored().map(({ data }) => data)).toEqual(["young"]);
});

test("R-infinite-ttl: without a time to live a record is tried for as long as it takes", async () => {
  let isDown = true;
  const stage = setStage({
    producer: { ...PLAIN, recordTtlMs: Number.POSITIVE_INFINITY },
    faults: () => ({ putRecords: failEntries(() => (isDown ? INTERNAL : undefined)) }),
  });
  const put = stage.put({ partitionKey: "k", data: "x" });
  await stage.clock.advance(3_600_000);
  isDown = false;
  expect((await stage.until(put)).kind).toBe("stored");
});

test("R-timeout-dup: a lost answer is told in the receipt, and the copy is exact", async () => {
  const stage = setStage({
    shards: 1,
    faults: () => ({ putRecords: loseAnswers((call) => call === 1) }),
  });
  const outcomes = await stage.outcomes(
    ["a", "b"].map((key) => stage.put({ partitionKey: key, data: key })),
  );
  const receipts = outcomes.map(receiptOf);
  expect(receipts[0]?.attempts[0]?.failure).toMatchObject({
    awsName: "TimeoutError",
    isAmbiguous: true,
  });
  const texts = stage.stored().map(({ data }) => data);
  expect(texts).toEqual(["a", "b", "a", "b"]);
  const shard = stage.emulator.inspect("orders")?.shards[0];
  const [first, second] = (shard?.records ?? []).map(({ data }) =>
    Buffer.from(data).toString("hex"),
  );
  expect(second).toBe(first);
  expect(receipts.map(({ sequenceNumber }) => sequenceNumber)).toEqual([
    shard?.records[1]?.sequenceNumber,
    shard?.records[1]?.sequenceNumber,
  ]);
});

test("a record that expires after a lost answer may have been written, and its error says so", async () => {
  const stage = setStage({
    producer: { recordTtlMs: 1000 },
    faults: () => ({ putRecords: loseAnswers(() => true) }),
  });
  const { details, error } = undelivered(
    await stage.until(stage.put({ partitionKey: "k", data: "x" })),
  );
  expect(error.code).toBe("RECORD_EXPIRED");
  expect(details.mayHaveBeenWritten).toBe(true);
  expect(stage.stored().length).toBeGreaterThan(0);
});

test("R-count-mismatch: an answer for fewer entries than were sent leaves all in doubt, and none is lost", async () => {
  let calls = 0;
  const stage = setStage({
    producer: PLAIN,
    faults: () => ({
      putRecords: async (next, request, signal) => {
        calls += 1;
        const { outcomes } = await next(request, signal);
        return { outcomes: calls === 1 ? outcomes.slice(1) : outcomes };
      },
    }),
  });
  const puts = ["a", "b", "c"].map((key) => stage.put({ partitionKey: key, data: key }));
  const outcomes = await stage.outcomes(puts);
  expect(receiptOf(outcomes[0]).attempts[0]?.failure?.isAmbiguous).toBe(true);
  const texts = stage.stored().map(({ data }) => data);
  expect(new Set(texts)).toEqual(new Set(["a", "b", "c"]));
});
