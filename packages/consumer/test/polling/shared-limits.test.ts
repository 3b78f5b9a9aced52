// Shards whose limits are those of Kinesis, and readers that share them.
import { describe, expect, test } from "vitest";
import { ANY_SIGNAL } from "../support/held.ts";
import { range } from "../support/lease-views.ts";
import { newReading, type Reading, STREAM } from "../support/polling.ts";

const KIB = 1024;

/** Fills a shard as fast as it may be: so many times 1000 KiB. */
async function fill({ clock, kinesis }: Reading, times: number): Promise<void> {
  for (const _ of range(times)) {
    const entries = range(100).map(() => {
      return { partitionKey: "k", data: new Uint8Array(10 * KIB) };
    });
    const { outcomes } = await kinesis.putRecords({ stream: STREAM, entries }, ANY_SIGNAL);
    expect(outcomes.every(({ kind }) => kind === "stored")).toBe(true);
    await clock.advance(1100);
  }
}

describe("84 ten-mb-reply: after an answer of ten megabytes", () => {
  test("the next call waits as the service demands: nothing is refused, and every record comes once", async () => {
    const reading = newReading("aws");
    await fill(reading, 25);
    const { clock, read, told } = reading;
    const beganAtMs = clock.nowMs();
    const { fetches, readAtMs } = read({ policy: { maxRecords: 10_000 } });
    await clock.advance(15_000);
    expect(fetches[0]?.bytes).toBeGreaterThan(9.9 * KIB * KIB);
    const [first = 0, second = 0, third = 0] = readAtMs;
    expect(first).toBe(beganAtMs);
    expect(second - first).toBeGreaterThanOrEqual(4900);
    expect(third - second).toBeGreaterThanOrEqual(4900);
    expect(told.of("readFailed")).toEqual([]);
    expect(fetches.reduce((sum, { records }) => sum + records.length, 0)).toBe(2500);
  });

  test("a reader that does not wait is refused, tries again, and loses nothing", async () => {
    const reading = newReading("aws");
    await fill(reading, 25);
    const { clock, read, told } = reading;
    const { fetches } = read({ policy: { maxRecords: 10_000, bytesPerSecond: 1e12 } });
    await clock.advance(25_000);
    expect(told.of("readFailed").length).toBeGreaterThan(0);
    expect(told.of("readFailed").every(({ kind }) => kind === "throttled")).toBe(true);
    const numbers = fetches.flatMap(({ records }) => records.map((one) => one.sequenceNumber));
    expect(numbers).toHaveLength(2500);
    expect(new Set(numbers).size).toBe(2500);
  });
});

describe("83 rate-limit: three consumers on a shard", () => {
  async function lagging(readsPerSecond: number) {
    const reading = newReading("aws");
    const { clock, put, read, told } = reading;
    for (const _ of range(3)) {
      await put(...range(200).map((i) => `r${i}`));
      await clock.advance(1000);
    }
    const readers = range(3).map((i) =>
      read({ seed: i + 1, policy: { maxRecords: 10, readsPerSecond } }),
    );
    return { clock, readers, told };
  }

  test("with a share each, none is ever refused", async () => {
    const { clock, readers, told } = await lagging(1.6);
    await clock.advance(40_000);
    expect(told.of("readFailed")).toEqual([]);
    for (const { texts } of readers) expect(texts()).toHaveLength(600);
  });

  test("without, each is refused now and then, reads less for a while, and comes to its end", async () => {
    const { clock, readers, told } = await lagging(4.5);
    await clock.advance(60_000);
    for (const { readAtMs, texts } of readers) {
      expect(texts()).toHaveLength(600);
      const gaps = readAtMs.slice(1).map((at, i) => at - (readAtMs[i] ?? 0));
      expect(Math.min(...gaps)).toBeGreaterThanOrEqual(1000 / 4.5 - 1e-6);
    }
    const refused = told.of("readFailed");
    expect(refused.length).toBeGreaterThan(0);
    // Were the rates kept, two calls of three would be refused.
    const calls = readers.reduce((sum, { fetches }) => sum + fetches.length, 0);
    expect(refused.length / (refused.length + calls)).toBeLessThan(0.4);
    expect(new Set(refused.map(({ retryAfterMs }) => retryAfterMs)).size).toBe(refused.length);
  });
});
