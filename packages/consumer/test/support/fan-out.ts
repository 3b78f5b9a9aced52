// A fan-out reader on a stream of one shard of the emulator, whose faults and calls a test may set.
import {
  type KinesisApi,
  LinkedSignal,
  type SubscribeToShardRequest,
  TaskGroup,
} from "@shardline/core";
import { SeededRandom, type VirtualClock } from "@shardline/core/testing";
import { Emulator, type EmulatorOptions } from "@shardline/emulator";
import { onTestFinished } from "vitest";
import { type Interceptors, intercept } from "../../../../test/support/intercept.ts";
import { quietClock } from "../../../../test/support/quiet-clock.ts";
import type { Fetch, FetchRoom } from "../../src/batch/fetch.ts";
import {
  type ConsumerChoice,
  ConsumerRegistration,
} from "../../src/fan-out/consumer-registration.ts";
import { FanOutReader } from "../../src/fan-out/fan-out-reader.ts";
import { SubscriptionPace } from "../../src/fan-out/subscription-pace.ts";
import { PollingReader } from "../../src/polling/polling-reader.ts";
import type { ReadStart, ShardReader } from "../../src/shard/shard-reader.ts";
import { ANY_SIGNAL } from "./held.ts";
import { bytesOf, textOf } from "./kinesis-records.ts";
import { shardIdOf } from "./leases.ts";
import { type Tracked, track } from "./promises.ts";
import { recordEvents, type Told } from "./told.ts";

const STREAM = { name: "s" };
const POLICY = { idleMs: 1000, readsPerSecond: 4, bytesPerSecond: 2 ** 21, maxRecords: 100 };
/** Where there is always room. */
const ROOM: FetchRoom = {
  reserve: async ({ maxRecords }) => maxRecords,
  cancel: () => undefined,
};
const TRIM_HORIZON: ReadStart = {
  first: { type: "TRIM_HORIZON" },
  again: { type: "TRIM_HORIZON" },
};

export interface FanOutSetup {
  readonly mode?: "fan-out" | "auto";
  readonly consumer?: ConsumerChoice;
  readonly calls?: Interceptors<KinesisApi>;
  readonly emulator?: Partial<EmulatorOptions>;
  readonly retentionMs?: number;
}

export interface FanOutTest {
  readonly clock: VirtualClock;
  readonly emulator: Emulator;
  readonly kinesis: KinesisApi;
  readonly told: Told;
  /** What was asked for, and when. */
  readonly asked: readonly (SubscribeToShardRequest & { readonly atMs: number })[];
  /** When subscriptions were given up, or ended. */
  readonly closedAtMs: readonly number[];
  readonly polls: () => number;
  /** How often an event was asked for. */
  readonly pulls: () => number;
  readonly reader: ShardReader;
  readonly put: (...texts: readonly string[]) => Promise<string[]>;
  readonly read: (setup?: ReadSetup) => Ongoing;
  /** Reads until the shard is subscribed to. */
  readonly subscribed: (setup?: ReadSetup) => Promise<Ongoing>;
}

interface ReadSetup {
  readonly start?: ReadStart;
  readonly room?: FetchRoom;
  readonly shardId?: string;
  /** What the consumer does with each fetch before it wants the next. */
  readonly handle?: (fetch: Fetch) => Promise<void>;
}

interface Ongoing {
  readonly fetches: Fetch[];
  readonly texts: () => string[];
  readonly done: Tracked<void>;
  readonly stop: AbortController;
}

export function newFanOut(setup: FanOutSetup = {}): FanOutTest {
  const { calls = {}, consumer, mode = "fan-out", retentionMs } = setup;
  const clock = quietClock();
  const emulator = new Emulator({
    clock,
    random: new SeededRandom(1),
    streams: { s: 1 },
    ...setup.emulator,
  });
  const real = emulator.kinesis();
  const told = recordEvents();
  const asked: (SubscribeToShardRequest & { readonly atMs: number })[] = [];
  const closedAtMs: number[] = [];
  let polls = 0;
  let pulls = 0;
  const kinesis = intercept<KinesisApi>(intercept(real, calls), {
    subscribeToShard: async (next, request, signal) => {
      asked.push({ ...request, atMs: clock.nowMs() });
      signal.addEventListener("abort", () => closedAtMs.push(clock.nowMs()), { once: true });
      const events = (await next(request, signal))[Symbol.asyncIterator]();
      const iterator = {
        next: () => {
          pulls += 1;
          return events.next();
        },
      };
      return { [Symbol.asyncIterator]: () => iterator };
    },
    getRecords: (next, ...args) => {
      polls += 1;
      return next(...args);
    },
  });
  const ending = new LinkedSignal();
  const loops = new TaskGroup((error) => {
    throw error;
  });
  const shared = {
    clock,
    kinesis,
    stream: STREAM,
    events: told.events,
    random: new SeededRandom(2),
  };
  const retention = { retentionMs: () => retentionMs };
  const reader = new FanOutReader({
    ...shared,
    ...retention,
    mayFallBack: mode === "auto",
    polling: new PollingReader({
      ...shared,
      ...retention,
      policy: POLICY,
      tableThrottledAtMs: () => undefined,
    }),
    pace: new SubscriptionPace(clock),
    registration: new ConsumerRegistration({
      ...shared,
      loops,
      consumer: consumer ?? { by: "name", consumerName: "billing" },
      signal: ending.signal,
    }),
  });
  onTestFinished(async () => {
    ending.abort(new Error("the test is over"));
    await clock.advance(0);
  });
  const read: FanOutTest["read"] = (options = {}) => {
    const { handle, room = ROOM, shardId = shardIdOf(0), start = TRIM_HORIZON } = options;
    const fetches: Fetch[] = [];
    const stop = new AbortController();
    const work = async (): Promise<void> => {
      for await (const fetch of reader.read(shardId, start, room, stop.signal)) {
        fetches.push(fetch);
        await handle?.(fetch);
      }
    };
    onTestFinished(async () => {
      stop.abort(new Error("the test is over"));
      await clock.advance(0);
    });
    const texts = (): string[] => fetches.flatMap(({ records }) => records.map(textOf));
    return { fetches, stop, texts, done: track(work()) };
  };
  return {
    asked,
    clock,
    closedAtMs,
    emulator,
    kinesis: real,
    read,
    reader,
    told,
    polls: () => polls,
    pulls: () => pulls,
    put: async (...texts) => {
      const entries = texts.map((text) => ({ partitionKey: "k", data: bytesOf(text) }));
      const { outcomes } = await real.putRecords({ stream: STREAM, entries }, ANY_SIGNAL);
      return outcomes.map((each) => (each.kind === "stored" ? each.sequenceNumber : "failed"));
    },
    subscribed: async (options) => {
      const ongoing = read(options);
      for (let i = 0; i < 100; i += 1) {
        await clock.advance(100);
        if (ongoing.fetches.some((fetch) => fetch.mode === "fan-out")) return ongoing;
      }
      throw new Error("the shard is not subscribed to");
    },
  };
}
