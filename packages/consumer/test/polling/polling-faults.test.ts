import type { IteratorStart } from "@shardline/core";
import { describe, expect, test } from "vitest";
import { failed } from "../support/failures.ts";
import { bytesOf } from "../support/kinesis-records.ts";
import { shardIdOf } from "../support/leases.ts";
import { range } from "../support/lease-views.ts";
import { failing, newReading } from "../support/polling.ts";

describe("a fault", () => {
  test("79 expired-iterator: a new iterator is made at once, behind the last record, without gap or duplicate", async () => {
    const { clock, put, read, told } = newReading();
    await put("a", "b", "c");
    const starts: object[] = [];
    const { readAtMs, texts } = read({
      policy: { maxRecords: 2 },
      faults: {
        getRecords: async (next, ...args) => {
          if (clock.nowMs() > 0 && starts.length === 1) throw failed("expired");
          return next(...args);
        },
        getShardIterator: (next, request, signal) => {
          starts.push(request.start);
          return next(request, signal);
        },
      },
    });
    await clock.advance(1000);
    expect(texts()).toEqual(["a", "b", "c"]);
    expect(starts).toEqual([
      { type: "TRIM_HORIZON" },
      { type: "AFTER_SEQUENCE_NUMBER", sequenceNumber: expect.any(String) },
    ]);
    expect(readAtMs.slice(0, 3)).toEqual([0, 250, 500]);
    expect(told.of("readFailed")).toMatchObject([
      { operation: "GetRecords", kind: "expired", retryAfterMs: 0 },
    ]);
  });

  test("iterators that expire again and again are made anew with growing pauses", async () => {
    const { clock, read, told } = newReading();
    const { fetches } = read({
      faults: { getRecords: failing(...range(4).map(() => failed("expired"))) },
    });
    await clock.advance(10_000);
    expect(fetches.length).toBeGreaterThan(0);
    const pauses = told.of("readFailed").map(({ retryAfterMs }) => retryAfterMs);
    expect(pauses[0]).toBe(0);
    expect(pauses.slice(1).every((ms) => ms >= 100)).toBe(true);
    expect(told.of("readDenied")).toEqual([]);
  });

  test("a refused iterator is made anew at once, as one that has expired", async () => {
    const { clock, put, read, told } = newReading();
    await put("a");
    let iterators = 0;
    const { texts } = read({
      faults: {
        getRecords: failing(failed("rejected", "InvalidArgumentException")),
        getShardIterator: (next, ...args) => {
          iterators += 1;
          return next(...args);
        },
      },
    });
    await clock.advance(250);
    expect(texts()).toEqual(["a"]);
    expect(iterators).toBe(2);
    expect(told.of("readFailed")[0]?.retryAfterMs).toBe(0);
  });

  test.each([
    ["throttled", 5000],
    ["transient", 30_000],
    ["denied", 30_000],
    ["credentials", 30_000],
  ] as const)(
    "83 rate-limit: %s: the iterator is kept, and the pauses grow to %i ms",
    async (kind, maxMs) => {
      const { clock, put, read, told } = newReading();
      await put("a");
      let iterators = 0;
      const { texts } = read({
        faults: {
          getRecords: failing(...range(12).map(() => failed(kind))),
          getShardIterator: (next, ...args) => {
            iterators += 1;
            return next(...args);
          },
        },
      });
      // Stay below the four minutes after which an iterator is not trusted any more.
      await clock.advance(230_000);
      const pauses = told.of("readFailed").map(({ retryAfterMs }) => retryAfterMs);
      expect(pauses[0]).toBeLessThanOrEqual(200);
      expect(Math.max(...pauses)).toBeLessThanOrEqual(maxMs);
      expect(Math.max(...pauses)).toBeGreaterThanOrEqual(maxMs / 2);
      expect(new Set(pauses).size).toBe(pauses.length);
      expect(iterators).toBe(1);
      await clock.advance(120_000);
      expect(texts()).toEqual(["a"]);
    },
  );

  test.each(["denied", "credentials"] as const)(
    "%s: after five refusals in a row it is told once, and slowly tried on until it is let in",
    async (kind) => {
      const { clock, put, read, told } = newReading();
      await put("a");
      const { texts } = read({
        faults: { getRecords: failing(...range(9).map(() => failed(kind, "KMSAccessDenied"))) },
      });
      await clock.advance(0);
      while (told.of("readFailed").length < 5) await clock.advance(100);
      expect(told.of("readDenied")).toMatchObject([
        { shardId: shardIdOf(0), operation: "GetRecords", tries: 5 },
      ]);
      await clock.advance(200_000);
      expect(texts()).toEqual(["a"]);
      expect(told.of("readDenied")).toHaveLength(1);
    },
  );

  test("a success makes the pauses short again", async () => {
    const { clock, read, told } = newReading();
    let calls = 0;
    read({
      faults: {
        getRecords: async (next, ...args) => {
          calls += 1;
          if (calls % 6 !== 0) throw failed("throttled");
          return next(...args);
        },
      },
    });
    await clock.advance(60_000);
    const pauses = told.of("readFailed").map(({ retryAfterMs }) => retryAfterMs);
    const nth = (n: number): number[] => pauses.filter((_, i) => i % 5 === n);
    expect(Math.max(...nth(4))).toBeGreaterThan(1000);
    expect(nth(0).length).toBeGreaterThan(3);
    expect(Math.max(...nth(0))).toBeLessThanOrEqual(200);
  });

  test.each([
    ["goes back before the last record read", { type: "TRIM_HORIZON" }],
    ["begins before the checkpoint", { type: "AT_SEQUENCE_NUMBER", sequenceNumber: "5" }],
  ] as const)(
    "S1: an answer that %s is refused and told each time, and the place is asked for anew",
    async (_, first) => {
      const { clock, read, told } = newReading();
      const starts: IteratorStart[] = [];
      const pages = first.type === "TRIM_HORIZON" ? [["5", "9"], ["7"], ["8", "12"]] : [["4"]];
      pages.push(["9"], ["10", "11"]);
      const { fetches } = read({
        start: { first, again: first },
        faults: {
          getShardIterator: async (_next, { start }) => {
            starts.push(start);
            return `${starts.length}`;
          },
          getRecords: async () => {
            const records = (pages.shift() ?? []).map((sequenceNumber) => ({
              sequenceNumber,
              data: bytesOf(sequenceNumber),
              arrivedAtMs: 0,
            }));
            const next = { kind: "iterator", iterator: "next" } as const;
            return { records, millisBehindLatest: 1, next };
          },
        },
      });
      await clock.advance(5000);
      const numbers = fetches.flatMap(({ records }) => records.map((each) => each.sequenceNumber));
      const isLater = first.type === "TRIM_HORIZON";
      expect(numbers).toEqual(isLater ? ["5", "9", "10", "11"] : ["9", "10", "11"]);
      const after: IteratorStart = { type: "AFTER_SEQUENCE_NUMBER", sequenceNumber: "9" };
      expect(starts).toEqual(isLater ? [first, after, after] : [first, first]);
      const reason = expect.stringMatching(/lies before [59]/);
      const failure = { operation: "GetRecords", kind: "transient", reason };
      expect(told.of("readFailed")).toMatchObject(isLater ? [failure, failure] : [failure]);
      expect(told.of("positionTrimmed")).toHaveLength(isLater ? 0 : 1);
    },
  );

  test("an iterator that cannot be had is tried again", async () => {
    const { clock, put, read, told } = newReading();
    await put("a");
    const { texts } = read({ faults: { getShardIterator: failing(failed("throttled")) } });
    await clock.advance(500);
    expect(texts()).toEqual(["a"]);
    expect(told.of("readFailed")).toMatchObject([
      { shardId: shardIdOf(0), operation: "GetShardIterator", kind: "throttled" },
    ]);
  });

  test("an error that is no answer of Kinesis ends the reading with it", async () => {
    const { clock, read } = newReading();
    const bug = new TypeError("a bug");
    const { done } = read({ faults: { getRecords: failing(bug) } });
    await clock.advance(0);
    expect(done.reason()).toBe(bug);
  });
});
