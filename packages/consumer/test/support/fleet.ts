// Workers of one application on one stream, in this process, on a clock that stands still until a test moves it.
import { AggregateBuilder } from "@shardline/aggregation";
import {
  type Batch,
  type Consumer,
  type ConsumerOptions,
  createConsumer,
  type LeaseTable,
  MemoryLeaseTable,
  type RunOptions,
  type ShardContext,
} from "@shardline/consumer";
import {
  apiCallFailed,
  type KinesisApi,
  type PutRecordsEntry,
  silentLogger,
} from "@shardline/core";
import { SeededRandom, type VirtualClock } from "@shardline/core/testing";
import { Emulator } from "@shardline/emulator";
import { onTestFinished } from "vitest";
import { type Interceptors, intercept } from "../../../../test/support/intercept.ts";
import { quietClock } from "../../../../test/support/quiet-clock.ts";
import { CONSUMER_LOG, type ConsumerEvents } from "../../src/consumer-events.ts";
import { track } from "./promises.ts";

export const STREAM = { name: "orders" };
export const FAILOVER_MS = 10_000;

/** A user record as a handler got it. */
export interface Delivery {
  readonly worker: string;
  readonly shardId: string;
  readonly text: string;
  readonly atMs: number;
}

/** What a test says about one worker. */
export interface WorkerSketch {
  readonly options?: Partial<ConsumerOptions>;
  /** Called after the batch was noted. */
  readonly handle?: (batch: Batch, shard: ShardContext) => Promise<void> | void;
  readonly run?: RunOptions;
  readonly kinesis?: Interceptors<KinesisApi>;
  readonly table?: Interceptors<LeaseTable>;
}

const { signal: never } = new AbortController();

export class Fleet {
  readonly clock: VirtualClock = quietClock();
  readonly table: MemoryLeaseTable = new MemoryLeaseTable();
  readonly emulator: Emulator;
  readonly kinesis: KinesisApi;
  readonly deliveries: Delivery[] = [];
  readonly #random = new SeededRandom(7);
  readonly #members: Member[] = [];

  constructor(shards: number) {
    this.emulator = new Emulator({
      clock: this.clock,
      random: this.#random.fork(),
      streams: { [STREAM.name]: shards },
    });
    this.kinesis = this.emulator.kinesis();
  }

