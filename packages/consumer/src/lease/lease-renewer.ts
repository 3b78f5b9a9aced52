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
  const { clock, failoverMs, held, signal } = options;
  const periodMs = failoverMs / 3 - SLACK_MS;
  let roundEndsAtMs = Number.NEGATIVE_INFINITY;
  let failed: readonly HeldLease[] = [];
  return startLoop({
    name: "lease renewer",
    clock,
    signal,
    step: async (): Promise<LoopNext> => {
      const startedAtMs = clock.nowMs();
      const isNewRound = startedAtMs >= roundEndsAtMs;
      if (isNewRound) roundEndsAtMs = startedAtMs + periodMs;
      // A table that refuses some writes would refuse more if what it took were written again.
      failed = await renewAll(isNewRound ? held.all() : failed, options);
      const retryAtMs = startedAtMs + periodMs * RETRY_SHARE;
      const nextAtMs = failed.length === 0 ? roundEndsAtMs : Math.min(retryAtMs, roundEndsAtMs);
      return { afterMs: Math.max(0, nextAtMs - clock.nowMs()) };
    },
    backoffMs: () => undefined,
  });
}

/**
 * Begins with what expires first, so that a table that takes only some writes takes every lease's in turn. Answers on
 * which of them the table failed; they stay ours until their time is over.
 */
async function renewAll(
  leases: readonly HeldLease[],
  { events, onWanted, signal }: LeaseRenewerOptions,
): Promise<readonly HeldLease[]> {
  const soonestFirst = leases.toSorted((a, b) => a.expiresAtMs - b.expiresAtMs);
  const failed: HeldLease[] = [];
  await forEachLimited(soonestFirst, CONCURRENCY, async (lease) => {
    try {
      await lease.renew();
      if (lease.isValid() && lease.wantedBy !== undefined) onWanted(lease);
    } catch (error) {
      signal.throwIfAborted();
      failed.push(lease);
      const reason = error instanceof Error ? error.message : String(error);
      events.emit("leaseTableFailed", { operation: "renew", reason });
    }
  });
  return failed;
}
