// Writes that can wait, such as new leases: while a throttled table refuses writes they are repeated, one at a time, and
// renewals are asked to make room. Renewals themselves wait for nobody: after one that was refused the others hold back.
import {
  apiFailureOf,
  type BackoffPlan,
  backoffMs,
  type Clock,
  type Random,
  sleep,
} from "@shardline/core";
import type { Lease } from "./lease.ts";
import type { LeaseTable } from "./lease-table.ts";

const BACKOFF: BackoffPlan = { baseMs: 100, maxMs: 1000 };
/** Room is made for so long after the last refusal. */
const YIELD_MS = 2000;
/** Nothing else is sent for so long after a renewal was refused, or up to twice as long by chance. */
const HOLD_BACK_MS = 500;

export interface ControlWritesOptions {
  readonly clock: Clock;
  readonly random: Random;
}

type Answer<T> = { readonly kind: "taken"; readonly value: T } | { readonly kind: "refused" };

export class ControlWrites {
  readonly #options: ControlWritesOptions;
  #yieldUntilMs = Number.NEGATIVE_INFINITY;
  #heldBackUntilMs = Number.NEGATIVE_INFINITY;
  /** In a row. */
  #refusals = 0;
  /** Why there is no room. */
  #refusal: unknown;
  #lastTurn: Promise<void> = Promise.resolve();

  constructor(options: ControlWritesOptions) {
    this.#options = options;
  }

  /** Whether a write was refused just now. */
  get areRefused(): boolean {
    return this.#options.clock.nowMs() < this.#yieldUntilMs;
  }

  /** Whether there is so little room that what another pass can do as well is left to it. */
  get areScarce(): boolean {
    return this.areRefused || this.#options.clock.nowMs() < this.#heldBackUntilMs;
  }

  /** A renewal was refused because there are too many writes: the next room is for renewals. */
  noteRenewalRefused(error: unknown): void {
    this.#refusal = error;
    this.#holdBackFor(HOLD_BACK_MS * (1 + this.#options.random.next()));
  }

  /** Repeats a write that is refused because there are too many; it took no effect. */
  async repeat<T>(write: () => Promise<T>, untilMs: number, signal: AbortSignal): Promise<T> {
    if (!this.areScarce) {
      const answer = await this.#try(write);
      if (answer.kind === "taken") return answer.value;
    }
    const turn = this.#lastTurn.then(() => this.#insist(write, untilMs, signal));
    this.#lastTurn = turn.then(
      () => undefined,
      () => undefined,
    );
    return turn;
  }

  /** The same table, whose leases are created and deleted however long it takes. */
  patient(table: LeaseTable): LeaseTable {
    const forever = Number.POSITIVE_INFINITY;
    return {
      ensureTable: (signal) => table.ensureTable(signal),
      get: (key, options, signal) => table.get(key, options, signal),
      list: (signal) => table.list(signal),
      update: (key, move, signal) => table.update(key, move, signal),
      create: (lease, signal) =>
        this.repeat(() => this.#createMissing(table, lease, signal), forever, signal),
      delete: (key, expect, signal) =>
        this.repeat(() => table.delete(key, expect, signal), forever, signal),
    };
  }

  /** Workers that start together create the same leases: while writes are scarce, a look is cheaper than a try in vain. */
  async #createMissing(table: LeaseTable, lease: Lease, signal: AbortSignal): Promise<boolean> {
    if (this.areScarce) {
      const { kind } = await table.get(lease.key, { consistent: false }, signal);
      if (kind !== "absent") return false;
    }
    return table.create(lease, signal);
  }

  /** Each try waits for renewals once, and not for as long as any are refused: then it would never have its turn. */
  async #insist<T>(write: () => Promise<T>, untilMs: number, signal: AbortSignal): Promise<T> {
    const { clock } = this.#options;
    for (;;) {
      const sendAtMs = Math.max(clock.nowMs(), this.#heldBackUntilMs);
      if (sendAtMs > untilMs) throw this.#refusal;
      await sleep(clock, sendAtMs - clock.nowMs(), signal);
      const answer = await this.#try(write);
      if (answer.kind === "taken") return answer.value;
    }
  }

  async #try<T>(write: () => Promise<T>): Promise<Answer<T>> {
    const { clock, random } = this.#options;
    try {
      const value = await write();
      this.#refusals = 0;
      return { kind: "taken", value };
    } catch (error) {
      if (apiFailureOf(error)?.kind !== "throttled") throw error;
      this.#refusals += 1;
      this.#refusal = error;
      this.#yieldUntilMs = clock.nowMs() + YIELD_MS;
      this.#holdBackFor(backoffMs(BACKOFF, this.#refusals, random));
      return { kind: "refused" };
    }
  }

  #holdBackFor(forMs: number): void {
    const untilMs = this.#options.clock.nowMs() + forMs;
    this.#heldBackUntilMs = Math.max(this.#heldBackUntilMs, untilMs);
  }
}