  /** Starts a worker. */
  start(name: string, sketch: WorkerSketch = {}): Member {
    const member = new Member(name, sketch, this, this.#random.fork());
    this.#members.push(member);
    return member;
  }

  /** Puts plain records, one for each text, on the shard of a hash key. */
  async put(texts: readonly string[], hashKey = 0n): Promise<void> {
    const entries = texts.map((text) => entryOf(Buffer.from(text), hashKey));
    await this.kinesis.putRecords({ stream: STREAM, entries }, never);
  }

  /** Puts one aggregate of records, whose keys are given. */
  async putAggregate(
    records: readonly { key: string; text: string }[],
    hashKey = 0n,
  ): Promise<void> {
    const builder = new AggregateBuilder();
    for (const { key, text } of records) builder.add(key, undefined, Buffer.from(text));
    const entries = [entryOf(builder.encode(), hashKey)];
    await this.kinesis.putRecords({ stream: STREAM, entries }, never);
  }

  async split(shardId: string, newStartingHashKey: bigint): Promise<void> {
    await this.kinesis.splitShard({ stream: STREAM, shardId, newStartingHashKey }, never);
    await this.clock.advance(10);
  }

  async merge(shardId: string, adjacentShardId: string): Promise<void> {
    await this.kinesis.mergeShards({ stream: STREAM, shardId, adjacentShardId }, never);
    await this.clock.advance(10);
  }

  /** Texts in the order in which handlers got them, of one worker if one is named. */
  texts(worker?: string): string[] {
    const own = this.deliveries.filter((one) => worker === undefined || one.worker === worker);
    return own.map(({ text }) => text);
  }

  /** How many leases each worker has. */
  shares(): Record<string, number> {
    const shares: Record<string, number> = {};
    for (const { owner } of this.table.snapshot()) {
      if (owner !== undefined) shares[owner] = (shares[owner] ?? 0) + 1;
    }
    return shares;
  }

  /** Moves time on until something is so. */
  async until(isSo: () => boolean, limitMs = 600_000): Promise<void> {
    const deadlineMs = this.clock.nowMs() + limitMs;
    await this.clock.advance(0);
    while (!isSo() && this.clock.nextTimerAtMs <= deadlineMs) await this.clock.fireNext();
    if (!isSo()) throw new Error(`not so within ${limitMs} ms`);
  }

  /** Stops whoever runs still. */
  async end(): Promise<void> {
    for (const member of this.#members) member.stop();
    await this.until(() => this.#members.every((member) => member.run.state() !== "pending"));
    this.emulator.close();
  }
}

/** One worker of a fleet. */
export class Member {
  readonly consumer: Consumer;
  readonly run: ReturnType<typeof track<void>>;
  readonly events: { readonly type: string; readonly payload: object }[] = [];
  readonly #stop = new AbortController();
  #isCutOff = false;

  constructor(name: string, sketch: WorkerSketch, fleet: Fleet, random: SeededRandom) {
    this.consumer = createConsumer({
      application: "billing",
      stream: STREAM.name,
      startAt: "TRIM_HORIZON",
      workerId: name,
      leases: { failoverMs: FAILOVER_MS },
      logger: silentLogger,
      kinesis: this.#reachable(intercept(fleet.kinesis, sketch.kinesis ?? {})),
      leaseTable: this.#reachable(intercept<LeaseTable>(fleet.table, sketch.table ?? {})),
      clock: fleet.clock,
      random,
      processBatch: async (batch, shard) => {
        for (const { data } of batch.records) {
          const text = Buffer.from(data).toString();
          const { shardId } = shard;
          fleet.deliveries.push({ worker: name, shardId, text, atMs: fleet.clock.nowMs() });
        }
        await sketch.handle?.(batch, shard);
      },
      ...sketch.options,
    });
    for (const type of Object.keys(CONSUMER_LOG) as (keyof ConsumerEvents)[]) {
      this.consumer.on(type, (payload) => this.events.push({ type, payload }));
    }
    this.run = track(this.consumer.run({ signal: this.#stop.signal, ...sketch.run }));
  }

  /** Drains it. */
  stop(): void {
    this.#stop.abort();
  }

  /** From now on nothing it calls can be reached. */
  cutOff(): void {
    this.#isCutOff = true;
  }

  of<Type extends keyof ConsumerEvents>(type: Type): ConsumerEvents[Type][] {
    return this.events.flatMap((one) =>
      one.type === type ? [one.payload as ConsumerEvents[Type]] : [],
    );
  }

  /** The same port, until the worker is cut off. */
  #reachable<Port extends object>(port: Port): Port {
    return new Proxy(port, {
      get: (target, name) => {
        const method: unknown = Reflect.get(target, name);
        if (typeof method !== "function") return method;
        return (...args: unknown[]): unknown =>
          this.#isCutOff
            ? Promise.reject(apiCallFailed(String(name), UNREACHABLE))
            : method.apply(target, args);
      },
    });
  }
}

const UNREACHABLE = {
  kind: "unreachable",
  awsName: "ENETUNREACH",
  reason: "cut off by the test",
  isAmbiguous: false,
} as const;

/** A fleet, whose workers are stopped when the test is over. */
export function newFleet(shards: number): Fleet {
  const fleet = new Fleet(shards);
  onTestFinished(() => fleet.end());
  return fleet;
}

function entryOf(data: Uint8Array, hashKey: bigint): PutRecordsEntry {
  return { data, partitionKey: "k", explicitHashKey: hashKey.toString() };
}
