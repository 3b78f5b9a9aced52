// Pure: one look at the lease table -> what this worker does about its share. The KCL 2.x rules hold towards
// workers of the KCL; among our own, a lease is asked for and handed over instead of being stolen.
import { type Random, shuffled } from "@shardline/core";
import { actualOwner, isEnded, isForeign, type Lease } from "./lease.ts";
import { keyOfKin } from "./lease-key.ts";
import { hasBegun } from "./parents-plan.ts";

/** Which shards a worker reads: its share of all, or those that are named. */
export type LeaseAssignment = "balanced" | { readonly shardIds: readonly string[] };

/** What the plan looks at. */
export interface LeaseView {
  readonly worker: string;
  /** As listed, perhaps a moment ago. */
  readonly leases: readonly Lease[];
  /** Leases of streams that this worker does not read, and others may. */
  readonly elsewhere: readonly Lease[];
  /** Keys of items that are there and cannot be read as leases. */
  readonly unreadable: ReadonlySet<string>;
  /** Keys of the leases this worker holds. */
  readonly held: Pick<ReadonlySet<string>, "has" | "size">;
  /** Since when a lease's counter and owner have not changed. */
  readonly unchangedSinceMs: (lease: Lease) => number;
  readonly nowMs: number;
  readonly failoverMs: number;
  readonly maxPerWorker: number;
  readonly assignment: LeaseAssignment;
  /** Whether the time has come to steal from a worker of the KCL, which does so once in two failover times. */
  readonly maySteal: boolean;
  readonly random: Random;
}

/** What to do, each a conditional write. */
export interface LeasePlan {
  /** Ours already, by a handoff or by the same worker id: renew and start. */
  readonly reclaim: readonly Lease[];
  /** Nobody's, or silent, or a KCL worker's surplus: take. */
  readonly take: readonly Lease[];
  /** A surplus of one of ours: ask for it. */
  readonly wish: readonly Lease[];
  /** Whether what is taken is a KCL worker's surplus. */
  readonly isStealing: boolean;
  /** Leases of this worker's share that it may not have. */
  readonly spillover: number;
}

/** For whoever holds all there is to read: with thousands of leases, most looks at the table. */
const NOTHING: LeasePlan = { reclaim: [], take: [], wish: [], isStealing: false, spillover: 0 };
/** A lease available for so many failover times goes to whoever sees it, whatever the shares. */
const NEGLECTED_AFTER_FAILOVERS = 3;

/** Plans one pass. */
export function planLeases(view: LeaseView): LeasePlan {
  const { assignment, held, maxPerWorker, worker } = view;
  if (view.leases.every((lease) => held.has(lease.key) || isEnded(lease))) return NOTHING;
  const all = leasesToRead(
    view.leases.map((lease) => asHeld(lease, view)),
    view.unreadable,
  );
  const open =
    assignment === "balanced" ? all : all.filter((lease) => isAssigned(lease, assignment));
  const unheld = open.filter(({ key }) => !held.has(key));
  const mayReclaim = unheld.filter((lease) => isOwnedBy(lease, worker));
  const reclaim = mayReclaim.slice(0, Math.max(0, maxPerWorker - held.size));
  const available = unheld.filter((lease) => isAvailable(lease, view));
  const counts = countByOwner(open, view);
  const mine = counts.get(worker) ?? 0;
  const share = assignment === "balanced" ? shareOf(open, counts, available) : open.length;
  const target = Math.min(share, maxPerWorker);
  const spillover = share - target;
  const lack = Math.max(target - mine, lackAmongAll(open, available, view));
  const take = pickAvailable(available, lack, maxPerWorker - mine, view);
  const isSettled = take.length > 0 || target <= mine || assignment !== "balanced";
  if (isSettled) return { reclaim, take, wish: [], isStealing: false, spillover };
  const moves = planMoves({ open, counts, share, target, need: target - mine }, view);
  return { ...moves, reclaim, isStealing: moves.take.length > 0, spillover };
}

/**
 * Rounded up. One of ours that has let a lease run out counts for nobody, or its shards would wait until the last of
 * its leases has run out as well.
 */
function shareOf(
  open: readonly Lease[],
  counts: ReadonlyMap<string, number>,
  available: readonly Lease[],
): number {
  const silent = available.filter((lease) => !isForeign(lease));
  const failing = new Set(silent.flatMap(({ owner }) => owner ?? []));
  const workers = [...counts.keys()].filter((worker) => !failing.has(worker)).length;
  return open.length <= workers ? 1 : Math.ceil(open.length / workers);
}

