// Loop: renews every lease held, three times within a failover time. What was handled since is written along.
import {
  type Clock,
  type EventSink,
  forEachLimited,
  type Loop,
  type LoopNext,
  startLoop,
} from "@shardline/core";
import type { HeldLease } from "./held-lease.ts";
import type { HeldLeases } from "./held-leases.ts";
import type { LeaseEvents } from "./lease-events.ts";

/** The KCL's slack (epsilonMillis). */
const SLACK_MS = 25;
/** The KCL's maxLeaseRenewalThreads. */
const CONCURRENCY = 20;
/** A failed renewal is repeated after this share of the period. */
const RETRY_SHARE = 0.25;

export interface LeaseRenewerOptions {
  readonly held: HeldLeases;
  readonly clock: Clock;
  readonly failoverMs: number;
  readonly signal: AbortSignal;
  readonly events: EventSink<LeaseEvents>;
  /** Hears of a lease that another of ours has asked for. */
  readonly onWanted: (held: HeldLease) => void;
}

/** Starts the loop; it runs until the signal aborts. */
export function startLeaseRenewer(options: LeaseRenewerOptions): Loop {
  const { clock, failoverMs, signal } = options;
  const periodMs = failoverMs / 3 - SLACK_MS;
  return startLoop({
    name: "lease renewer",
    clock,
    signal,
    step: async (): Promise<LoopNext> => {
      const startedAtMs = clock.nowMs();
      const hasFailed = await renewAll(options);
      const waitMs = hasFailed ? periodMs * RETRY_SHARE : periodMs;
      return { afterMs: Math.max(0, waitMs - (clock.nowMs() - startedAtMs)) };
    },
    backoffMs: () => undefined,
  });
}

/** Whether the table failed on one of them; it stays ours until its time is over. */
async function renewAll({ events, held, onWanted, signal }: LeaseRenewerOptions): Promise<boolean> {
  let hasFailed = false;
  await forEachLimited(held.all(), CONCURRENCY, async (lease) => {
    try {
      await lease.renew();
      if (lease.isValid() && lease.wantedBy !== undefined) onWanted(lease);
    } catch (error) {
      signal.throwIfAborted();
      hasFailed = true;
      const reason = error instanceof Error ? error.message : String(error);
      events.emit("leaseTableFailed", { operation: "renew", reason });
    }
  });
  return hasFailed;
}
