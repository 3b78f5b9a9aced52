import { describe, expect, test } from "vitest";
import type { ReadStart } from "../../src/shard/shard-reader.ts";
import { ANY_SIGNAL } from "../support/held.ts";
import { shardIdOf } from "../support/leases.ts";
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
