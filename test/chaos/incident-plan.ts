// What befalls the fleet, and when: drawn from a seed before anything starts.
import type { SeededRandom } from "@shardline/core/testing";

/** One thing that happens, so long after the start. */
export type Incident = { readonly atMs: number } & (
  | { readonly kind: "kill"; readonly restartMs: number; readonly isSameName: boolean }
  | { readonly kind: "freeze"; readonly forMs: number }
  | { readonly kind: "reshard"; readonly shards: number }
  | { readonly kind: "throttle"; readonly forMs: number; readonly probability: number }
);

/** How long it goes on, and what a worker may stand still for. */
export interface PlanOptions {
  readonly runMs: number;
  readonly failoverMs: number;
}

const KILLS = 20;
const FREEZES = 10;
const THROTTLES = 4;
/** Kinesis at most doubles or halves the number at once. */
export const SHARD_COUNTS: readonly number[] = [4, 8, 4, 3];
/** The fleet finds itself before, and all that is under way ends after. */
const FIRST_AT = 0.06;
const LAST_AT = 0.94;
/** Of the failover time. */
const FREEZE_FOR = { least: 1.3, most: 2.3 };
const THROTTLE_FOR = { least: 0.5, most: 2 };
const RESTART_WITHIN = 0.5;
/** One in so many workers comes back with the name it had. */
const SAME_NAME_ODDS = 0.25;

/** Incidents in the order of time. */
export function planIncidents(
  { failoverMs, runMs }: PlanOptions,
  random: SeededRandom,
): Incident[] {
  const between = ({ least, most }: { least: number; most: number }): number =>
    failoverMs * (least + random.next() * (most - least));
  const spread = <T>(count: number, incidentAt: (index: number, atMs: number) => T): T[] =>
    Array.from({ length: count }, (_, index) => {
      const share = (index + random.next()) / count;
      return incidentAt(index, runMs * (FIRST_AT + share * (LAST_AT - FIRST_AT)));
    });
  const incidents: Incident[] = [
    ...spread(KILLS, (_, atMs) => ({
      kind: "kill" as const,
      atMs,
      restartMs: failoverMs * RESTART_WITHIN * random.next(),
      isSameName: random.next() < SAME_NAME_ODDS,
    })),
    ...spread(FREEZES, (_, atMs) => ({
      kind: "freeze" as const,
      atMs,
      forMs: between(FREEZE_FOR),
    })),
    ...spread(SHARD_COUNTS.length - 1, (index, atMs) => ({
      kind: "reshard" as const,
      atMs,
      shards: SHARD_COUNTS[index + 1] as number,
    })),
    ...spread(THROTTLES, (_, atMs) => ({
      kind: "throttle" as const,
      atMs,
      forMs: between(THROTTLE_FOR),
      probability: 0.3 + 0.7 * random.next(),
    })),
  ];
  return incidents.sort((a, b) => a.atMs - b.atMs);
}
