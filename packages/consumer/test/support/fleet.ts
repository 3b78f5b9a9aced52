// Whole consumers as a user starts them, on one virtual clock, with the emulator and a lease table in memory. Each
// worker is a process of its own that can be killed.
import type { KinesisApi, Logger } from "@shardline/core";
import { SeededRandom, type VirtualClock } from "@shardline/core/testing";
import { Emulator } from "@shardline/emulator";
import { onTestFinished } from "vitest";
import { type Interceptors, intercept } from "../../../../test/support/intercept.ts";
import { quietClock } from "../../../../test/support/quiet-clock.ts";
import { SimProcess } from "../../../../test/simulation/fleet/sim-process.ts";
import type { Batch, ConsumedRecord, ShardContext } from "../../src/batch/handler.ts";
import { type Consumer, createConsumer } from "../../src/consumer.ts";
import { CONSUMER_LOG, type ConsumerEvents } from "../../src/consumer-events.ts";
import type { LeaseTable } from "../../src/lease/lease-table.ts";
import type { ConsumerOptions } from "../../src/options.ts";
import type { RunOptions } from "../../src/run-options.ts";
import { BreakableTable } from "./breakable-table.ts";
import { bytesOf, textOf } from "./kinesis-records.ts";
import { type Tracked, track } from "./promises.ts";
import { shardIdOf } from "./leases.ts";

export const STREAM = "orders";
export const FAILOVER_MS = 10_000;

const nothing = (): void => undefined;
const SILENCE: Logger = { debug: nothing, info: nothing, warn: nothing, error: nothing };

/** A record that a handler was given. */
export interface Delivered {
  readonly text: string;
  readonly shardId: string;
  readonly stream: string;
  readonly worker: string;
  readonly atMs: number;
  readonly record: ConsumedRecord;
}

export interface WorkerSetup extends Partial<ConsumerOptions> {
  readonly drainTimeoutMs?: number;
  /** Called with each batch, after it was noted down. */
  readonly handle?: (batch: Batch, shard: ShardContext) => Promise<void> | void;
  readonly kinesisFaults?: Interceptors<KinesisApi>;
  readonly tableFaults?: Interceptors<LeaseTable>;
}

export interface TestWorker {
  readonly consumer: Consumer;
  readonly process: SimProcess;
  readonly run: Tracked<void>;
  readonly told: <Type extends keyof ConsumerEvents>(type: Type) => ConsumerEvents[Type][];
  /** In good order. */
  stop(): void;
  /** From here on nothing of it happens. */
  crash(): void;
}

/** A stream, a lease table, and the workers that a test starts. */
export class Fleet {
  readonly clock: VirtualClock = quietClock();
  readonly table = new BreakableTable();
  readonly emulator: Emulator;
  /** When the stream was created. */
  readonly emulatorStartMs: number = this.clock.wallTimeMs();
  readonly kinesis: KinesisApi;
  /** Everything that was delivered, by all workers, in order. */
  readonly delivered: Delivered[] = [];
  readonly #workers: TestWorker[] = [];

  constructor(shards: number | { readonly shards: number; readonly distribution: "AUTO" } = 1) {
    const random = new SeededRandom(1);
    this.emulator = new Emulator({ clock: this.clock, random, streams: { [STREAM]: shards } });
    this.kinesis = this.emulator.kinesis();
    onTestFinished(() => this.#end());
  }

  get texts(): string[] {
    return this.delivered.map(({ text }) => text);
  }

  /** The owners of all leases, in the order of their shards. */
  get owners(): (string | undefined)[] {
    return this.table.snapshot().map(({ owner }) => owner);
  }

  start(name: string, setup: WorkerSetup = {}): TestWorker {
    const { drainTimeoutMs, handle, kinesisFaults = {}, tableFaults = {}, ...options } = setup;
    const process = new SimProcess(name, this.clock);
    const consumer = createConsumer({
      application: "billing",
      ...(options.streams === undefined ? { stream: STREAM } : {}),
      startAt: "TRIM_HORIZON",
      workerId: name,
      logger: SILENCE,
      clock: process,
      random: new SeededRandom(this.#workers.length + 1),
      kinesis: intercept(this.kinesis, kinesisFaults),
      leaseTable: intercept<LeaseTable>(this.table, tableFaults),
      processBatch: (batch, shard) => {
        this.#note(batch, shard, name);
        return handle?.(batch, shard);
      },
      ...options,
    });
    const told = listen(consumer);
    const ending = new AbortController();
    const runOptions: RunOptions = { signal: ending.signal, drainTimeoutMs };
    const worker = {
      consumer,
      process,
      told,
      run: track(consumer.run(runOptions)),
      stop: () => ending.abort(),
      crash: () => process.kill(),
    };
    this.#workers.push(worker);
    return worker;
  }

  /** Puts texts with one key; all of them in one shard. */
  async put(texts: readonly string[], partitionKey = "key"): Promise<void> {
    const entries = texts.map((text) => ({ partitionKey, data: bytesOf(text) }));
    await this.kinesis.putRecords(
      { stream: { name: STREAM }, entries },
      new AbortController().signal,
    );
  }

  /** Puts one Kinesis record. */
  async putData(data: Uint8Array, explicitHashKey?: bigint): Promise<void> {
    const place = explicitHashKey === undefined ? {} : { explicitHashKey: String(explicitHashKey) };
    const entries = [{ partitionKey: "key", data, ...place }];
    await this.kinesis.putRecords(
      { stream: { name: STREAM }, entries },
      new AbortController().signal,
    );
  }

  async split(index: number, at: bigint): Promise<void> {
    const request = { stream: { name: STREAM }, shardId: shardIdOf(index), newStartingHashKey: at };
    await this.kinesis.splitShard(request, new AbortController().signal);
    await this.clock.advance(10);
  }

  async merge(index: number, neighbour: number): Promise<void> {
    const shards = { shardId: shardIdOf(index), adjacentShardId: shardIdOf(neighbour) };
    const request = { stream: { name: STREAM }, ...shards };
    await this.kinesis.mergeShards(request, new AbortController().signal);
    await this.clock.advance(10);
  }

  #note({ records }: Batch, { shardId, stream }: ShardContext, worker: string): void {
    const atMs = this.clock.nowMs();
    for (const record of records) {
      this.delivered.push({ text: textOf(record), shardId, stream, worker, atMs, record });
    }
  }

  /** Ends whoever still runs, and sees to it that they end. */
  async #end(): Promise<void> {
    for (const worker of this.#workers) worker.stop();
    await this.clock.advance(60_000);
    for (const { consumer, process, run } of this.#workers) {
      if (process.isAlive && run.state() === "pending") {
        throw new Error(`worker ${consumer.workerId} has not ended a minute after its abort`);
      }
    }
    this.emulator.close();
  }
}

function listen(consumer: Consumer): TestWorker["told"] {
  const all: { readonly type: string; readonly payload: object }[] = [];
  for (const type of Object.keys(CONSUMER_LOG) as (keyof ConsumerEvents)[]) {
    consumer.on(type, (payload) => all.push({ type, payload }));
  }
  return <Type extends keyof ConsumerEvents>(type: Type) =>
    all.flatMap((one) => (one.type === type ? [one.payload as ConsumerEvents[Type]] : []));
}
