// A small world for tests of the model: workers of the KCL and of ours on one stream and one table, a producer, no faults,
// and all checkers.
import type { KinesisApi } from "@shardline/core";
import { SeededRandom, type VirtualClock } from "@shardline/core/testing";
import type { EntryOf } from "../evidence/journal-entry.ts";
import { storyOf } from "../evidence/story.ts";
import { ONE_AT_A_TIME } from "../fleet/concurrency-odds.ts";
import { FLAWLESS_HANDLERS } from "../fleet/handler-odds.ts";
import { NO_SURGE } from "../fleet/producer-odds.ts";
import type { SimProducer } from "../fleet/sim-producer.ts";
import type { Worker } from "../fleet/worker.ts";
import { Stage, type StageOdds, STREAM } from "../stage.ts";
import { SOUND_PUSHES } from "../faults/push-odds.ts";
import { ONE_STREAM } from "../faults/stream-odds.ts";
import { isCompleted } from "./kcl-lease.ts";

const CALL = new AbortController().signal;
const CALM: StageOdds = {
  fleet: { workers: 2, batchRecords: 10, maxDrift: 0, maxWallSkewMs: 0, keepsName: 0 },
  producers: {
    producers: 1,
    putsPerSecond: 20,
    recordBytes: 0,
    huge: 0,
    keys: 40,
    explicitKeys: 0,
    isPolite: false,
    written: 0,
    putMany: 0,
    aborted: 0,
    surge: NO_SURGE,
    options: {
      aggregation: {},
      batch: {},
      buffer: {},
      distribution: "detect",
      maxInFlightRequests: 24,
      rateLimit: {},
      recordTtlMs: Number.POSITIVE_INFINITY,
      retry: {},
    },
  },
  handlers: FLAWLESS_HANDLERS,
  concurrency: ONE_AT_A_TIME,
  network: {
    maxLatencyMs: 0,
    lostRequest: 0,
    lostAnswer: 0,
    lateRequest: 0,
    repeatedRequest: 0,
    slowCall: 0,
    throttledTable: 0,
  },
  kinesis: {
    shards: 1,
    isServiceManaged: false,
    updateMs: 1,
    refusedCarrier: 0,
    throttledRead: 0,
    sparseRead: 0,
    internalFailure: 0,
    staleListing: 0,
    staleMs: 0,
  },
  table: { deletedLease: 0, maxStaleMs: 0 },
  kcl: { workers: 2 },
  reading: { mode: "polling", readsPerSecond: 4.5, bufferedBytes: 64 * 1024 * 1024 },
  push: SOUND_PUSHES,
  application: { startAt: "TRIM_HORIZON" },
  streams: ONE_STREAM,
  wire: { form: "none", brokenConnection: 0, spoiltAnswer: 0, errorPage: 0 },
};

export class MixedFleet {
  readonly #stage: Stage;
  readonly #control: KinesisApi;
  readonly #producer: SimProducer;
  readonly #workers = new Map<string, Worker>();
  readonly #killed = new Set<string>();
  /** How many records each has delivered. */
  readonly delivered = new Map<string, number>();
  /** Records that the KCL has passed over. */
  passedOver = 0;

  constructor(seed: number, shards: number, putsPerSecond: number) {
    const { kinesis, producers } = CALM;
    this.#stage = new Stage({
      odds: {
        ...CALM,
        kinesis: { ...kinesis, shards },
        producers: { ...producers, putsPerSecond },
      },
      random: new SeededRandom(seed),
    });
    this.#control = this.#stage.emulator.kinesis();
    this.#stage.check({
      isAlive: (process) => !this.#killed.has(process),
      producers: () => [this.#producer],
    });
    this.#stage.journal.watch({
      name: "counts",
      sights: {
        delivered: (entry) => this.#count(entry),
        handled: ({ how, positions }) => {
          if (how === "passed over") this.passedOver += positions.length;
        },
      },
    });
    this.#producer = this.#stage.startProducer("producer");
  }

  get clock(): VirtualClock {
    return this.#stage.clock;
  }

  start(...names: readonly string[]): void {
    for (const name of names) this.#workers.set(name, this.#stage.startWorker(name));
  }

  kill(name: string): void {
    this.#workers.get(name)?.process.kill();
    this.#workers.delete(name);
    this.#killed.add(name);
  }

  /** In good order; how long that took at most. */
  async stop(name: string): Promise<number> {
    const worker = this.#workers.get(name);
    let isDone = false;
    void worker?.done.then(() => {
      isDone = true;
    });
    worker?.stop();
    this.#workers.delete(name);
    const startedAtMs = this.clock.nowMs();
    await this.until(() => isDone, 60_000);
    return this.clock.nowMs() - startedAtMs;
  }

  /** All that live have leases, nobody else has, and none has two more than another; ended leases do not count. */
  get isFair(): boolean {
    const shares = this.#shares();
    const counts = [...shares.values()];
    const isEverybodys = counts.length === this.#workers.size && counts.every((count) => count > 0);
    return isEverybodys && Math.max(...counts) - Math.min(...counts) <= 1;
  }

  get hasOnlyOpenShards(): boolean {
    return !this.#stage.table.snapshot().some(isCompleted);
  }

  /** Time goes on until something is so. */
  async until(isSo: () => boolean, withinMs: number): Promise<void> {
    const endsAtMs = this.clock.nowMs() + withinMs;
    while (!isSo()) {
      if (this.clock.nowMs() >= endsAtMs) {
        const shares = [...this.#shares()].join(" ");
        throw new Error(`not so within ${withinMs} ms; leases of ${shares}`);
      }
      await this.advance(1000);
    }
  }

  async advance(byMs: number): Promise<void> {
    await this.clock.advance(byMs);
    this.#stage.journal.look();
    const { broken, recent } = this.#stage.journal;
    if (broken !== undefined)
      throw new Error(storyOf(recent, broken).join("\n"), { cause: broken });
  }

  async split(shardId: string, at: bigint): Promise<void> {
    const request = { stream: { name: STREAM }, shardId, newStartingHashKey: at };
    await this.#control.splitShard(request, CALL);
    await this.advance(10_000);
  }

  async merge(shardId: string, adjacentShardId: string): Promise<void> {
    await this.#control.mergeShards({ stream: { name: STREAM }, shardId, adjacentShardId }, CALL);
    await this.advance(10_000);
  }

  /** Everything that was put comes out, and everybody ends. */
  async finish(): Promise<void> {
    let isFlushed = false;
    const flushed = this.#producer.finish().then(() => {
      isFlushed = true;
    });
    await this.until(() => isFlushed && this.#stage.stored.unhandled === 0, 120_000);
    await flushed;
    const workers = [...this.#workers.values()];
    for (const worker of workers) worker.stop();
    const ended = Promise.all(workers.map(({ done }) => done));
    await this.advance(60_000);
    await ended;
    this.#stage.emulator.close();
    this.#stage.journal.end();
    await this.advance(0);
  }

  #count({ process }: EntryOf<"delivered">): void {
    this.delivered.set(process, (this.delivered.get(process) ?? 0) + 1);
  }

  #shares(): Map<string, number> {
    const shares = new Map([...this.#workers.keys()].map((name) => [name, 0]));
    for (const lease of this.#stage.table.snapshot()) {
      const { owner = "nobody" } = lease;
      if (!isCompleted(lease)) shares.set(owner, (shares.get(owner) ?? 0) + 1);
    }
    return shares;
  }
}
