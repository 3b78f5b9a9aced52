// Loop: gives up leases the moment they have not been renewed for a failover time. Whoever delivers asks for itself;
// this is for handlers at work, whose signals abort on time even while a renewal waits for its answer.
import { type Clock, type Loop, type LoopNext, startLoop } from "@shardline/core";
import type { HeldLeases } from "./held-leases.ts";

export interface LeaseExpiryOptions {
  readonly held: HeldLeases;
  readonly clock: Clock;
  readonly failoverMs: number;
  readonly signal: AbortSignal;
}

/** Starts the loop; it runs until the signal aborts. */
export function startLeaseExpiry({ clock, failoverMs, held, signal }: LeaseExpiryOptions): Loop {
  return startLoop({
    name: "lease expiry",
    clock,
    signal,
    step: async (): Promise<LoopNext> => {
      const nowMs = clock.nowMs();
      const valid = held.all().filter((lease) => lease.isValid());
      // A lease that is taken from now on cannot expire before that.
      const soonestMs = valid.reduce((ms, l) => Math.min(ms, l.expiresAtMs), nowMs + failoverMs);
      return { afterMs: soonestMs - nowMs };
    },
    backoffMs: () => undefined,
  });
}
