import type { Producer } from "@shardline/producer";
import { expect, test } from "vitest";
import { PutTally } from "../../src/put/put-tally.ts";

/** A producer of which only the events are used. */
function listened(tally: PutTally): (type: string, payload: object) => void {
  const listeners = new Map<string, (payload: object) => void>();
  const on = (type: string, listener: (payload: never) => void): Disposable => {
    listeners.set(type, listener as (payload: object) => void);
    return { [Symbol.dispose]: () => undefined };
  };
  tally.listen({ on } as Pick<Producer, "on">);
  return (type, payload) => listeners.get(type)?.(payload);
}

test("nothing put is told without numbers that are none", () => {
  const tally = new PutTally(0);
  expect(tally.progressLine(0)).toBe("0 put, 0 stored, 0 records/s, 0 B/s, 0 throttled");
  expect(tally.summary(0)).toMatchObject({ latencyMs: null, recordsPerKinesisRecord: null });
  expect(tally.summaryLine(0)).toBe("0 records stored in 0.0 s (0/s, 0 B/s); 0 calls, 0 throttled");
});

test("the progress line tells the rates of the last seconds, not of the whole", () => {
  const tally = new PutTally(0);
  for (let i = 0; i < 30_000; i += 1) {
    tally.count();
    tally.store(1000, 20);
    if (i % 1000 === 999) tally.progressLine(i / 30);
  }
  expect(tally.progressLine(1000)).toBe(
    "30,000 put, 30,000 stored, 30,000 records/s, 30.0 MB/s, 0 throttled, latency p50 20 ms, p99 20 ms",
  );
  for (let atMs = 1100; atMs <= 10_000; atMs += 100) tally.progressLine(atMs);
  expect(tally.progressLine(10_000)).toContain(", 0 records/s, 0 B/s, ");
});

test("the summary counts calls, throttles and Kinesis records from what the producer tells", () => {
  const tally = new PutTally(1000);
  const tell = listened(tally);
  tell("callAnswered", { carriers: 3, failedCarriers: 1 });
  tell("throttled", {});
  tell("callFailed", { kind: "throttled" });
  tell("callFailed", { kind: "unreachable" });
  for (let i = 1; i <= 5; i += 1) {
    expect(tally.count()).toBe(i);
    if (i < 5) tally.store(500, i);
  }
  expect(tally.fail()).toBe(1);
  expect(tally.summary(3000)).toEqual({
    put: 5,
    stored: 4,
    failed: 1,
    bytes: 2000,
    calls: 3,
    failedCalls: 2,
    throttles: 2,
    recordsPerKinesisRecord: 2,
    seconds: 2,
    latencyMs: { p50: 2.063, p99: 4, max: 4 },
  });
  expect(tally.summaryLine(3000)).toBe(
    "4 records stored, 1 failed in 2.0 s (2/s, 1.0 kB/s); " +
      "3 calls, 2 throttled, 2.0 in each Kinesis record, latency p50 2.1 ms, p99 4.0 ms",
  );
});