/**
 * What this worker lacks of its part of all that is read. Those who read other streams as well have as much less of what it
 * reads: did its part of that alone count, a lease could be left that is in nobody's share.
 */
function lackAmongAll(
  open: readonly Lease[],
  available: readonly Lease[],
  view: LeaseView,
): number {
  const { assignment, elsewhere, held, maxPerWorker, unreadable, worker } = view;
  if (elsewhere.length === 0 || assignment !== "balanced") return 0;
  const others = elsewhere.map((lease) => asHeld(lease, view));
  // What nobody reads may stay so for good, as may what this worker had in another life.
  const read = leasesToRead(others, unreadable).filter(
    (lease) => held.has(lease.key) || !(isOwnedBy(lease, worker) || isAvailable(lease, view)),
  );
  const all = [...open, ...read];
  const counts = countByOwner(all, view);
  const share = shareOf(all, counts, available);
  return Math.min(share, maxPerWorker) - (counts.get(worker) ?? 0);
}

/** Whether a worker may have a lease at all. */
export function isAssigned({ shardId }: Lease, assignment: LeaseAssignment): boolean {
  return assignment === "balanced" || assignment.shardIds.includes(shardId);
}

/** What we hold is ours, however old the listing is. */
function asHeld(lease: Lease, { held, worker }: LeaseView): Lease {
  if (!held.has(lease.key)) return lease;
  const isListedSo = lease.owner === worker && lease.nativeOwner === worker;
  if (isListedSo && lease.checkpointOwner === undefined) return lease;
  const { checkpointOwner: _, ...rest } = lease;
  return { ...rest, owner: worker, nativeOwner: worker };
}

/**
 * Not ended, and no parent is still read: a parent's lease must be at the end, or gone. One that cannot be read is neither, as
 * far as is known, and keeps those from being read that were not begun.
 */
function leasesToRead(leases: readonly Lease[], unreadable: ReadonlySet<string>): Lease[] {
  const unfinished = leases.filter((lease) => !isEnded(lease));
  const hasParents = unfinished.some(({ parentShardIds }) => parentShardIds.length > 0);
  if (!hasParents) return unfinished;
  const unfinishedKeys = new Set(unfinished.map(({ key }) => key));
  return unfinished.filter((lease) => {
    const parentKeys = lease.parentShardIds.map((parentId) => keyOfKin(lease, parentId));
    const mayBeUnread = !hasBegun(lease) && parentKeys.some((key) => unreadable.has(key));
    return !mayBeUnread && !parentKeys.some((key) => unfinishedKeys.has(key));
  });
}

/** Wholly: in a handoff of KCL 3.x the new owner has to wait. */
function isOwnedBy({ checkpointOwner, owner }: Lease, worker: string): boolean {
  return owner === worker && checkpointOwner === undefined;
}

function isAvailable(
  lease: Lease,
  { failoverMs, nowMs, unchangedSinceMs, worker }: LeaseView,
): boolean {
  if (isOwnedBy(lease, worker)) return false;
  const isOwned = actualOwner(lease) !== undefined;
  return !isOwned || nowMs - unchangedSinceMs(lease) > failoverMs;
}

/** Every live worker's leases, a wish counted as granted; the asking worker is always among them. */
function countByOwner(open: readonly Lease[], view: LeaseView): Map<string, number> {
  const counts = new Map([[view.worker, 0]]);
  for (const lease of open) {
    const owner = futureOwner(lease);
    if (owner === undefined || isAvailable(lease, view)) continue;
    counts.set(owner, (counts.get(owner) ?? 0) + 1);
  }
  return counts;
}

function futureOwner(lease: Lease): string | undefined {
  return isForeign(lease) ? actualOwner(lease) : (lease.wantedBy ?? actualOwner(lease));
}

function pickAvailable(
  available: readonly Lease[],
  need: number,
  room: number,
  { failoverMs, nowMs, random, unchangedSinceMs }: LeaseView,
): readonly Lease[] {
  const isNeglected = (lease: Lease): boolean =>
    nowMs - unchangedSinceMs(lease) > NEGLECTED_AFTER_FAILOVERS * failoverMs;
  const neglected = shuffled(available.filter(isNeglected), random);
  if (neglected.length > 0) return neglected.slice(0, Math.max(0, room));
  return shuffled(available, random).slice(0, Math.max(0, need));
}

