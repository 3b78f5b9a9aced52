// A polling reader on a stream of one shard of the emulator, whose calls a test may change.
import type { KinesisApi } from "@shardline/core";
import { SeededRandom, type VirtualClock } from "@shardline/core/testing";
import { Emulator } from "@shardline/emulator";
import { onTestFinished } from "vitest";
import { type Interceptors, intercept } from "../../../../test/support/intercept.ts";
import { quietClock } from "../../../../test/support/quiet-clock.ts";
import type { Fetch } from "../../src/batch/fetch.ts";
import { type PollingPolicy, PollingReader } from "../../src/shard/polling-reader.ts";
import type { ReadStart } from "../../src/shard/shard-reader.ts";
import { ANY_SIGNAL } from "./held.ts";
import { bytesOf, textOf } from "./kinesis-records.ts";
import { shardIdOf } from "./leases.ts";
import { type Tracked, track } from "./promises.ts";
import { recordEvents, type Told } from "./told.ts";

export const STREAM = { name: "s" };
const POLICY: PollingPolicy = { idleMs: 1000, readsPerSecond: 4, maxRecords: 100 };
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
  /** Starts to read; `handle` is what the consumer does with each fetch before it wants the next. */
  readonly read: (setup?: ReadSetup) => Ongoing;
}

interface ReadSetup {
  readonly start?: ReadStart;
  readonly policy?: Partial<PollingPolicy>;
  readonly faults?: Interceptors<KinesisApi>;
  readonly handle?: () => Promise<void>;
}

interface Ongoing {
  readonly fetches: Fetch[];
  readonly texts: () => string[];
  /** When GetRecords was called. */
  readonly readAtMs: readonly number[];
  readonly done: Tracked<void>;
  readonly stop: AbortController;
}

export function newReading(): Reading {
  const clock = quietClock();
  const emulator = new Emulator({ clock, random: new SeededRandom(1), streams: { s: 1 } });
  const kinesis = emulator.kinesis();
  const told = recordEvents();
  return {
    clock,
    emulator,
    kinesis,
    told,
    put: async (...texts) => {
      const entries = texts.map((text) => ({ partitionKey: "k", data: bytesOf(text) }));
      await kinesis.putRecords({ stream: STREAM, entries }, ANY_SIGNAL);
    },
    read: ({ faults = {}, handle, policy = {}, start = TRIM_HORIZON } = {}) => {
      const readAtMs: number[] = [];
      const counted = intercept<KinesisApi>(intercept(kinesis, faults), {
        getRecords: (next, ...args) => {
          readAtMs.push(clock.nowMs());
          return next(...args);
        },
      });
      const reader = new PollingReader({
        clock,
        kinesis: counted,
        stream: STREAM,
        random: new SeededRandom(1),
        policy: { ...POLICY, ...policy },
        events: told.events,
      });
      const fetches: Fetch[] = [];
      const stop = new AbortController();
      const work = async (): Promise<void> => {
        for await (const fetch of reader.read(shardIdOf(0), start, stop.signal)) {
          fetches.push(fetch);
          await handle?.();
        }
      };
      const done = track(work());
      onTestFinished(() => stop.abort());
      return {
        done,
        fetches,
        readAtMs,
        stop,
        texts: () => fetches.flatMap(({ records }) => records.map(textOf)),
      };
    },
  };
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
