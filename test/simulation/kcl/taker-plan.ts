// Which leases a worker of the KCL 2.x takes in a pass (DynamoDBLeaseTaker of 2.7.2, `computeLeasesToTake`). It takes and
// counts leases of shards that have ended like all others. Shares nothing with the code under test.
import type { Lease } from "@shardline/consumer";
import { type Random, shuffled } from "@shardline/core";
import { isExpired, type SeenLease } from "./kcl-lease.ts";

/** One look at the table, and what the worker remembers of earlier ones. */
export interface TakerView {
  readonly worker: string;
  readonly seen: readonly SeenLease[];
  readonly scannedAtMs: number;
  readonly nowMs: number;
  readonly failoverMs: number;
  readonly random: Random;
}

export interface Takes {
  readonly leases: readonly Lease[];
  /** Whether they are to be taken away from a live worker; only then they are read again before. */
  readonly isSteal: boolean;
}

/** `veryOldLeaseDurationNanosMultiplier`. */
const VERY_OLD_AFTER_FAILOVERS = 3;
/** `maxLeasesToStealAtOneTime`. */
const MAX_STEALS = 1;

export function planTakes(view: TakerView): Takes {
  const { failoverMs, nowMs, random, scannedAtMs, seen, worker } = view;
  const isAvailable = (one: SeenLease): boolean =>
    one.lease.owner === undefined || isExpired(one, failoverMs, scannedAtMs);
  const counts = countByOwner(
    seen.filter((one) => !isAvailable(one)),
    worker,
  );
  const target = seen.length <= counts.size ? 1 : Math.ceil(seen.length / counts.size);
  const need = target - (counts.get(worker) ?? 0);
  const veryOld = seen.filter((one) =>
    isExpired(one, VERY_OLD_AFTER_FAILOVERS * failoverMs, nowMs),
  );
  // All of them, whatever its share, and the worker's own among them. New leases that nobody has are very old.
  if (veryOld.length > 0) return taken(shuffled(veryOld, random));
  const available = seen.filter(isAvailable);
  if (need <= 0) return taken([]);
  if (available.length > 0) return taken(shuffled(available, random).slice(0, need));
  const [victim, most] = mostLoaded(counts);
  const surplus = Math.min(need, most - target);
  const steals = surplus === 0 && need > 1 ? 1 : Math.min(surplus, MAX_STEALS);
  const theirs = seen.filter(({ lease }) => lease.owner === victim);
  if (steals <= 0) return taken([]);
  return { ...taken(shuffled(theirs, random).slice(0, steals)), isSteal: true };
}

function taken(seen: readonly SeenLease[]): Takes {
  return { leases: seen.map(({ lease }) => lease), isSteal: false };
}

/** The worker itself always counts. */
function countByOwner(owned: readonly SeenLease[], worker: string): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { owner = "" } of owned.map(({ lease }) => lease)) {
    counts.set(owner, (counts.get(owner) ?? 0) + 1);
  }
  if (!counts.has(worker)) counts.set(worker, 0);
  return counts;
}

/** The first of those who have most; in Java the order is that of a hash map. */
function mostLoaded(counts: ReadonlyMap<string, number>): readonly [string, number] {
  let most: readonly [string, number] = ["", -1];
  for (const one of counts) if (one[1] > most[1]) most = one;
  return most;
}
