// A whole producer on a virtual clock against an emulator in the same process. What goes to PutRecords is
// written down; a test may stand between both to make calls slow or fail.
import { type KinesisApi, KinesisError, type PutRecordsEntry, silentLogger } from "@shardline/core";
import { SeededRandom, type VirtualClock } from "@shardline/core/testing";
import { Emulator, type EmulatorOptions } from "@shardline/emulator";
import { createProducer, type Producer, type ProducerOptions } from "@shardline/producer";
import { onTestFinished } from "vitest";
import { intercept, type Interceptors } from "../../../../test/support/intercept.ts";
import { quietClock } from "../../../../test/support/quiet-clock.ts";
import { type ReadRecord, readAsKcl } from "./kcl-reader.ts";

/** One PutRecords call as the producer made it. */
export interface MadeCall {
  readonly atMs: number;
  /** Copies: the bytes themselves are the port's only while the call lasts. */
  readonly entries: readonly PutRecordsEntry[];
}

/** What a test has at hand before there is a producer. */
export interface World {
  readonly clock: VirtualClock;
  readonly emulator: Emulator;
}

export interface Rig extends World {
  readonly kinesis: KinesisApi;
  readonly producer: Producer;
  readonly calls: readonly MadeCall[];
  /** What the KCL would deliver of the stream by now. */
  readonly read: () => ReadRecord[];
}

export interface RigOptions extends Partial<Omit<ProducerOptions, "kinesis" | "clock">> {
  readonly shards?: number;
  /** Streams beside `STREAM`, by their number of shards. */
  readonly otherStreams?: Readonly<Record<string, number>>;
  /** The stream is one on demand, and places records itself or could be told to. */
  readonly isServiceManaged?: boolean;
  readonly isOnDemand?: boolean;
  readonly limits?: EmulatorOptions["limits"];
  readonly seed?: number;
  /** Stands between the producer and the emulator. */
  readonly between?: (world: World) => Interceptors<KinesisApi>;
}

export const STREAM = "orders";

/** Starts a producer; it is closed at the end of the test, and must then leave no timer. */
export function newRig({
  between,
  isOnDemand = false,
  isServiceManaged = false,
  limits,
  otherStreams = {},
  seed = 1,
  shards = 1,
  ...options
}: RigOptions = {}): Rig {
  const clock = quietClock();
  // Both draw from sources of their own, so that what one draws does not shift the other.
  const random = new SeededRandom(seed);
  const ofProducer = random.fork();
  const strategy = isServiceManaged ? "AUTO" : "USER_PARTITION_KEY";
  const isPlain = !isOnDemand && !isServiceManaged;
  const stream = isPlain ? shards : ({ shards, distribution: strategy } as const);
  const streams = { [STREAM]: stream, ...otherStreams };
  const emulator = new Emulator({
    clock,
    random,
    streams,
    ...(limits === undefined ? {} : { limits }),
  });
  const calls: MadeCall[] = [];
  const kinesis = emulator.kinesis();
  const faulty = between === undefined ? kinesis : intercept(kinesis, between({ clock, emulator }));
  const recorded = intercept(faulty, {
    putRecords: (next, request, signal) => {
      calls.push({ atMs: clock.nowMs(), entries: request.entries.map(copyOf) });
      return next(request, signal);
    },
  });
  const producer = createProducer({
    stream: STREAM,
    kinesis: recorded,
    clock,
    random: ofProducer,
    logger: silentLogger,
    ...options,
  });
  onTestFinished(async () => {
    const closed = producer.close({ timeoutMs: 0 });
    await clock.advance(0);
    await closed;
    emulator.close();
  });
  return {
    clock,
    emulator,
    kinesis,
    producer,
    calls,
    read: () => readAsKcl(emulator.inspect(STREAM)),
  };
}

/** How a promise stands, without waiting for it; a rejection is taken note of. */
export type Outcome<T> =
  | { readonly kind: "pending" }
  | { readonly kind: "resolved"; readonly value: T }
  | { readonly kind: "rejected"; readonly error: KinesisError };

export function watch<T>(promise: Promise<T>): () => Outcome<T> {
  let outcome: Outcome<T> = { kind: "pending" };
  promise.then(
    (value) => {
      outcome = { kind: "resolved", value };
    },
    (error: KinesisError) => {
      outcome = { kind: "rejected", error };
    },
  );
  return () => outcome;
}

/** The error with which a promise rejects, at once or while the clock moves. */
export async function errorOf(promise: Promise<unknown>): Promise<KinesisError> {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (KinesisError.is(error)) return error;
  throw new Error(`not rejected with a KinesisError but with ${String(error)}`);
}

function copyOf(entry: PutRecordsEntry): PutRecordsEntry {
  return { ...entry, data: Uint8Array.from(entry.data) };
}
