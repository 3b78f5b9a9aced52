// One large world: many workers, thousands of shards, real consumers on one virtual clock. It starts, loses a third of its
// workers at once, and gets as many new ones; each time the leases must come to rest within a bound, spread so that nobody has
// two more than another (L6), then nothing moves, and never is a lease lost.
import { MemoryLeaseTable } from "@shardline/consumer";
import { SeededRandom, VirtualClock } from "@shardline/core/testing";
import { Emulator } from "@shardline/emulator";
import { SimProcess } from "../fleet/sim-process.ts";
import { Bill, billBetween, type BillTotals } from "./bill.ts";
import { Distance } from "./distance.ts";
import { farLeaseTable } from "./far-lease-table.ts";
import { LargeWorker } from "./large-worker.ts";
import { type Spread, spreadOf } from "./spread.ts";

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
}

/** What became of one phase. */
export interface PhaseReport {
  readonly name: string;
  readonly workers: number;
  readonly boundMs: number;
  /** Until the last lease had moved that was to move. */
  readonly settling: Stretch;
  /** From then on. */
  readonly rest: Stretch;
  /** How the leases lay in the end. */
  readonly spread: string;
  /** What should not have happened. */
  readonly problems: readonly string[];
}

/** What is counted, at one moment. */
interface Mark {
  readonly atMs: number;
  readonly cpu: NodeJS.CpuUsage;
  readonly bill: BillTotals;
  readonly taken: number;
}

const FAILOVER_MS = 10_000;
const STREAM = "orders";
/** Leases are looked at so often. */
const LOOK_MS = 100;
/** It is at rest when nothing has moved for so long: two looks at the table, and a half. */
const SETTLED_MS = 6000;
/** So long each phase is watched after it has come to rest. */
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
  /** Leases that workers lost without giving them up, runs that failed. */
  #troubles: string[] = [];

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

  /** Yields each phase when it is over, and then the end; ends early with one that has problems. */
  async *run(): AsyncGenerator<PhaseReport, void, void> {
    const { boundMs = BOUND_MS, workers } = this.#size;
    const third = Math.floor(workers / 3);
    const phases: readonly (readonly [string, () => void])[] = [
      ["start", () => this.#start(workers)],
      ["crash", () => this.#crash(third)],
      ["scale-out", () => this.#start(third)],
    ];
    for (const [name, begin] of phases) {
      begin();
      const report = await this.#phase(name, boundMs);
      yield report;
      if (report.problems.length > 0) break;
    }
    yield await this.#end();
  }

  async #phase(name: string, boundMs: number): Promise<PhaseReport> {
    const begun = this.#mark();
    const settled = await this.#settle(begun.atMs + boundMs);
    const settling = this.#since(begun, settled);
    const problems = settled ? [] : [`not at rest: ${this.#spread.text}`];
    await this.#clock.advance(REST_MS);
    const rest = this.#since(settled ?? begun);
    const { isAtRest, text } = this.#spread;
    if (settled && !isAtRest) problems.push(`not at rest any more: ${text}`);
    if (settled && rest.taken > 0) problems.push(`${rest.taken} leases moved after that`);
    return this.#report(name, { boundMs, settling, rest, problems });
  }

  /** Gives every lease up. */
  async #end(): Promise<PhaseReport> {
    const begun = this.#mark();
    const isDone = await this.#stop();
    const stopping = this.#since(begun);
    const owned = this.#table.snapshot().filter(({ owner }) => owner !== undefined).length;
    const problems = [
      ...(isDone ? [] : ["workers have not stopped"]),
      ...(owned === 0 ? [] : [`${owned} leases are still owned`]),
    ];
    return this.#report("end", { boundMs: REST_MS, settling: stopping, rest: stopping, problems });
  }

  #report(name: string, report: Omit<PhaseReport, "name" | "workers" | "spread">): PhaseReport {
    const problems = [...report.problems, ...this.#troubles];
    this.#troubles = [];
    const workers = this.#workers.length;
    return { ...report, name, workers, spread: this.#spread.text, problems };
  }

  get #spread(): Spread {
    return spreadOf(
      this.#table.snapshot(),
      this.#size.shards,
      this.#workers.map(({ process }) => process.name),
    );
  }

  /** Lets time pass until the world has come to rest; answers when that was, `undefined` if it does not in time. */
  async #settle(untilMs: number): Promise<Mark | undefined> {
    let since = this.#mark();
    while (this.#clock.nowMs() < untilMs) {
      await this.#clock.advance(LOOK_MS);
      const hasMoved = this.#taken > since.taken || !this.#spread.isAtRest;
      if (hasMoved) since = this.#mark();
      else if (this.#clock.nowMs() - since.atMs >= SETTLED_MS) return since;
    }
    return undefined;
  }

  #mark(): Mark {
    const bill = this.#bill.totals;
    return { atMs: this.#clock.nowMs(), cpu: process.cpuUsage(), bill, taken: this.#taken };
  }

  #since(from: Mark, to = this.#mark()): Stretch {
    const { system, user } = to.cpu;
    return {
      simulatedMs: to.atMs - from.atMs,
      cpuMs: (system + user - from.cpu.system - from.cpu.user) / 1000,
      bill: billBetween(from.bill, to.bill),
      taken: to.taken - from.taken,
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
        onTrouble: (what) => {
          this.#troubles.push(what);
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

  /** Whether all workers came to their end in time. */
  async #stop(): Promise<boolean> {
    let isDone = false;
    const stopped = Promise.allSettled(this.#workers.map((worker) => worker.stop()));
    void stopped.then(() => {
      isDone = true;
    });
    await this.#clock.runUntil(this.#clock.nowMs() + REST_MS, () => isDone);
    this.#emulator.close();
    return isDone;
  }
}
