import { describe, expect, test } from "vitest";
import { failed } from "../support/failures.ts";
import { shardIdOf } from "../support/leases.ts";
import { range } from "../support/lease-views.ts";
import { failing, newReading } from "../support/polling.ts";

describe("the pace", () => {
  test("83 rate-limit: while it lags behind a shard is read as often as it may be, and no more", async () => {
    const { clock, put, read } = newReading();
    await put(...range(10).map((i) => `r${i}`));
    await clock.advance(1000);
    const { fetches, readAtMs, texts } = read({ policy: { maxRecords: 1 } });
    await clock.advance(2499);
    expect(readAtMs).toEqual(range(10).map((i) => 1000 + i * 250));
    expect(texts()).toEqual(range(10).map((i) => `r${i}`));
    expect(fetches[0]?.millisBehindLatest).toBeGreaterThan(0);
  });

  test("83 rate-limit: after a refusal it is read half as often, and as before a minute later", async () => {
    const { clock, put, read } = newReading();
    await put(...range(300).map((i) => `r${i}`));
    const { readAtMs } = read({
      policy: { maxRecords: 1 },
      faults: { getRecords: failing(failed("throttled")) },
    });
    await clock.advance(65_000);
    const gaps = readAtMs.slice(1).map((at, i) => at - (readAtMs[i] ?? 0));
    expect(Math.min(...gaps.slice(0, 3))).toBeGreaterThan(450);
    expect(gaps.at(-1)).toBeCloseTo(250, 6);
  });

  test("85 idle-shard: when it has caught up it is read at leisure, and says that it does not lag", async () => {
    const { clock, read } = newReading();
    const { fetches, readAtMs } = read();
    await clock.advance(4250);
    const [first, second, ...later] = readAtMs;
    expect(first).toBe(0);
    // Its turn; from there on it keeps to it.
    expect(second).toBeGreaterThanOrEqual(250);
    expect(second).toBeLessThanOrEqual(1250);
    expect(later.slice(0, 2)).toEqual([(second ?? 0) + 1000, (second ?? 0) + 2000]);
    expect(fetches).toEqual(
      readAtMs.map((atMs) => ({
        readAtMs: atMs,
        records: [],
        bytes: 0,
        millisBehindLatest: 0,
        next: { kind: "more" },
      })),
    );
  });

  test("85 idle-shard: a thousand shards that were begun at once are read evenly, also after all were held up", async () => {
    const { clock, readMany } = newReading();
    const readAtMs = readMany(1000);
    await clock.advance(60_000);
    const busiestOf = (fromMs: number): number => {
      const counts = range(100).map(
        (i) => readAtMs.filter((at) => Math.floor((at - fromMs) / 10) === i).length,
      );
      return Math.max(...counts);
    };
    // Ten in ten milliseconds would be perfectly even.
    expect(busiestOf(58_000)).toBeLessThanOrEqual(20);
  });

  test("an empty answer from a shard that lags behind is followed by the next read soon", async () => {
    const { clock, read } = newReading();
    const { readAtMs } = read({
      faults: {
        getRecords: async (next, ...args) => ({
          ...(await next(...args)),
          millisBehindLatest: clock.nowMs() < 500 ? 5000 : 0,
        }),
      },
    });
    await clock.advance(2000);
    expect(readAtMs.slice(0, 3)).toEqual([0, 250, 500]);
    expect(readAtMs.length).toBeLessThanOrEqual(5);
  });

  test("the time that the consumer takes counts", async () => {
    const { clock, read } = newReading();
    const pause = () => new Promise<void>((resolve) => void clock.startTimer(600, resolve));
    const { readAtMs, stop } = read({ handle: pause });
    await clock.advance(10_000);
    const [, second = 0, third, fourth] = readAtMs;
    expect([third, fourth]).toEqual([second + 1000, second + 2000]);
    stop.abort();
    await clock.advance(600);
  });

  test("no read asks for more records than it may", async () => {
    const { clock, put, read } = newReading();
    await put(...range(25).map((i) => `r${i}`));
    const { fetches } = read({ policy: { maxRecords: 10 } });
    await clock.advance(600);
    expect(fetches.map(({ records }) => records.length)).toEqual([10, 10, 5]);
  });

  test("a read is told with what it brought", async () => {
    const { clock, put, read, told } = newReading();
    await put("ab", "cde");
    read();
    await clock.advance(0);
    expect(told.of("recordsFetched")).toEqual([
      { shardId: shardIdOf(0), records: 2, bytes: 7, millisBehindLatest: 0, durationMs: 0 },
    ]);
  });
});
