// Writes that can wait, such as new leases: while a throttled table refuses them they are repeated, and renewals are
// asked to make room. Renewals themselves wait for nobody.
import {
  apiFailureOf,
  type BackoffPlan,
  backoffMs,
  type Clock,
  type Random,
  sleep,
} from "@shardline/core";
import type { LeaseTable } from "./lease-table.ts";

const BACKOFF: BackoffPlan = { baseMs: 100, maxMs: 1000 };
/** Room is made for so long after the last refusal. */
const YIELD_MS = 2000;

export interface ControlWritesOptions {
  readonly clock: Clock;
  readonly random: Random;
}

export class ControlWrites {
  readonly #options: ControlWritesOptions;
  #yieldUntilMs = Number.NEGATIVE_INFINITY;

  constructor(options: ControlWritesOptions) {
    this.#options = options;
  }

  /** Whether a write was refused just now. */
  get areRefused(): boolean {
    return this.#options.clock.nowMs() < this.#yieldUntilMs;
  }

  /** Repeats a write that is refused because there are too many; it took no effect. */
  async repeat<T>(write: () => Promise<T>, untilMs: number, signal: AbortSignal): Promise<T> {
    const { clock, random } = this.#options;
    for (let failures = 1; ; failures += 1) {
      try {
        return await write();
      } catch (error) {
        const nowMs = clock.nowMs();
        if (apiFailureOf(error)?.kind !== "throttled") throw error;
        this.#yieldUntilMs = nowMs + YIELD_MS;
        const pauseMs = backoffMs(BACKOFF, failures, random);
        if (nowMs + pauseMs > untilMs) throw error;
        await sleep(clock, pauseMs, signal);
      }
    }
  }

  /** The same table, whose leases are created and deleted however long it takes. */
  patient(table: LeaseTable): LeaseTable {
    const forever = Number.POSITIVE_INFINITY;
    return {
      ensureTable: (signal) => table.ensureTable(signal),
      get: (key, options, signal) => table.get(key, options, signal),
      list: (signal) => table.list(signal),
      update: (key, move, signal) => table.update(key, move, signal),
      create: (lease, signal) => this.repeat(() => table.create(lease, signal), forever, signal),
      delete: (key, expect, signal) =>
        this.repeat(() => table.delete(key, expect, signal), forever, signal),
    };
  }
}
