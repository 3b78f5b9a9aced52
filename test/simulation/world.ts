// One world: the real producer and a fleet of real consumers, in simulated processes, on one virtual clock, against
// the emulator and a lease table in memory. First everything goes wrong that the odds say; then the faults are healed,
// and all must come to rest within a bound that is stated.
import { type Lease, MemoryLeaseTable } from "@shardline/consumer";
import { comparePositions, SHARD_END } from "@shardline/core";
import { SeededRandom, VirtualClock } from "@shardline/core/testing";
import { Emulator } from "@shardline/emulator";
import { uselessLeases } from "./checkers/cleaned-up.ts";
import { Coverage } from "./checkers/coverage.ts";
import { KeyOrder } from "./checkers/key-order.ts";
import { NoLoss } from "./checkers/no-loss.ts";
import { OneLiveOwner } from "./checkers/one-live-owner.ts";
import { ParentBeforeChild } from "./checkers/parent-before-child.ts";
import { QuietEnd } from "./checkers/quiet-end.ts";
import { BrokenInvariant, Journal } from "./journal.ts";
import { Network } from "./network.ts";
import { drawDelayMs, drawOdds, type Odds } from "./odds.ts";
import { reshard } from "./reshard.ts";
import { SimProcess } from "./sim-process.ts";
import { SimProducer } from "./sim-producer.ts";
import { SimWorker } from "./sim-worker.ts";

/** What a world came to. */
export interface WorldReport {
  readonly seed: number;
  readonly odds: Odds;
  readonly broken: BrokenInvariant | undefined;
  readonly story: readonly string[];
  readonly put: number;
  readonly delivered: number;
  readonly reshards: number;
  /** How often each kind of fault fired. */
  readonly faults: ReadonlyMap<string, number>;
  /** Simulated time that workers spent running. */
  readonly workerHours: number;
}

const STREAM = "orders";
const FAILOVER_MS = 10_000;
/** The phase with faults. */
const SAFETY_MS = 600_000;
/** After the faults are healed, everything stored is delivered, and no useless lease left, within this time. */
const LIVENESS_MS = 120_000;
/** A process that was killed is replaced within this time. */
const MAX_REPLACEMENT_MS = 5000;
/** A process stands still for so long at most. */
const MAX_PAUSE_MS = 3 * FAILOVER_MS;

export class World {
  readonly #seed: number;
  readonly #odds: Odds;
  readonly #clock = new VirtualClock();
  readonly #random: SeededRandom;
  readonly #emulator: Emulator;
  readonly #table = new MemoryLeaseTable();
  readonly #network: Network;
  readonly #journal: Journal;
  readonly #noLoss = new NoLoss();
  readonly #chaos = new SimProcess("chaos", this.#clock);
  #workers: SimWorker[] = [];
  /** Told to stop while others took their place; they may still be at it when the world ends. */
  readonly #leaving: SimWorker[] = [];
  #processes = 0;
  #reshards = 0;

  constructor(seed: number) {
    this.#seed = seed;
    this.#random = new SeededRandom(seed);
    this.#odds = drawOdds(this.#random.fork());
    this.#network = new Network(this.#odds, this.#random.fork());
    this.#journal = new Journal(() => this.#clock.nowMs());
    this.#emulator = new Emulator({
      clock: this.#clock,
      random: this.#random.fork(),
      limits: "aws",
      streams: { [STREAM]: this.#odds.shards },
    });
    const leaseOf = (shardId: string): Lease | undefined =>
      this.#table.snapshot().find((lease) => lease.shardId === shardId);
    this.#journal.watch(
      this.#noLoss,
      new KeyOrder(),
      new ParentBeforeChild(leaseOf),
      new OneLiveOwner(leaseOf),
      new Coverage(() => this.#table.snapshot()),
      new QuietEnd(this.#clock, () => this.#table.snapshot()),
    );
  }

  get odds(): Odds {
    return this.#odds;
  }

