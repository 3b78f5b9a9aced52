// A producer that lives settles every record within its time to live and the time of one call.
import { BrokenInvariant, type Checker, type EntryOf } from "../evidence/journal.ts";
import { nameOf, type SimRecord } from "../evidence/sim-record.ts";
import type { LiveProducer } from "./producer-memory.ts";

/** Of timers that fire a little late by the clock of a process that drifts. */
const ROUNDING_MS = 1;

export class NeverForgets implements Checker {
  readonly name = "never forgets";
  readonly sights = {
    put: ({ localMs, process, record }: EntryOf<"put">): void => {
      this.#openOf(process).set(nameOf(record), localMs);
    },
    stored: ({ process, record }: EntryOf<"stored">): void => this.#settle(process, record),
    failed: ({ process, record }: EntryOf<"failed">): void => this.#settle(process, record),
  };
  readonly #mostMs: number;
  readonly #producers: () => readonly LiveProducer[];
  /** Records that are not settled, and when they were put: the oldest first. */
  readonly #open = new Map<string, Map<string, number>>();

  constructor(
    recordTtlMs: number,
    longestCallMs: number,
    producers: () => readonly LiveProducer[],
  ) {
    this.#mostMs = recordTtlMs + longestCallMs + ROUNDING_MS;
    this.#producers = producers;
  }

  look(): void {
    for (const { process } of this.#producers()) {
      const [oldest] = this.#openOf(process.name);
      if (oldest === undefined) continue;
      const [record, putAtMs] = oldest;
      const ageMs = process.nowMs() - putAtMs;
      if (ageMs <= this.#mostMs) continue;
      const what = `${record} was put ${Math.round(ageMs)} ms ago, and nothing came of it`;
      throw new BrokenInvariant(this.name, what, process.name);
    }
  }

  #settle(process: string, record: SimRecord): void {
    this.#openOf(process).delete(nameOf(record));
  }

  #openOf(process: string): Map<string, number> {
    const known = this.#open.get(process);
    if (known !== undefined) return known;
    const open = new Map<string, number>();
    this.#open.set(process, open);
    return open;
  }
}
