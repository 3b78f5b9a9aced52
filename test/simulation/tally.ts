// What many worlds came to: which faults fired how often, and how fast it went.
import { FAULTS, type FaultName, isDemanded } from "./faults/fault-names.ts";
import type { Outcome } from "./run-world.ts";

/** A world counts only if it was resharded and so many kinds of fault fired beside. */
const LEAST_KINDS = 3;
const RESHARD = "reshard";

type Summed = Pick<
  Outcome,
  "brokenBy" | "cpuMs" | "delivered" | "events" | "faults" | "put" | "workerHours"
>;

/** Whether a world shows enough. */
export function isCounted({ faults }: Pick<Outcome, "faults">): boolean {
  return faults.has(RESHARD) && faults.size > LEAST_KINDS;
}

/** Sums worlds up. */
export class Tally {
  #worlds = 0;
  #broken = 0;
  #counted = 0;
  #put = 0;
  #delivered = 0;
  #workerHours = 0;
  #cpuMs = 0;
  readonly #faults = new Map<FaultName, number>();
  readonly #events = new Map<string, number>();

  get worlds(): number {
    return this.#worlds;
  }

  /** Those that count. */
  get counted(): number {
    return this.#counted;
  }

  /** Of those that so many worlds must show. */
  get neverFired(): readonly FaultName[] {
    const isMissing = (name: FaultName): boolean => !this.#faults.has(name);
    return FAULTS.filter((name) => isMissing(name) && isDemanded(name, this.#worlds));
  }

  add(world: Summed): void {
    const { brokenBy, cpuMs, delivered, events, faults, put, workerHours } = world;
    this.#worlds += 1;
    this.#put += put;
    this.#delivered += delivered;
    this.#workerHours += workerHours;
    this.#cpuMs += cpuMs;
    if (brokenBy !== undefined) this.#broken += 1;
    if (isCounted(world)) this.#counted += 1;
    addTo(this.#faults, faults);
    addTo(this.#events, events);
  }

  /** For people. */
  lines(): string[] {
    const rate = this.#cpuMs === 0 ? 0 : this.#workerHours / (this.#cpuMs / 60_000);
    const verdict = this.#broken === 0 ? "all fine" : `${this.#broken} BROKEN`;
    return [
      "",
      "faults that fired:",
      ...linesOf(this.#faults),
      "",
      ...(this.#events.size > 0 ? ["beside them:", ...linesOf(this.#events), ""] : []),
      `${this.#put} records put, ${this.#delivered} deliveries`,
      `${this.#worlds} worlds, ${verdict}; ${this.#counted} count, with a reshard and three other kinds of fault; ` +
        `${rate.toFixed(0)} simulated worker-hours per minute of CPU`,
    ];
  }
}

function addTo<Name>(sums: Map<Name, number>, counts: ReadonlyMap<Name, number>): void {
  for (const [name, count] of counts) sums.set(name, (sums.get(name) ?? 0) + count);
}

function linesOf(sums: ReadonlyMap<string, number>): string[] {
  const byCount = [...sums].sort(([, a], [, b]) => b - a);
  const width = String(byCount[0]?.[1] ?? 0).length;
  return byCount.map(([name, count]) => `  ${String(count).padStart(width)} x ${name}`);
}
