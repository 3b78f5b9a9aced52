// What a plan looks at, with everything that a test does not care about filled in.
import { SeededRandom } from "@shardline/core/testing";
import type { Lease } from "../../src/lease/lease.ts";
import type { LeaseView } from "../../src/lease/lease-plan.ts";

export const FAILOVER_MS = 10_000;

export interface ViewSketch
  extends Partial<Omit<LeaseView, "leases" | "held" | "unchangedSinceMs">> {
  /** Keys that the worker holds; by default every lease that it owns. */
  readonly held?: readonly string[];
  /** For how long a lease has stood still; by default for no time. */
  readonly silentForMs?: (lease: Lease) => number;
}

/** The view of worker "me". */
export function viewOf(leases: readonly Lease[], sketch: ViewSketch = {}): LeaseView {
  const { held, silentForMs = () => 0, ...fields } = sketch;
  const view = {
    worker: "me",
    nowMs: 1_000_000,
    failoverMs: FAILOVER_MS,
    maxPerWorker: Number.MAX_SAFE_INTEGER,
    assignment: "balanced" as const,
    maySteal: true,
    elsewhere: [],
    unreadable: new Set<string>(),
    random: new SeededRandom(1),
    ...fields,
  };
  const owned = leases.filter(({ owner }) => owner === view.worker).map(({ key }) => key);
  return {
    ...view,
    leases,
    held: new Set(held ?? owned),
    unchangedSinceMs: (lease) => view.nowMs - silentForMs(lease),
  };
}

export function range(count: number): number[] {
  return Array.from({ length: count }, (_, i) => i);
}

export function keysOf(leases: readonly Lease[]): string[] {
  return leases.map(({ key }) => key).sort();
}
