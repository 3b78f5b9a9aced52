// For how long the lease table has refused a process's writes: from one refusal to the next, as long as no more writes get
// through than are refused. One that got through by chance ends nothing; where one is refused by chance, the next ends it.
// And for how long it refused those of everybody, or most of them.
import type { EntryOf } from "./journal-entry.ts";

/** So many more that get through than are refused tell that an outage is over, however long it was. */
const MOST = 5;
/** After so many refusals a worker renews its leases as late as it may, for a failover time. */
const MUCH = 3;
/** A lease is lost a failover time after its renewal: nothing older is asked for. */
const FEW = 2;
const NEVER = Number.NEGATIVE_INFINITY;

/** By the process's own clock. */
interface Run {
  /** Refusals less answers, lately. */
  weight: number;
  sinceMs: number;
  lastMs: number;
  answeredAtMs: number;
  sparesUntilMs: number;
}

export class Refusals {
  readonly #failoverMs: number;
  readonly #runs = new Map<string, Run>();
  /** By process: when it heard of each lately. */
  readonly #heardAtMs = new Map<string, number[]>();
  readonly #storms: { readonly sinceMs: number; readonly untilMs: number }[] = [];

  constructor(failoverMs: number) {
    this.#failoverMs = failoverMs;
  }

  /** From the first refusal to the last of those that nothing has ended. */
  lastedMs(process: string): number {
    const run = this.#runs.get(process);
    return run === undefined || run.weight === 0 ? 0 : run.lastMs - run.sinceMs;
  }

  /** Whether it heard of any between two times of its own, of the last few failover times. */
  wereAny(process: string, fromMs: number, toMs: number): boolean {
    const heard = this.#heardAtMs.get(process) ?? [];
    return heard.some((atMs) => fromMs <= atMs && atMs <= toMs);
  }

  /** Between two times of the world, in all storms: several may rage at once. */
  stormedMs(fromMs: number, toMs: number): number {
    return this.#storms.reduce((sumMs, { sinceMs, untilMs }) => {
      return sumMs + Math.max(0, Math.min(toMs, untilMs) - Math.max(fromMs, sinceMs));
    }, 0);
  }

  noteStorm({ atMs, storm }: EntryOf<"world">): void {
    if (storm?.service !== "leases" || storm.weather !== "throttling") return;
    this.#storms.push({ sinceMs: atMs, untilMs: atMs + storm.forMs });
  }

  note({ localMs, outcome, process }: EntryOf<"settled">): void {
    const run = this.#runOf(process);
    if (outcome === "answered") {
      run.answeredAtMs = localMs;
      run.weight = Math.max(0, run.weight - 1);
    } else if (outcome === "throttled") {
      this.#remember(process, localMs);
      // Who spares the table hears late that it refuses again.
      const isSparing = localMs < run.sparesUntilMs;
      if (run.weight === 0) run.sinceMs = isSparing ? run.answeredAtMs : localMs;
      run.lastMs = localMs;
      run.weight = Math.min(MOST, run.weight + 1);
      if (run.weight >= MUCH) run.sparesUntilMs = localMs + this.#failoverMs;
    }
  }

  #remember(process: string, localMs: number): void {
    const before = this.#heardAtMs.get(process) ?? [];
    const lately = before.filter((atMs) => localMs - atMs < FEW * this.#failoverMs);
    this.#heardAtMs.set(process, [...lately, localMs]);
  }

  /** Another one bears its name, and has another clock. */
  forget(process: string): void {
    this.#runs.delete(process);
    this.#heardAtMs.delete(process);
  }

  #runOf(process: string): Run {
    const known = this.#runs.get(process);
    if (known !== undefined) return known;
    const run = { weight: 0, sinceMs: 0, lastMs: 0, answeredAtMs: NEVER, sparesUntilMs: NEVER };
    this.#runs.set(process, run);
    return run;
  }
}
