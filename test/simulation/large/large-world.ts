// One large world: many workers, thousands of shards, real consumers on one virtual clock. It starts, loses a third of its
// workers at once, and gets as many new ones; each time the leases must come to rest, evenly spread, within a bound.
import { MemoryLeaseTable } from "@shardline/consumer";
import { SeededRandom, VirtualClock } from "@shardline/core/testing";
import { Emulator } from "@shardline/emulator";
import { SimProcess } from "../fleet/sim-process.ts";
import { Bill, billBetween, type BillTotals } from "./bill.ts";
import { Distance } from "./distance.ts";
import { farLeaseTable } from "./far-lease-table.ts";
import { LargeWorker } from "./large-worker.ts";
import { spreadOf } from "./spread.ts";

export interface LargeWorldSize {
  readonly workers: number;
  readonly shards: number;
  readonly seed: number;
  /** Each phase has to converge within this time. */
  readonly boundMs?: number;
}

/** What happened from one moment to another. */
export interface Stretch {
  readonly simulatedMs: number;
  readonly cpuMs: number;
  readonly bill: BillTotals;
  /** Leases that got another owner. */
  readonly taken: number;
  /** Leases that workers lost without giving them up, and whatever else should not happen. */
  readonly lost: number;
}

/** What became of one phase. */
export interface PhaseReport {
  readonly name: string;
  readonly workers: number;
  readonly boundMs: number;
  /** Until every lease has a living owner, and each worker its share, give or take one. */
  readonly settling: Stretch;
  readonly hasConverged: boolean;
  /** From then on. */
  readonly rest: Stretch;
  /** How the leases lay in the end. */
  readonly spread: string;
}

const FAILOVER_MS = 10_000;
const STREAM = "orders";
/** Leases are looked at so often. */
const LOOK_MS = 100;
/** So long each phase is watched after it has converged. */
const REST_MS = 60_000;
const BOUND_MS = 120_000;

export class LargeWorld {
  readonly #size: LargeWorldSize;
  readonly #clock = new VirtualClock();
  readonly #random: SeededRandom;
  readonly #emulator: Emulator;
  readonly #table = new MemoryLeaseTable();
  readonly #bill = new Bill();
  #workers: LargeWorker[] = [];
  #started = 0;
  #taken = 0;
  #lost = 0;

  constructor(size: LargeWorldSize) {
    this.#size = size;
    this.#random = new SeededRandom(size.seed);
    this.#emulator = new Emulator({
      clock: this.#clock,
      random: this.#random.fork(),
      limits: "aws",
      streams: { [STREAM]: size.shards },
    });
  }

  /** Yields each phase when it is over; ends early with one that does not converge. */
  async *run(): AsyncGenerator<PhaseReport, void, void> {
    const { workers } = this.#size;
    const third = Math.floor(workers / 3);
    const phases: readonly (readonly [string, () => void])[] = [
      ["start", () => this.#start(workers)],
      ["crash", () => this.#crash(third)],
      ["scale-out", () => this.#start(third)],
    ];
    for (const [name, begin] of phases) {
      begin();
      const report = await this.#phase(name);
      yield report;
      if (!report.hasConverged) break;
    }
    await this.#stop();
  }

  async #phase(name: string): Promise<PhaseReport> {
    const { boundMs = BOUND_MS } = this.#size;
    const settling = await this.#watch(boundMs, () => this.#spread.isEven);
    const wasEven = this.#spread.isEven;
    const rest = await this.#watch(REST_MS, () => false);
    const { isEven, text } = this.#spread;
    const workers = this.#workers.length;
    // What was even must stay so.
    const hasConverged = wasEven && isEven;
    return { name, workers, boundMs, settling, hasConverged, rest, spread: text };
  }

  get #spread(): ReturnType<typeof spreadOf> {
    return spreadOf(
      this.#table.snapshot(),
      this.#size.shards,
      this.#workers.map(({ process }) => process.name),
    );
  }

  /** Lets time pass until a condition holds, at most so long. */
  async #watch(maxMs: number, isDone: () => boolean): Promise<Stretch> {
    const [fromMs, cpu, bill] = [this.#clock.nowMs(), process.cpuUsage(), this.#bill.totals];
    const [taken, lost] = [this.#taken, this.#lost];
    while (this.#clock.nowMs() < fromMs + maxMs && !isDone()) await this.#clock.advance(LOOK_MS);
    const { system, user } = process.cpuUsage(cpu);
    return {
      simulatedMs: this.#clock.nowMs() - fromMs,
      cpuMs: (system + user) / 1000,
      bill: billBetween(bill, this.#bill.totals),
      taken: this.#taken - taken,
      lost: this.#lost - lost,
    };
  }

  #start(count: number): void {
    for (let i = 0; i < count; i += 1) {
      this.#started += 1;
      const process = new SimProcess(`worker-${this.#started}`, this.#clock);
      const distance = new Distance(process, this.#random.fork());
      const worker = new LargeWorker({
        process,
        stream: STREAM,
        failoverMs: FAILOVER_MS,
        kinesis: distance.to(this.#emulator.kinesis()),
        leaseTable: farLeaseTable(this.#table, distance, this.#bill),
        random: this.#random.fork(),
        onTaken: () => {
          this.#taken += 1;
        },
        onLost: () => {
          this.#lost += 1;
        },
      });
      this.#workers.push(worker);
    }
  }

  /** Every third of them, so that it meets the old and the new alike. */
  #crash(count: number): void {
    const killed = new Set(this.#workers.filter((_, i) => i % 3 === 0).slice(0, count));
    for (const { process } of killed) process.kill();
    this.#workers = this.#workers.filter((worker) => !killed.has(worker));
  }

  async #stop(): Promise<void> {
    let isDone = false;
    const stopped = Promise.allSettled(this.#workers.map((worker) => worker.stop()));
    void stopped.then(() => {
      isDone = true;
    });
    await this.#clock.runUntil(this.#clock.nowMs() + REST_MS, () => isDone);
    this.#emulator.close();
  }
}
