// A producer that lives settles every record within its time to live and the time of one call, by its own clock; one that
// stood still does so as soon as it runs again.
import { BrokenInvariant, type Checker } from "../evidence/journal.ts";
import type { EntryOf } from "../evidence/journal-entry.ts";
import { nameOf, type SimRecord } from "../evidence/sim-record.ts";
import { Thaws } from "../evidence/thaws.ts";

/** Of timers that fire a little late by the clock of a process that drifts. */
const ROUNDING_MS = 1;
/** The clock of a process is faster than the world's by less. */
const SLOWEST = 0.98;
const NEVER = Number.POSITIVE_INFINITY;

/** How processes see time. */
export interface OwnTimes {
  readonly nowMs: () => number;
  /** By the clock of a process. */
  readonly ownTimeMs: (process: string) => number;
}

export class NeverForgets implements Checker {
  readonly name = "never forgets";
  readonly sights = {
    put: (entry: EntryOf<"put">): void => this.#put(entry),
    stored: ({ process, record }: EntryOf<"stored">): void => this.#settle(process, record),
    failed: ({ process, record }: EntryOf<"failed">): void => this.#settle(process, record),
    life: (entry: EntryOf<"life">): void => {
      if (entry.what === "killed") this.#open.delete(entry.process);
      this.#thaws.note(entry);
    },
  };
  /** No record is to be settled before. */
  dueAtMs = NEVER;
  readonly #mostMs: number;
  readonly #times: OwnTimes;
  /** By producer: records that are not settled, and when they were put, the oldest first. */
  readonly #open = new Map<string, Map<string, number>>();
  readonly #thaws = new Thaws();

  constructor(recordTtlMs: number, longestCallMs: number, times: OwnTimes) {
    this.#mostMs = recordTtlMs + longestCallMs + ROUNDING_MS;
    this.#times = times;
  }

  look(): void {
    this.dueAtMs = NEVER;
    for (const [process, open] of this.#open) {
      const [oldest] = open;
      if (oldest !== undefined) this.#await(process, ...oldest);
    }
  }

  #put({ localMs, process, record }: EntryOf<"put">): void {
    const open = this.#openOf(process);
    open.set(nameOf(record), localMs);
    if (open.size === 1) this.#await(process, nameOf(record), localMs);
  }

  #settle(process: string, record: SimRecord): void {
    const open = this.#openOf(process);
    const putAtMs = open.get(nameOf(record));
    open.delete(nameOf(record));
    if (putAtMs !== undefined) this.#leftMs(process, nameOf(record), putAtMs);
  }

  /** Its time is not over before; a little later it is looked at again, because clocks differ. */
  #await(process: string, name: string, putAtMs: number): void {
    const leftMs = this.#leftMs(process, name, putAtMs);
    const dueAtMs = this.#times.nowMs() + Math.max(leftMs * SLOWEST, ROUNDING_MS);
    this.dueAtMs = Math.min(this.dueAtMs, dueAtMs);
  }

  /** How much of its time it has left. */
  #leftMs(process: string, name: string, putAtMs: number): number {
    const ageMs = this.#times.ownTimeMs(process) - putAtMs;
    const frozenForMs = this.#thaws.untilMs(process) - this.#times.nowMs();
    const leftMs = Math.max(this.#mostMs - ageMs, frozenForMs + ROUNDING_MS);
    if (leftMs >= 0) return leftMs;
    const what = `${name} was put ${Math.round(ageMs)} ms ago, and nothing came of it`;
    throw new BrokenInvariant(this.name, what, process);
  }

  #openOf(process: string): Map<string, number> {
    const known = this.#open.get(process);
    if (known !== undefined) return known;
    const open = new Map<string, number>();
    this.#open.set(process, open);
    return open;
  }
}
