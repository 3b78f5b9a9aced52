// Pure: what the counters of owners tell.
import type { Finding } from "./finding.ts";
import { ownersOf, type OwnerView } from "./liveness-plan.ts";
import type { Snapshot } from "./snapshot.ts";

/** Owners that write to none of their leases, which nobody takes over. */
export function findStaleOwners(snapshot: Snapshot): readonly Finding[] {
  return owners(snapshot)
    .filter(({ moving }) => moving.length === 0)
    .map(({ owner, still }) => ({
      kind: "stale-owner",
      severity: "wrong",
      subjects: [owner, ...still.map(({ key }) => key)],
      what: `${owner} has ${countOf(still.length, "lease")} and has renewed none of them for ${secondsOf(snapshot)}`,
      why: "its process is gone, paused or cut off from the lease table, and no other worker is there to take over",
      advice:
        "start a worker: it takes over after one failover time, and nothing needs to be deleted; if workers run with a " +
        "longer leases.failoverMs than was looked for, say so with --failover",
    }));
}

/** Too few units: our own calls were refused, or owners do not get round to renewing all that they have. */
export function findThrottling(snapshot: Snapshot): readonly Finding[] {
  const { throttledCalls } = snapshot;
  const late = owners(snapshot).filter(
    ({ moving, still }) => moving.length > 0 && still.length > 0,
  );
  if (throttledCalls === 0 && late.length === 0) return [];
  const signs = [
    ...(throttledCalls === 0
      ? []
      : [
          `${countOf(throttledCalls, "listing")} of the lease table ${throttledCalls === 1 ? "was" : "were"} refused`,
        ]),
    ...late.map((view) => lateness(view, snapshot)),
  ];
  return [
    {
      kind: "lease-table-throttled",
      severity: "wrong",
      subjects: late.flatMap(({ still }) => still.map(({ key }) => key)),
      what: signs.join("; "),
      why:
        "the table has too few read or write units for its leases, or something else uses them up: leases that are not " +
        "renewed in time are lost, and read again by another worker",
      advice:
        "switch the table and its index to on-demand, or raise their units: each lease needs a third of a write a second " +
        "at the usual failover time; its CloudWatch metrics ThrottledRequests tell which",
    },
  ];
}

function owners({ earlier, later }: Snapshot): readonly OwnerView[] {
  return ownersOf(earlier.listing.leases, later.listing.leases);
}

function lateness({ moving, owner, still }: OwnerView, snapshot: Snapshot): string {
  const all = moving.length + still.length;
  return `${owner} has renewed ${moving.length} of its ${all} leases in ${secondsOf(snapshot)}`;
}

function secondsOf({ observedMs }: Snapshot): string {
  return `${observedMs / 1000} s`;
}

function countOf(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}
