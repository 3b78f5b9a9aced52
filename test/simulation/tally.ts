// What many worlds came to: which faults fired how often, and how fast it went.
import type { WorldReport } from "./world.ts";

/** A world counts only if it was resharded and so many kinds of fault fired. */
const LEAST_KINDS = 3;

/** Sums worlds up. */
export class Tally {
  #worlds = 0;
  #counted = 0;
  #put = 0;
  #delivered = 0;
  #workerHours = 0;
  readonly #faults = new Map<string, number>();

  add({ delivered, faults, put, reshards, workerHours }: WorldReport): void {
    this.#worlds += 1;
    this.#put += put;
    this.#delivered += delivered;
    this.#workerHours += workerHours;
    if (reshards > 0 && faults.size >= LEAST_KINDS) this.#counted += 1;
    for (const [fault, count] of faults) {
      this.#faults.set(fault, (this.#faults.get(fault) ?? 0) + count);
    }
  }

  /** For people; `cpuMs` is what all of it took. */
  lines(cpuMs: number): string[] {
    const rate = this.#workerHours / (cpuMs / 60_000);
    const byCount = [...this.#faults].sort(([, a], [, b]) => b - a);
    const width = String(byCount[0]?.[1] ?? 0).length;
    return [
      "",
      "faults that fired:",
      ...byCount.map(([fault, count]) => `  ${String(count).padStart(width)} x ${fault}`),
      "",
      `${this.#put} records put, ${this.#delivered} deliveries`,
      `${this.#worlds} worlds, all fine; ${this.#counted} with a reshard and three kinds of fault; ` +
        `${rate.toFixed(0)} simulated worker-hours per minute of CPU`,
    ];
  }
}
