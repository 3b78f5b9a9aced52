import { sleep } from "@shardline/core";
import { describe, expect, test } from "vitest";
import type { ReadStart } from "../../src/shard/shard-reader.ts";
import { ANY_SIGNAL } from "../support/held.ts";
import { shardIdOf } from "../support/leases.ts";
import { newGate } from "../support/promises.ts";
import { newReading, type Reading, STREAM } from "../support/polling.ts";

const DAY_MS = 24 * 3_600_000;

/** Stores a record, and begins with it. */
async function startAt({ kinesis }: Reading, text: string): Promise<ReadStart> {
  const entries = [{ partitionKey: "k", data: Buffer.from(text) }];
  const { outcomes } = await kinesis.putRecords({ stream: STREAM, entries }, ANY_SIGNAL);
  const [stored] = outcomes;
  if (stored?.kind !== "stored") throw new Error("the record was not stored");
  const { sequenceNumber } = stored;
  const first = { type: "AT_SEQUENCE_NUMBER", sequenceNumber } as const;
  return { first, again: first };
}

function placeOf({ first }: ReadStart): string {
  return "sequenceNumber" in first ? first.sequenceNumber : "";
}

describe("a checkpoint that the stream does not keep any more", () => {
  test("is told with the record at which reading goes on", async () => {
    const reading = newReading();
    const { clock, put, read, told } = reading;
    const start = await startAt(reading, "checkpointed");
    await clock.advance(DAY_MS / 2);
    await put("never read");
    await clock.advance(DAY_MS);
    await put("kept");
    const { fetches, texts } = read({ start });
    await clock.advance(1000);
    expect(texts()).toEqual(["kept"]);
    const kept = fetches[0]?.records[0];
    expect(told.of("positionTrimmed")).toEqual([
      {
        shardId: shardIdOf(0),
        sequenceNumber: placeOf(start),
        behindMs: undefined,
        resumedAt: kept?.sequenceNumber,
        resumedArrivedAtMs: kept?.arrivedAtMs,
      },
    ]);
  });

  test("is told once, also where there is no record yet at which to go on", async () => {
    const reading = newReading();
    const { clock, put, read, told } = reading;
    const start = await startAt(reading, "checkpointed");
    await clock.advance(2 * DAY_MS);
    const { texts } = read({ start });
    await clock.advance(5000);
    await put("new");
    await clock.advance(2000);
    expect(texts()).toEqual(["new"]);
    expect(told.of("positionTrimmed")).toMatchObject([
      { sequenceNumber: placeOf(start), resumedAt: undefined },
    ]);
  });

  test("is told of a shard that is closed and empty", async () => {
    const reading = newReading();
    const { clock, kinesis, read, told } = reading;
    const start = await startAt(reading, "checkpointed");
    const split = { stream: STREAM, shardId: shardIdOf(0), newStartingHashKey: 2n ** 127n };
    await kinesis.splitShard(split, ANY_SIGNAL);
    await clock.advance(1000);
    const emptied = {
      records: [],
      millisBehindLatest: 5,
      next: { kind: "shard-end", childShards: [] },
    } as const;
    read({ start, faults: { getRecords: async () => emptied } });
    await clock.advance(0);
    expect(told.of("positionTrimmed")).toHaveLength(1);
  });
});

test("a checkpoint whose record is there is no reason to tell anything, nor is a page without records before it", async () => {
  const reading = newReading();
  const { clock, put, read, told } = reading;
  const start = await startAt(reading, "checkpointed");
  await put("next");
  let pages = 0;
  const { texts } = read({
    start,
    faults: {
      getRecords: async (next, ...args) => {
        const answer = await next(...args);
        pages += 1;
        const { iterator } = args[0];
        const sparse = { next: { kind: "iterator", iterator }, millisBehindLatest: 7 } as const;
        return pages === 1 ? { ...sparse, records: [] } : answer;
      },
    },
  });
  await clock.advance(1000);
  expect(texts()).toEqual(["checkpointed", "next"]);
  expect(told.of("positionTrimmed")).toEqual([]);
});

