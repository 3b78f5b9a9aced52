// Loop: notices that nothing could run for a while, because a handler computed too long or the process was stopped. It
// tells how late its own timer fires, which is what the renewals' timers suffer as well.
import { type Clock, type EventSink, type Loop, type LoopNext, startLoop } from "@shardline/core";
import type { HeldLeases } from "./held-leases.ts";
import type { LeaseEvents } from "./lease-events.ts";

const PERIOD_MS = 500;
/** Shorter stalls are everyday life. */
const TOLD_FROM_MS = 1000;

export interface StallWatchOptions {
  readonly held: HeldLeases;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly events: EventSink<LeaseEvents>;
}

/** Starts the loop; it runs until the signal aborts. */
export function startStallWatch({ clock, events, held, signal }: StallWatchOptions): Loop {
  let expectedAtMs = clock.nowMs();
  return startLoop({
    name: "stall watch",
    clock,
    signal,
    step: async (): Promise<LoopNext> => {
      const blockedMs = clock.nowMs() - expectedAtMs;
      if (blockedMs > TOLD_FROM_MS) {
        // Whatever else waited for its turn finds those leases lost that were not renewed in time.
        for (const lease of held.all()) lease.isValid();
        events.emit("eventLoopBlocked", { blockedMs });
      }
      expectedAtMs = clock.nowMs() + PERIOD_MS;
      return { afterMs: PERIOD_MS };
    },
    backoffMs: () => undefined,
  });
}