/** How the leases lie among the workers. */
interface Shares {
  readonly open: readonly Lease[];
  readonly counts: ReadonlyMap<string, number>;
  /** What each worker is to have. */
  readonly share: number;
  /** What this worker is to have. */
  readonly target: number;
  /** What it lacks of that, at least 1. */
  readonly need: number;
}

/**
 * Others of ours are asked for what they have too much of. Where they have not, a worker of the KCL is stolen from, if it has
 * most; and where nobody has too much, those of ours are asked that have more than the rest.
 */
function planMoves(shares: Shares, view: LeaseView): Pick<LeasePlan, "take" | "wish"> {
  const { counts, need, share, target } = shares;
  const given = leasesByOwner(shares.open, view);
  const surplus = planWishes(given, shares, share, view);
  if (surplus.length > 0) return { take: [], wish: surplus };
  const most = Math.max(...counts.values());
  const levelled = most > share ? [] : planWishes(given, shares, share - 1, view);
  if (levelled.length > 0) return { take: [], wish: levelled };
  const isWorthwhile = most > target || (most === target && need > 1);
  if (!view.maySteal || !isWorthwhile) return { take: [], wish: [] };
  const ofRichest = [...given].flatMap(([owner, leases]) =>
    counts.get(owner) === most ? leases.filter(isForeign) : [],
  );
  return { take: shuffled(ofRichest, view.random).slice(0, 1), wish: [] };
}

function leasesByOwner(open: readonly Lease[], view: LeaseView): Map<string, Lease[]> {
  const leases = new Map<string, Lease[]>();
  for (const lease of open) {
    const owner = futureOwner(lease);
    if (owner === undefined || isAvailable(lease, view)) continue;
    const owned = leases.get(owner);
    if (owned === undefined) leases.set(owner, [lease]);
    else owned.push(lease);
  }
  return leases;
}

function mayBeAskedFor(lease: Lease): boolean {
  return !isForeign(lease) && lease.wantedBy === undefined;
}

/**
 * What everybody has above so many leases, in one pot, of which this worker takes its part. All that lack something find the
 * same pot, by the keys of the leases, and cut it in the same way, by their names: so together they ask an owner for no more
 * than it has too much of, and all of that at once.
 */
function planWishes(
  given: ReadonlyMap<string, readonly Lease[]>,
  { counts, need }: Shares,
  keep: number,
  { random, worker }: LeaseView,
): readonly Lease[] {
  const lack = Math.min(need, keep - (counts.get(worker) ?? 0));
  if (lack <= 0) return [];
  const pot = [...given].flatMap(([owner, leases]) => {
    const over = (counts.get(owner) ?? 0) - keep;
    return over <= 0 ? [] : leases.filter(mayBeAskedFor).sort(byKey).slice(0, over);
  });
  const part = partOf(pot.sort(byKey), worker, lacksOf(given, counts, keep));
  // One that has nothing yet has no part: the others do not know of it, nor it of others like it. And some may not have what
  // they lack, and never ask for their part, which is there for all whose own is empty.
  return shuffled(part.length > 0 ? part : pot, random).slice(0, lack);
}

/** What each worker of ours that has any lease lacks of so many, in the order of their names. */
function lacksOf(
  given: ReadonlyMap<string, readonly Lease[]>,
  counts: ReadonlyMap<string, number>,
  keep: number,
): (readonly [worker: string, lack: number])[] {
  const ours = [...given].filter(([, leases]) => leases.some((lease) => !isForeign(lease)));
  const lacks = ours.map(([worker]) => [worker, keep - (counts.get(worker) ?? 0)] as const);
  return lacks.filter(([, lack]) => lack > 0).sort(([a], [b]) => (a < b ? -1 : 1));
}

/** Of a pot that is too small for all, everybody's part is smaller by as much. */
function partOf(
  pot: readonly Lease[],
  worker: string,
  lacks: readonly (readonly [worker: string, lack: number])[],
): readonly Lease[] {
  const total = lacks.reduce((sum, [, lack]) => sum + lack, 0);
  const scale = Math.min(1, pot.length / total);
  let before = 0;
  for (const [name, lack] of lacks) {
    const after = before + lack;
    if (name === worker) return pot.slice(Math.floor(before * scale), Math.floor(after * scale));
    before = after;
  }
  return [];
}

function byKey(a: Lease, b: Lease): number {
  return a.key < b.key ? -1 : 1;
}