describe("a reader that falls behind what the stream keeps", () => {
  const [MINUTE_MS, HOUR_MS] = [60_000, 3_600_000];
  const retentionMs = DAY_MS;

  /** A reader that was held up after its first fetch with records, and how to let it go on. */
  async function heldUp(setup: Parameters<Reading["read"]>[0] = {}) {
    const reading = newReading();
    const gate = newGate();
    let isHeld = true;
    await reading.put("first");
    const ongoing = reading.read({
      retentionMs,
      handle: async () => {
        if (!isHeld) return;
        isHeld = false;
        await gate.opened;
      },
      ...setup,
    });
    await reading.clock.advance(0);
    expect(ongoing.texts()).toEqual(["first"]);
    return { ...reading, ...ongoing, release: () => gate.open() };
  }

  test("tells behind which record something may be missing, for how long it did not look, and where it goes on", async () => {
    const { clock, fetches, put, release, texts, told } = await heldUp();
    await put("never read");
    await clock.advance(DAY_MS + HOUR_MS);
    await put("kept");
    await clock.advance(MINUTE_MS);
    release();
    await clock.advance(10_000);
    expect(texts()).toEqual(["first", "kept"]);
    const [first, kept] = fetches.flatMap(({ records }) => records);
    expect(told.of("positionTrimmed")).toEqual([
      {
        shardId: shardIdOf(0),
        sequenceNumber: first?.sequenceNumber,
        behindMs: DAY_MS + HOUR_MS + MINUTE_MS,
        resumedAt: kept?.sequenceNumber,
        resumedArrivedAtMs: kept?.arrivedAtMs,
      },
    ]);
  });

  test("tells it where nothing is left, and once", async () => {
    const { clock, put, release, texts, told } = await heldUp();
    await put("never read");
    await clock.advance(2 * DAY_MS);
    release();
    await clock.advance(10_000);
    await put("new");
    await clock.advance(10_000);
    expect(texts()).toEqual(["first", "new"]);
    expect(told.of("positionTrimmed")).toMatchObject([{ resumedAt: undefined }]);
  });

  test("tells nothing while the last record is there, and reads no record twice", async () => {
    const { clock, put, release, texts, told } = await heldUp();
    await clock.advance(DAY_MS - 2 * MINUTE_MS);
    await put("a", "b");
    // Within the minute in which it looks closely.
    await clock.advance(MINUTE_MS + 30_000);
    release();
    await clock.advance(10_000);
    expect(texts()).toEqual(["first", "a", "b"]);
    expect(told.of("positionTrimmed")).toEqual([]);
  });

  test("tells nothing of records that are kept for longer than is said", async () => {
    const { clock, put, release, texts, told } = await heldUp({ retentionMs: HOUR_MS });
    await put("a");
    await clock.advance(2 * HOUR_MS);
    release();
    await clock.advance(10_000);
    expect(texts()).toEqual(["first", "a"]);
    expect(told.of("positionTrimmed")).toEqual([]);
  });

  test("tells nothing of a shard that was idle for longer than anything is kept", async () => {
    const reading = newReading();
    await reading.put("first");
    const { texts } = reading.read({ retentionMs, policy: { idleMs: 600_000 } });
    await reading.clock.advance(3 * DAY_MS);
    await reading.put("late");
    await reading.clock.advance(600_000);
    expect(texts()).toEqual(["first", "late"]);
    expect(reading.told.of("positionTrimmed")).toEqual([]);
  });

  test.each([1, 2, 100])(
    "gets on, %i records at a time, where each read is near the end of what is kept",
    async (maxRecords) => {
      const { clock, put, release, texts, told } = await heldUp({
        retentionMs: MINUTE_MS,
        policy: { maxRecords },
      });
      await put("a", "b", "c", "d", "e");
      await clock.advance(HOUR_MS);
      release();
      await clock.advance(30_000);
      expect(texts()).toEqual(["first", "a", "b", "c", "d", "e"]);
      expect(told.of("positionTrimmed")).toEqual([]);
    },
  );

  test("tells each gap of a reader that keeps losing", async () => {
    const reading = newReading();
    const { clock, put, told } = reading;
    await put("0");
    const stop = new AbortController();
    const { texts } = reading.read({
      retentionMs,
      handle: () => sleep(clock, DAY_MS + HOUR_MS, stop.signal),
    });
    for (const i of [1, 2, 3]) {
      await clock.advance(HOUR_MS / 2);
      await put(`lost ${i}`);
      await clock.advance(HOUR_MS);
      await put(`${i}`);
      await clock.advance(DAY_MS - HOUR_MS / 2 + MINUTE_MS);
    }
    expect(texts()).toEqual(["0", "1", "2", "3"]);
    expect(told.of("positionTrimmed")).toHaveLength(3);
    stop.abort();
  });

  test("of which nobody knows how long records are kept counts on the least", async () => {
    const { clock, put, release, told } = await heldUp({ retentionMs: undefined });
    await put("never read");
    await clock.advance(DAY_MS + HOUR_MS);
    release();
    await clock.advance(1000);
    expect(told.of("positionTrimmed")).toHaveLength(1);
  });

  test("tells it of a shard of which no record was read: nothing may be missed since LATEST", async () => {
    const reading = newReading();
    const { clock, put, read, told } = reading;
    const sinceMs = clock.wallTimeMs();
    await put("never read");
    await clock.advance(2 * DAY_MS);
    const first = { type: "AT_TIMESTAMP", timestampMs: sinceMs } as const;
    read({ retentionMs, start: { first, again: first, sinceMs } });
    await clock.advance(10_000);
    expect(told.of("positionTrimmed")).toMatchObject([
      { sequenceNumber: "AT_TIMESTAMP", behindMs: 2 * DAY_MS, resumedAt: undefined },
    ]);
  });
});
