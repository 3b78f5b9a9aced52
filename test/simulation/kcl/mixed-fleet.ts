// A small world for tests of the model: workers of the KCL and of ours on one stream and one table, a producer, no faults,
// and all checkers.
import type { KinesisApi } from "@shardline/core";
import { SeededRandom, VirtualClock } from "@shardline/core/testing";
import { Emulator } from "@shardline/emulator";
import { checkersOf } from "../checkers.ts";
import { askedLeaseTable } from "../evidence/asked-lease-table.ts";
import { type EntryOf, Journal } from "../evidence/journal.ts";
import { StoredRecords } from "../evidence/stored-records.ts";
import { storyOf } from "../evidence/story.ts";
import { WatchedCalls } from "../evidence/watched-calls.ts";
import { WatchedKinesis } from "../evidence/watched-kinesis.ts";
import { WatchedLeaseTable } from "../evidence/watched-lease-table.ts";
import { FaultCounts } from "../faults/fault-counts.ts";
import { SimProcess } from "../fleet/sim-process.ts";
import { SimProducer } from "../fleet/sim-producer.ts";
import { startWorker, type Worker } from "../fleet/worker.ts";
import { NO_SURGE, type ProducerOdds } from "../fleet/producer-odds.ts";
import type { HandlerOdds, ReadingOdds } from "../odds.ts";
import { isCompleted } from "./kcl-lease.ts";

const STREAM = "orders";
export const FAILOVER_MS = 10_000;
const CALL = new AbortController().signal;
const BATCH_RECORDS = 10;
const HANDLERS: HandlerOdds = {
  maxHandlingMs: 20,
  throws: 0,
  stopsShort: 0,
  checkpoints: 0,
  hangs: 0,
  maxHangMs: 0,
  poison: "none",
};
const READING: ReadingOdds = { readsPerSecond: 4.5, bufferedBytes: 64 * 1024 * 1024 };
const PRODUCERS: Omit<ProducerOdds, "putsPerSecond"> = {
  producers: 1,
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
};

export class MixedFleet {
  readonly clock: VirtualClock = new VirtualClock();
  readonly #journal = new Journal(() => this.clock.nowMs());
  readonly #stored = new StoredRecords();
  readonly #table: WatchedLeaseTable;
  readonly #kinesis: WatchedKinesis;
  readonly #control: KinesisApi;
  readonly #producer: SimProducer;
  readonly #workers = new Map<string, Worker>();
  readonly #processes = new Map<string, SimProcess>();
  readonly #killed = new Set<string>();
  readonly #random: SeededRandom;
  readonly #emulator: Emulator;
  /** How many records each has delivered. */
  readonly delivered = new Map<string, number>();
  /** Records that the KCL has passed over. */
  passedOver = 0;

  constructor(seed: number, shards: number, putsPerSecond: number) {
    const { clock } = this;
    this.#random = new SeededRandom(seed);
    const random = this.#random.fork();
    this.#emulator = new Emulator({ clock, random, streams: { [STREAM]: shards } });
    this.#control = this.#emulator.kinesis();
    const shardsNow = () => this.#emulator.shards(STREAM);
    const [kinesis, journal] = [this.#control, this.#journal];
    this.#kinesis = new WatchedKinesis({ kinesis, shardsNow, journal });
    const nature = { maxStaleMs: 0 };
    this.#table = new WatchedLeaseTable(nature, clock, this.#random.fork(), this.#journal);
    const isAlive = (process: string): boolean => !this.#killed.has(process);
    const checkers = checkersOf({
      clock,
      table: this.#table,
      stored: this.#stored,
      shards: shardsNow,
      isOursAlone: false,
      failoverMs: FAILOVER_MS,
      ...READING,
      isAlive,
      ownTimeMs: (process) => this.#processes.get(process)?.nowMs() ?? 0,
      producerOdds: { ...PRODUCERS, putsPerSecond },
      isServiceManaged: false,
      longestCallMs: 0,
      producers: () => [this.#producer],
    });
    this.#journal.watch(...checkers, {
      name: "counts",
      sights: {
        delivered: (entry) => this.#count(entry),
        handled: ({ how, positions }) => {
          if (how === "passed over") this.passedOver += positions.length;
        },
      },
    });
    this.#producer = this.#startProducer(putsPerSecond);
  }

  start(...names: readonly string[]): void {
    for (const name of names) this.#workers.set(name, this.#startWorker(name));
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
    return !this.#table.snapshot().some(isCompleted);
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
    this.#journal.look();
    const { broken, recent } = this.#journal;
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
    await this.until(() => isFlushed && this.#stored.unhandled === 0, 120_000);
    await flushed;
    const workers = [...this.#workers.values()];
    for (const worker of workers) worker.stop();
    const ended = Promise.all(workers.map(({ done }) => done));
    await this.advance(60_000);
    await ended;
    this.#emulator.close();
    this.#journal.end();
    await this.advance(0);
  }

  #startWorker(name: string): Worker {
    const process = new SimProcess(name, this.clock);
    this.#processes.set(name, process);
    return startWorker({
      process,
      stream: STREAM,
      kinesis: this.#kinesis.of(name),
      leaseTable: askedLeaseTable(this.#table.of(name), process, this.#journal),
      random: this.#random.fork(),
      journal: this.#journal,
      faults: new FaultCounts(),
      failoverMs: FAILOVER_MS,
      batchRecords: BATCH_RECORDS,
      application: { startAt: "TRIM_HORIZON" },
      handlers: HANDLERS,
      reading: READING,
    });
  }

  #startProducer(putsPerSecond: number): SimProducer {
    const process = new SimProcess("producer", this.clock);
    return new SimProducer({
      process,
      stream: STREAM,
      kinesis: new WatchedCalls(this.#journal).of(process, this.#kinesis.of(process.name)),
      random: this.#random.fork(),
      journal: this.#journal,
      odds: { ...PRODUCERS, putsPerSecond },
    });
  }

  #count({ process }: EntryOf<"delivered">): void {
    this.delivered.set(process, (this.delivered.get(process) ?? 0) + 1);
  }

  #shares(): Map<string, number> {
    const shares = new Map([...this.#workers.keys()].map((name) => [name, 0]));
    for (const lease of this.#table.snapshot()) {
      const { owner = "nobody" } = lease;
      if (!isCompleted(lease)) shares.set(owner, (shares.get(owner) ?? 0) + 1);
    }
    return shares;
  }
}
