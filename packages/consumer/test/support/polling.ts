// A polling reader on a stream of one shard of the emulator, whose calls a test may change.
import { type Clock, type KinesisApi, LinkedSignal } from "@shardline/core";
import { SeededRandom, type VirtualClock } from "@shardline/core/testing";
import { Emulator } from "@shardline/emulator";
import { onTestFinished } from "vitest";
import { type Interceptors, intercept } from "../../../../test/support/intercept.ts";
import { quietClock } from "../../../../test/support/quiet-clock.ts";
import type { Fetch, FetchRoom } from "../../src/batch/fetch.ts";
import { PollingReader } from "../../src/polling/polling-reader.ts";
import type { PollingPolicy } from "../../src/polling/shard-poll.ts";
import type { ReadStart } from "../../src/shard/shard-reader.ts";
import { ANY_SIGNAL } from "./held.ts";
import { bytesOf, textOf } from "./kinesis-records.ts";
import { shardIdOf } from "./leases.ts";
import { type Tracked, track } from "./promises.ts";
import { recordEvents, type Told } from "./told.ts";

export const STREAM = { name: "s" };
const POLICY: PollingPolicy = {
  idleMs: 1000,
  readsPerSecond: 4,
  bytesPerSecond: 2 ** 21,
  maxRecords: 100,
};
/** Where there is always room. */
const ROOM: FetchRoom = {
  reserve: async ({ maxRecords }) => maxRecords,
  cancel: () => undefined,
};
const TRIM_HORIZON: ReadStart = {
  first: { type: "TRIM_HORIZON" },
  again: { type: "TRIM_HORIZON" },
};

export interface Reading {
  readonly clock: VirtualClock;
  readonly kinesis: KinesisApi;
  readonly emulator: Emulator;
  readonly told: Told;
  readonly put: (...texts: readonly string[]) => Promise<void>;
  /** One reader on so many shards, of which none has any records; when they are read. */
  readonly readMany: (shards: number) => readonly number[];
  /** Starts to read; `handle` is what the consumer does with each fetch before it wants the next. */
  readonly read: (setup?: ReadSetup) => Ongoing;
}

interface ReadSetup {
  readonly start?: ReadStart;
  readonly policy?: Partial<PollingPolicy>;
  readonly faults?: Interceptors<KinesisApi>;
  readonly handle?: () => Promise<void>;
  readonly room?: FetchRoom;
  /** As far as the reader knows. */
  readonly retentionMs?: number | undefined;
  /** By the monotonic clock. */
  readonly tableThrottledAtMs?: number;
  /** The reader's own clock. */
  readonly time?: Clock;
  readonly seed?: number;
}

interface Ongoing {
  readonly fetches: Fetch[];
  readonly texts: () => string[];
  /** When GetRecords was called. */
  readonly readAtMs: readonly number[];
  readonly done: Tracked<void>;
  readonly stop: AbortController;
}

export function newReading(limits: "off" | "aws" = "off"): Reading {
  const clock = quietClock();
  const random = new SeededRandom(1);
  const emulator = new Emulator({ clock, random, limits, streams: { s: 1 } });
  const kinesis = emulator.kinesis();
  const told = recordEvents();
  const openReader = (setup: ReadSetup) => {
    const { faults = {}, policy = {}, seed = 1, tableThrottledAtMs, time = clock } = setup;
    const readAtMs: number[] = [];
    const counted = intercept<KinesisApi>(intercept(kinesis, faults), {
      getRecords: (next, ...args) => {
        readAtMs.push(clock.nowMs());
        return next(...args);
      },
    });
    const reader = new PollingReader({
      clock: time,
      kinesis: counted,
      stream: STREAM,
      random: new SeededRandom(seed),
      tableThrottledAtMs: () => tableThrottledAtMs,
      retentionMs: () => setup.retentionMs,
      policy: { ...POLICY, ...policy },
      events: told.events,
    });
    return { readAtMs, reader };
  };
  return {
    clock,
    emulator,
    kinesis,
    told,
    put: async (...texts) => {
      const entries = texts.map((text) => ({ partitionKey: "k", data: bytesOf(text) }));
      await kinesis.putRecords({ stream: STREAM, entries }, ANY_SIGNAL);
    },
    readMany: (shards) => {
      const { readAtMs, reader } = openReader({});
      const stop = new LinkedSignal();
      onTestFinished(() => stop.abort(new Error("the test is over")));
      for (let i = 0; i < shards; i += 1) {
        track(drain(reader.read(shardIdOf(0), TRIM_HORIZON, ROOM, stop.signal)));
      }
      return readAtMs;
    },
    read: (setup = {}) => {
      const { handle, room = ROOM, start = TRIM_HORIZON } = setup;
      const { readAtMs, reader } = openReader(setup);
      const fetches: Fetch[] = [];
      const stop = new AbortController();
      const work = drain(reader.read(shardIdOf(0), start, room, stop.signal), async (fetch) => {
        fetches.push(fetch);
        await handle?.();
      });
      onTestFinished(() => stop.abort());
      return {
        fetches,
        readAtMs,
        stop,
        done: track(work),
        texts: () => fetches.flatMap(({ records }) => records.map(textOf)),
      };
    },
  };
}

async function drain(
  fetches: AsyncIterable<Fetch>,
  handle?: (fetch: Fetch) => Promise<void>,
): Promise<void> {
  for await (const fetch of fetches) await handle?.(fetch);
}

/** Fails the first calls with these errors, one after the other. */
export function failing<Args extends unknown[], T>(...errors: readonly Error[]) {
  const left = [...errors];
  return async (next: (...args: Args) => Promise<T>, ...args: Args): Promise<T> => {
    const error = left.shift();
    if (error !== undefined) throw error;
    return next(...args);
  };
}
