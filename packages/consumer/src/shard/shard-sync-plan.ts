// Pure: the stream's shards and the leases there are -> the leases to create. The rules are the KCL's
// (HierarchicalShardSyncer): no record may be left out, and no shard read before its parents.
import {
  comparePositions,
  isOpen,
  parentIdsOf,
  type Position,
  type Shard,
  sentinelPosition,
  tilesHashSpace,
} from "@shardline/core";
import type { Lease } from "../lease/lease.ts";
import { checkpointOfStart, type StartPosition } from "./start-position.ts";

/** A shard that needs a lease, and where its reading begins. */
export interface MissingLease {
  readonly shard: Shard;
  readonly checkpoint: Position;
}

export type ShardSyncPlan =
  | { readonly kind: "create"; readonly missing: readonly MissingLease[] }
  /** The listing is a moment old or half of a reshard: list again. */
  | { readonly kind: "list-again"; readonly problem: string };

/**
 * Plans the first leases of an application: `listing` holds the shards that were open at its start position, and
 * each of them begins there.
 */
export function planFirstLeases(listing: readonly Shard[], start: StartPosition): ShardSyncPlan {
  const ranges = listing.flatMap(({ hashKeyRange }) => hashKeyRange ?? []);
  if (ranges.length > 0 && !tilesHashSpace(ranges)) {
    return { kind: "list-again", problem: "the listed shards do not cover every hash key once" };
  }
  const checkpoint = checkpointOfStart(start);
  return { kind: "create", missing: parentsFirst(listing.map((shard) => ({ shard, checkpoint }))) };
}

/** Plans the leases that are missing beside those there are; `listing` holds every shard of the stream. */
export function planMissingLeases(
  listing: readonly Shard[],
  leases: readonly Lease[],
  start: StartPosition,
): ShardSyncPlan {
  const lineage = new Lineage(listing, leases, start);
  const orphan = listing.find((shard) => isOpen(shard) && lineage.hasOpenParent(shard));
  if (orphan !== undefined) {
    return { kind: "list-again", problem: `${orphan.shardId} and its parent are both open` };
  }
  for (const shard of listing) if (isOpen(shard)) lineage.cover(shard);
  return { kind: "create", missing: parentsFirst(lineage.missing()) };
}

/** Walks from open shards up to their ancestors. */
class Lineage {
  readonly #shards: ReadonlyMap<string, Shard>;
  readonly #leased: ReadonlySet<string>;
  readonly #start: StartPosition;
  readonly #missing = new Map<string, Position>();
  readonly #covered = new Map<string, boolean>();
  /** Oldest listed shards of a lineage without any lease; only where the start lies in the past. */
  readonly #oldest = new Set<string>();

  constructor(listing: readonly Shard[], leases: readonly Lease[], start: StartPosition) {
    this.#shards = new Map(listing.map((shard) => [shard.shardId, shard]));
    this.#leased = new Set(leases.map(({ shardId }) => shardId));
    this.#start = start;
  }

  hasOpenParent(shard: Shard): boolean {
    return this.#parentsOf(shard).some(isOpen);
  }

  /** Sees to it that every record of an open shard and of its ancestors will be read, from the start on. */
  cover(shard: Shard): void {
    const isLeased = this.#leased.has(shard.shardId);
    if (!isLeased && !this.#isCovered(shard)) this.#need(shard, checkpointOfStart(this.#start));
  }

  missing(): MissingLease[] {
    return [...this.#missing].map(([shardId, checkpoint]) => ({
      shard: this.#shards.get(shardId) as Shard,
      checkpoint,
    }));
  }

  /**
   * Whether some ancestor, or the shard itself, is or will be leased: then reading comes down to it by itself. On
   * the way up, parents that are not reached from above get a lease of their own.
   */
  #isCovered(shard: Shard): boolean {
    const known = this.#covered.get(shard.shardId);
    if (known !== undefined) return known;
    if (this.#leased.has(shard.shardId)) return true;
    const parents = this.#parentsOf(shard);
    const reached = new Set(
      parents.filter((parent) => this.#isCovered(parent) || this.#oldest.has(parent.shardId)),
    );
    const isOrphan = this.#hasForgottenParent(shard);
    if (isOrphan) this.#coverDescendant(shard);
    const isCovered = isOrphan || reached.size > 0;
    if (isCovered) for (const parent of parents) this.#coverParent(parent, reached);
    else if (this.#start.type !== "LATEST") this.#oldest.add(shard.shardId);
    this.#covered.set(shard.shardId, isCovered);
    return isCovered;
  }

  /** A parent that reading does not reach from above begins at the start; a descendant at its very beginning. */
  #coverParent(parent: Shard, reached: ReadonlySet<Shard>): void {
    if (this.#leased.has(parent.shardId)) return;
    if (!reached.has(parent)) this.#need(parent, checkpointOfStart(this.#start));
    else if (this.#oldest.has(parent.shardId)) this.#coverDescendant(parent);
  }

  /** What follows on records that are read is read from its first record on. */
  #coverDescendant(shard: Shard): void {
    const isTimed = this.#start.type === "AT_TIMESTAMP";
    this.#need(shard, isTimed ? checkpointOfStart(this.#start) : sentinelPosition("TRIM_HORIZON"));
  }

  /** A leased parent that the stream does not list any more ends without naming its children. */
  #hasForgottenParent(shard: Shard): boolean {
    return parentIdsOf(shard).some((id) => this.#leased.has(id) && !this.#shards.has(id));
  }

  #need({ shardId }: Shard, checkpoint: Position): void {
    this.#missing.set(shardId, checkpoint);
  }

  #parentsOf(shard: Shard): Shard[] {
    return parentIdsOf(shard).flatMap((id) => this.#shards.get(id) ?? []);
  }
}

/** By age, so that a lease never exists before those of its parents. */
function parentsFirst(missing: readonly MissingLease[]): readonly MissingLease[] {
  return [...missing].sort((a, b) => comparePositions(beginningOf(a), beginningOf(b)));
}

function beginningOf({ shard }: MissingLease): Position {
  return { sequenceNumber: shard.startingSequenceNumber, subSequenceNumber: 0 };
}