  /** Runs the world to its end, or to the first invariant that breaks. */
  async run(): Promise<WorldReport> {
    const { meanMsBetweenCrashes, meanMsBetweenPauses, meanMsBetweenReshards } = this.#odds;
    const { meanMsBetweenRestarts, workers } = this.#odds;
    const producer = this.#startProducer();
    for (let i = 0; i < workers; i += 1) this.#startWorker();
    this.#every(meanMsBetweenCrashes, () => this.#crash());
    this.#every(meanMsBetweenRestarts, () => this.#restart());
    this.#every(meanMsBetweenReshards, () => this.#reshard());
    this.#every(meanMsBetweenPauses, () => this.#pause());
    await this.#runUntil(SAFETY_MS, () => false);

    this.#chaos.kill();
    this.#network.heal();
    const finished = track(producer.finish());
    const isAtRest = (): boolean => {
      // One that stands still would wake up when nobody is there any more to take its leases.
      const isComplete =
        this.#workers.length === workers && !this.#workers.some(({ process }) => process.isFrozen);
      const isDelivered = finished.isDone() && this.#noLoss.outstanding === 0;
      const isClean = uselessLeases(this.#table.snapshot()).length === 0;
      return isComplete && isDelivered && isClean && this.#areLeasesOwned();
    };
    await this.#runUntil(SAFETY_MS + LIVENESS_MS, isAtRest);
    if (!isAtRest()) this.#journal.break(unrest());
    await this.#stop();
    if (this.#journal.broken === undefined) this.#journal.end();
    return this.#report();
  }

  async #stop(): Promise<void> {
    for (const worker of this.#workers) worker.stop();
    const all = [...this.#workers, ...this.#leaving];
    const stopped = track(Promise.all(all.map(({ done }) => done)));
    await this.#runUntil(this.#clock.nowMs() + LIVENESS_MS, () => stopped.isDone());
    this.#emulator.close();
  }

  /** Fires timer after timer until a time, a condition, or a broken invariant. */
  async #runUntil(atMs: number, isDone: () => boolean): Promise<void> {
    while (this.#journal.broken === undefined && this.#clock.nextTimerAtMs <= atMs) {
      await this.#clock.fireNext();
      if (isDone()) return;
    }
  }

  #every(meanMs: number, act: () => void): void {
    this.#chaos.startTimer(drawDelayMs(meanMs, this.#random), () => {
      act();
      this.#every(meanMs, act);
    });
  }

  #startProducer(): SimProducer {
    const process = new SimProcess("producer", this.#clock);
    return new SimProducer({
      process,
      stream: STREAM,
      kinesis: this.#network.between(process, "kinesis", this.#emulator.kinesis()),
      random: this.#random,
      journal: this.#journal,
      putsPerSecond: this.#odds.putsPerSecond,
    });
  }

  #startWorker(): void {
    this.#processes += 1;
    const process = new SimProcess(`worker-${this.#processes}`, this.#clock);
    this.#tell(`${process.name} starts`);
    const worker = new SimWorker({
      process,
      stream: STREAM,
      kinesis: this.#network.between(process, "kinesis", this.#emulator.kinesis()),
      leaseTable: this.#network.between(process, "leases", this.#table),
      random: this.#random,
      journal: this.#journal,
      failoverMs: FAILOVER_MS,
      batchRecords: this.#odds.batchRecords,
      maxHandlingMs: this.#odds.maxHandlingMs,
    });
    this.#workers.push(worker);
  }

  #crash(): void {
    const worker = this.#pickWorker();
    if (worker === undefined) return;
    this.#tell(`${worker.process.name} is killed`);
    this.#count("crash");
    worker.process.kill();
    this.#replace(worker);
  }

  #pause(): void {
    const worker = this.#pickWorker();
    if (worker === undefined) return;
    const forMs = this.#random.next() * MAX_PAUSE_MS;
    this.#tell(`${worker.process.name} stands still for ${Math.round(forMs)} ms`);
    this.#count("pause");
    worker.process.freeze(forMs);
  }

  #restart(): void {
    const worker = this.#pickWorker();
    if (worker === undefined) return;
    this.#tell(`${worker.process.name} is stopped`);
    this.#count("restart");
    worker.stop();
    this.#leaving.push(worker);
    this.#replace(worker);
  }

  #replace(worker: SimWorker): void {
    this.#workers = this.#workers.filter((other) => other !== worker);
    const delayMs = this.#random.next() * MAX_REPLACEMENT_MS;
    // The world's own timer: a replacement comes even when the faults are over.
    this.#clock.startTimer(delayMs, () => this.#startWorker());
  }

  #reshard(): void {
    void reshard(this.#emulator.kinesis(), STREAM, this.#random).then((what) => {
      if (what === undefined) return;
      this.#reshards += 1;
      this.#tell(what);
    });
  }

  #pickWorker(): SimWorker | undefined {
    return this.#workers[Math.floor(this.#random.next() * this.#workers.length)];
  }

  /** Every shard that is to be read has a live worker, and nobody's lease is a dead one's. */
  #areLeasesOwned(): boolean {
    const alive = new Set(this.#workers.map(({ process }) => process.name));
    return this.#table.snapshot().every(({ checkpoint, owner }) => {
      const isEnded = comparePositions(checkpoint, SHARD_END) === 0;
      return isEnded ? owner === undefined : owner !== undefined && alive.has(owner);
    });
  }

  #tell(what: string): void {
    this.#journal.write({ kind: "world", what });
  }

  #count(fault: string): void {
    const { faults } = this.#network;
    faults.set(fault, (faults.get(fault) ?? 0) + 1);
  }

  #report(): WorldReport {
    const { broken, counts } = this.#journal;
    return {
      seed: this.#seed,
      odds: this.#odds,
      broken,
      story: this.#journal.story(),
      put: counts.get("put") ?? 0,
      delivered: counts.get("delivered") ?? 0,
      reshards: this.#reshards,
      faults: this.#network.faults,
      workerHours: (this.#odds.workers * this.#clock.nowMs()) / 3_600_000,
    };
  }
}

function unrest(): BrokenInvariant {
  return new BrokenInvariant("rest", `not at rest ${LIVENESS_MS / 1000} s after the last fault`);
}

/** Whether a promise has settled, without waiting for it. */
function track(work: Promise<unknown>): { isDone(): boolean } {
  let isDone = false;
  const settle = (): void => {
    isDone = true;
  };
  work.then(settle, settle);
  return { isDone: () => isDone };
}
