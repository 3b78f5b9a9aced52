// What befalls the fleet, and when: drawn from a seed before anything starts.
import type { SeededRandom } from "@shardline/core/testing";
import { type FaultIncident, OUTAGES, planFaults } from "./fault-plan.ts";
import type { FleetRead } from "./fleet-read.ts";
import {
  KINESIS_FAULTS,
  POLLING_FAULTS,
  type ServiceFault,
  STALE_LISTING,
  TABLE_FAULTS,
} from "./service-faults.ts";
import { SUBSCRIPTION_FAULTS } from "./subscription-faults.ts";

/** One thing that happens, so long after the start. */
export type Incident =
  | FaultIncident
  | ({ readonly atMs: number } & (
      | {
          readonly kind: "kill";
          readonly whom: Role;
          readonly restartMs: number;
          readonly isSameName: boolean;
        }
      | { readonly kind: "freeze"; readonly whom: Role; readonly forMs: number }
      | { readonly kind: "reshard"; readonly shards: number }
      /** All workers, one after the other, are told to end, and replaced. */
      | { readonly kind: "deployment" }
    ));

/** Whom it strikes. */
export type Role = "worker" | "producer";

/** How long it goes on, and what a worker may stand still for. */
export interface PlanOptions {
  readonly runMs: number;
  readonly read: FleetRead;
  readonly failoverMs: number;
}

/** How often a run strikes; a whole run must have had that much. */
export const STRIKES = {
  worker: { kills: 20, freezes: 10 },
  producer: { kills: 4, freezes: 2 },
  deployments: 2,
} as const;
/** Kinesis at most doubles or halves the number at once. */
export const SHARD_COUNTS: readonly number[] = [4, 8, 4, 3];
/** The fleet finds itself before, and all that is under way ends after. */
const FIRST_AT = 0.06;
const LAST_AT = 0.94;
/** Of the failover time. */
const FREEZE_FOR = { least: 1.3, most: 2.3 };
const STALE_FOR = 1.5;
const RESTART_WITHIN = 0.5;
/** One in so many workers comes back with the name it had. */
const SAME_NAME_ODDS = 0.25;

/** Names of all faults of calls in a fleet that reads so: each must have struck. */
export function faultNamesOf(read: FleetRead): string[] {
  return [...faultsOf(read), STALE_LISTING, ...OUTAGES].map(({ name }) => name);
}

/** Incidents in the order of time. */
export function planIncidents(
  { failoverMs, read, runMs }: PlanOptions,
  random: SeededRandom,
): Incident[] {
  const fromMs = runMs * FIRST_AT;
  const untilMs = runMs * LAST_AT;
  const spread = <T>(count: number, incidentAt: (atMs: number, index: number) => T): T[] =>
    Array.from({ length: count }, (_, index) => {
      const share = (index + random.next()) / count;
      return incidentAt(fromMs + share * (untilMs - fromMs), index);
    });
  const strikes = (whom: Role): Incident[] => [
    ...spread(STRIKES[whom].kills, (atMs) => ({
      kind: "kill" as const,
      whom,
      atMs,
      restartMs: failoverMs * RESTART_WITHIN * random.next(),
      isSameName: random.next() < SAME_NAME_ODDS,
    })),
    ...spread(STRIKES[whom].freezes, (atMs) => ({
      kind: "freeze" as const,
      whom,
      atMs,
      forMs: failoverMs * (FREEZE_FOR.least + random.next() * (FREEZE_FOR.most - FREEZE_FOR.least)),
    })),
  ];
  const reshards = spread(SHARD_COUNTS.length - 1, (atMs, index) => ({
    kind: "reshard" as const,
    atMs,
    shards: SHARD_COUNTS[index + 1] as number,
  }));
  const incidents: Incident[] = [
    ...strikes("worker"),
    ...strikes("producer"),
    ...spread(STRIKES.deployments, (atMs) => ({ kind: "deployment" as const, atMs })),
    ...reshards,
    ...reshards.map(({ atMs }) => staleListing(atMs, STALE_FOR * failoverMs)),
    ...planFaults({ fromMs, untilMs, failoverMs }, faultsOf(read), random),
  ];
  return incidents.sort((a, b) => a.atMs - b.atMs);
}

/** What must befall those calls that such a fleet makes all the time. */
function faultsOf(read: FleetRead): ServiceFault[] {
  const shared = [...KINESIS_FAULTS, ...TABLE_FAULTS];
  switch (read) {
    case "polling":
      return [...shared, ...POLLING_FAULTS];
    case "fan-out":
      return [...shared, ...SUBSCRIPTION_FAULTS];
    case "mixed":
      return [...shared, ...POLLING_FAULTS, ...SUBSCRIPTION_FAULTS];
  }
}

function staleListing(atMs: number, forMs: number): FaultIncident {
  const { name } = STALE_LISTING;
  return { kind: "fault", name, atMs, forMs, rule: STALE_LISTING.ruleAt(1) };
}
