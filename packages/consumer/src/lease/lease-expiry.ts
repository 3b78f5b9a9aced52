// Loop: gives up leases the moment they have not been renewed for a failover time. Whoever delivers asks for itself;
// this is for handlers at work, whose signals abort on time even while a renewal waits for its answer. To be woken
// when a lease is taken: its time counts from before the take was sent, so it may be the next to expire.
import { type Clock, type Loop, type LoopNext, startLoop } from "@shardline/core";
import type { HeldLeases } from "./held-leases.ts";

export interface LeaseExpiryOptions {
  readonly held: HeldLeases;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/** Starts the loop; it runs until the signal aborts. */
export function startLeaseExpiry({ clock, held, signal }: LeaseExpiryOptions): Loop {
  return startLoop({
    name: "lease expiry",
    clock,
    signal,
    step: async (): Promise<LoopNext> => {
      const valid = held.all().filter((lease) => lease.isValid());
      const soonestMs = Math.min(...valid.map(({ expiresAtMs }) => expiresAtMs));
      return { afterMs: soonestMs - clock.nowMs() };
    },
    backoffMs: () => undefined,
  });
}
