// Loop: gives up leases the moment they have not been renewed for a failover time. Whoever delivers asks for itself;
// this is for handlers at work, whose signals abort on time even while a renewal waits for its answer. A lease is looked
// at when its time is over by what was known at the look before, and then mostly turns out to have been renewed.
import { type Clock, type Loop, type LoopNext, startLoop, TimeHeap } from "@shardline/core";
import type { HeldLease } from "./held-lease.ts";

/** Who looks anyway looks so far ahead as well: what was renewed is then soon off the list, and the loop wakes less often. */
const LOOK_AHEAD_MS = 1000;

export interface LeaseExpiryOptions {
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/** Watches until its signal aborts. */
export class LeaseExpiry {
  readonly #clock: Clock;
  readonly #watched = new TimeHeap<HeldLease>();
  readonly #loop: Loop;

  constructor({ clock, signal }: LeaseExpiryOptions) {
    this.#clock = clock;
    this.#loop = startLoop({
      name: "lease expiry",
      clock,
      signal,
      step: async () => this.#step(),
      backoffMs: () => undefined,
    });
  }

  /** Resolves when the signal has aborted. */
  get done(): Promise<void> {
    return this.#loop.done;
  }

  /** There is a new lease: its time counts from before its take was sent, so it may be the next to expire. */
  noteTaken(lease: HeldLease): void {
    const isNext = lease.expiresAtMs < this.#watched.nextMs;
    this.#watched.add(lease, lease.expiresAtMs);
    if (isNext) this.#loop.wake();
  }

  #step(): LoopNext {
    const watched = this.#watched;
    const nowMs = this.#clock.nowMs();
    const looked = [];
    const untilMs = nowMs + LOOK_AHEAD_MS;
    for (let lease = watched.take(untilMs); lease; lease = watched.take(untilMs)) {
      if (lease.isValid()) looked.push(lease);
    }
    for (const lease of looked) watched.add(lease, lease.expiresAtMs);
    return { afterMs: watched.nextMs - nowMs };
  }
}
