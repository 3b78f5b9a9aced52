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
import { isEnded, type Lease } from "../lease/lease.ts";
import { checkpointOfStart, type PinnedStart } from "./start-position.ts";

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
export function planFirstLeases(
  listing: readonly Shard[],
  start: Pick<PinnedStart, "type">,
): ShardSyncPlan {
  const ranges = listing.flatMap(({ hashKeyRange }) => hashKeyRange ?? []);
  if (ranges.length > 0 && !tilesHashSpace(ranges)) {
    return { kind: "list-again", problem: "the listed shards do not cover every hash key once" };
  }
  const checkpoint = checkpointOfStart(start);
  return { kind: "create", missing: parentsFirst(listing.map((shard) => ({ shard, checkpoint }))) };
}

/** What a comparison of shards and leases looks at. */
export interface SyncView {
  /** Every shard of the stream. */
  readonly listing: readonly Shard[];
  readonly leases: readonly Lease[];
  /** Shards whose place in the table is taken by something that cannot be read; left out, none. */
  readonly occupied?: ReadonlySet<string>;
  readonly start: Pick<PinnedStart, "type">;
  /** The shards that were open at the start, where that is known to lie in the past: nothing before them is read. */
  readonly openAtStart?: ReadonlySet<string>;
  /** Passes over an open shard whose parent is open, too, instead of listing again. */
  readonly ignoreUnexpectedChildren?: boolean;
}

/** Plans the leases that are missing beside those there are. */
export function planMissingLeases(view: SyncView): ShardSyncPlan {
  const lineage = new Lineage(view);
  const open = view.listing.filter(isOpen);
  const unexpected = new Set(open.filter((shard) => lineage.hasOpenParent(shard)));
  const [first] = unexpected;
  if (first !== undefined && view.ignoreUnexpectedChildren !== true) {
    return { kind: "list-again", problem: `${first.shardId} and its parent are both open` };
  }
  for (const shard of open) if (!unexpected.has(shard)) lineage.cover(shard);
  return { kind: "create", missing: parentsFirst(lineage.missing()) };
}

/** Walks from open shards up to their ancestors. */
class Lineage {
  readonly #shards: ReadonlyMap<string, Shard>;
  readonly #leased: ReadonlySet<string>;
  /** Those that were read to their end: their children were given leases, and need them. */
  readonly #ended: ReadonlySet<string>;
  readonly #start: Position;
  /** Whether records from before now are wanted. */
  readonly #isPast: boolean;
  readonly #openAtStart: ReadonlySet<string>;
  readonly #missing = new Map<string, Position>();
  readonly #covered = new Map<string, boolean>();
  /** Oldest listed shards of a lineage without any lease; only where the start lies in the past. */
  readonly #oldest = new Set<string>();

  constructor({ leases, listing, occupied = new Set(), openAtStart, start }: SyncView) {
    this.#shards = new Map(listing.map((shard) => [shard.shardId, shard]));
    this.#leased = new Set([...leases.map(({ shardId }) => shardId), ...occupied]);
    this.#ended = new Set(leases.filter(isEnded).map(({ shardId }) => shardId));
    this.#start = checkpointOfStart(start);
    this.#isPast = start.type !== "LATEST" || openAtStart !== undefined;
    this.#openAtStart = openAtStart ?? new Set();
  }

  hasOpenParent(shard: Shard): boolean {
    return this.#listedParentsOf(shard).some(isOpen);
  }

  /** Sees to it that every record of an open shard and of its ancestors will be read, from the start on. */
  cover(shard: Shard): void {
    const isLeased = this.#leased.has(shard.shardId);
    if (!isLeased && !this.#isCovered(shard)) this.#need(shard, this.#start);
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
    const followsOnRead = this.#followsOnRead(shard);
    if (followsOnRead) this.#need(shard, sentinelPosition("TRIM_HORIZON"));
    const isCovered = followsOnRead || reached.size > 0;
    if (isCovered) for (const parent of parents) this.#coverParent(parent, reached);
    else if (this.#isPast) this.#oldest.add(shard.shardId);
    this.#covered.set(shard.shardId, isCovered);
    return isCovered;
  }

  /** A parent that reading does not reach from above begins at the start. */
  #coverParent(parent: Shard, reached: ReadonlySet<Shard>): void {
    if (this.#leased.has(parent.shardId)) return;
    const isFirst = !reached.has(parent) || this.#oldest.has(parent.shardId);
    if (isFirst) this.#need(parent, this.#start);
  }

  /**
   * Whether a leased parent does not lead to the shard any more: it has ended, or the stream does not list it, and it
   * ends without naming its children. The shard is then read from its first record on, wherever the start is.
   */
  #followsOnRead(shard: Shard): boolean {
    return parentIdsOf(shard).some((id) => {
      return this.#leased.has(id) && (this.#ended.has(id) || !this.#shards.has(id));
    });
  }

  #need({ shardId }: Shard, checkpoint: Position): void {
    this.#missing.set(shardId, checkpoint);
  }

  /** Those whose records are wanted. */
  #parentsOf(shard: Shard): Shard[] {
    return this.#openAtStart.has(shard.shardId) ? [] : this.#listedParentsOf(shard);
  }

  #listedParentsOf(shard: Shard): Shard[] {
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
