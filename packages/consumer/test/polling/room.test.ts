// What a shard asks for before it is read, and what becomes of it.
import { expect, test } from "vitest";
import {
  type FetchForecast,
  type FetchRoom,
  RECORD_OVERHEAD_BYTES,
} from "../../src/batch/fetch.ts";
import { failed } from "../support/failures.ts";
import { failing, newReading } from "../support/polling.ts";

const MIB = 1024 * 1024;

/** Notes what is asked of it. */
function notingRoom() {
  const forecasts: FetchForecast[] = [];
  const asked: string[] = [];
  const room: FetchRoom = {
    reserve: async (forecast) => {
      forecasts.push(forecast);
      asked.push("reserve");
      return Math.min(2, forecast.maxRecords);
    },
    cancel: () => void asked.push("cancel"),
  };
  return { asked, forecasts, room };
}

test("a shard that lags behind may bring a whole answer, one that has caught up what was written since", async () => {
  const { clock, put, read } = newReading();
  await put("abc", "defgh", "i");
  const { forecasts, room } = notingRoom();
  const { fetches } = read({ room, policy: { idleMs: 10_000 } });
  await clock.advance(30_000);
  const [first, second, third] = forecasts;
  const maxBytes = 10 * MIB + 100 * RECORD_OVERHEAD_BYTES;
  const of = (bytes: number) => ({
    maxBytes,
    maxRecords: 100,
    recordBytes: bytes + RECORD_OVERHEAD_BYTES,
  });
  expect(first).toEqual(of(MIB));
  // Of two records with a key of one byte each.
  expect(second).toEqual(of(5));
  expect(fetches.slice(0, 2).map(({ records }) => records.length)).toEqual([2, 1]);
  expect(third?.maxBytes).toBeLessThanOrEqual(maxBytes);
  expect(third?.recordBytes).toBe(2 + RECORD_OVERHEAD_BYTES);
  const idle = read({ room, policy: { idleMs: 1000, maxRecords: 10_000 } });
  await clock.advance(5000);
  idle.stop.abort();
  // A second between reads and one for bursts, of a megabyte and a thousand records each.
  expect(forecasts.at(-1)?.maxBytes).toBe(2 * MIB + 2000 * RECORD_OVERHEAD_BYTES);
});

test("no more records are asked for than there is room for", async () => {
  const { clock, put, read } = newReading();
  await put("a", "b", "c");
  const { room } = notingRoom();
  const { fetches } = read({ room });
  await clock.advance(1000);
  expect(fetches.slice(0, 2).map(({ records }) => records.length)).toEqual([2, 1]);
});

test.each(["getShardIterator", "getRecords"] as const)(
  "what was reserved for a call of %s that fails is given back before the pause, and reserved again after it",
  async (method) => {
    const { clock, read, told } = newReading();
    const { asked, room } = notingRoom();
    read({ room, faults: { [method]: failing(failed("denied")) } });
    await clock.advance(0);
    expect(told.of("readFailed")).toHaveLength(1);
    expect(asked).toEqual(["reserve", "cancel"]);
    await clock.advance(500);
    expect(asked.slice(0, 3)).toEqual(["reserve", "cancel", "reserve"]);
  },
);
