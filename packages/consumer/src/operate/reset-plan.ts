// Pure: the shards and leases there are, and where an application is to begin anew -> what becomes of each lease.
//
//   closed before the start          SHARD_END: nothing of it is wanted
//   open at the start                begins at the start, with a new lease if it has none
//   descends from one of these       is read from its first record on, after its parents; without a lease it gets one
//                                    when they end
//
// So no child is left ahead of a parent that is read again. Leases are rewritten and not deleted: their counters and epochs
// go on, and a worker that was paused meanwhile finds that its lease is lost. Parents come first: whoever starts to read
// when half is written reads too much rather than too little.
import {
  comparePositions,
  parentIdsOf,
  type Position,
  type Shard,
  SHARD_END,
  type StreamRef,
  sentinelPosition,
} from "@shardline/core";
import { isEnded, type Lease } from "../lease/lease.ts";
import { newLease } from "../shard/new-lease.ts";
import { checkpointOfStart, type PinnedStart } from "../shard/start-position.ts";

/** Where reading is to begin. LATEST stands for the moment `sinceMs`. */
export type ResetStart = PinnedStart;

/** What becomes of one shard's lease. */
export type ResetStep =
  | { readonly kind: "create"; readonly shardId: string; readonly lease: Lease }
  | {
      readonly kind: "rewrite";
      readonly shardId: string;
      /** As it was seen. */
      readonly lease: Lease;
      readonly to: ResetCheckpoint;
    }
  | {
      readonly kind: "keep";
      readonly shardId: string;
      readonly lease: Lease;
      readonly reason: string;
    };

/** A checkpoint, and the time that it stands for. */
export interface ResetCheckpoint {
  readonly checkpoint: Position;
  /** With AT_TIMESTAMP. */
  readonly initialTimestampMs: number | null;
  /** With LATEST. */
  readonly latestSinceMs: number | null;
}

export interface ResetView {
  readonly stream: StreamRef;
  /** Every shard of the stream. */
  readonly shards: readonly Shard[];
  readonly leases: readonly Lease[];
  readonly start: ResetStart;
  /** The shards that were open at the start; for a single shard, that one. */
  readonly openAtStart: ReadonlySet<string>;
  /** Whether the shards outside these lineages are left alone, too: one shard is reset, and what descends from it. */
  readonly isSingle: boolean;
}

/** The steps, parents first; then the leases of shards that the stream does not list any more. */
export function planReset(view: ResetView): readonly ResetStep[] {
  const leases = new Map(view.leases.map((lease) => [lease.shardId, lease]));
  const descendants = descendantsOf(view);
  const listed = new Set(view.shards.map(({ shardId }) => shardId));
  const steps = byAge(view.shards).flatMap((shard) => {
    const lease = leases.get(shard.shardId);
    if (view.openAtStart.has(shard.shardId)) return startStep(shard, lease, view);
    if (lease === undefined) return [];
    if (descendants.has(shard.shardId)) return descendantStep(lease, view);
    return view.isSingle ? [] : [rewrite(lease, END)];
  });
  const forgotten = view.leases.filter(({ shardId }) => !listed.has(shardId));
  const kept = view.isSingle ? [] : forgotten.map((lease) => keep(lease, FORGOTTEN));
  return [...steps, ...kept];
}

const END: ResetCheckpoint = {
  checkpoint: SHARD_END,
  initialTimestampMs: null,
  latestSinceMs: null,
};
const FORGOTTEN = "the stream has forgotten the shard";

function startStep(shard: Shard, lease: Lease | undefined, view: ResetView): ResetStep {
  const { isSingle, start, stream } = view;
  const to = checkpointAt(start);
  if (lease !== undefined) {
    const isPast = isSingle && start.type === "LATEST" && isEnded(lease);
    return isPast ? keep(lease, "it was read to its end") : rewrite(lease, to);
  }
  const { hashKeyRange, shardId } = shard;
  const { checkpoint, initialTimestampMs, latestSinceMs } = to;
  const created = newLease({
    checkpoint,
    hashKeyRange,
    shardId,
    parentShardIds: parentIdsOf(shard),
    initialTimestampMs: initialTimestampMs ?? undefined,
    latestSinceMs: latestSinceMs ?? undefined,
    streamEpoch: stream.epoch,
  });
  return { kind: "create", shardId, lease: created };
}

/** A shard at LATEST, and its descendants, hold nothing that was left out. */
function descendantStep(lease: Lease, { isSingle, start }: ResetView): ResetStep {
  if (start.type === "LATEST" && isSingle) return keep(lease, "it follows on what is left out");
  const isAtTime = start.type === "AT_TIMESTAMP";
  const checkpoint = isAtTime ? checkpointOfStart(start) : sentinelPosition("TRIM_HORIZON");
  return rewrite(lease, {
    checkpoint,
    initialTimestampMs: isAtTime ? start.timestampMs : null,
    latestSinceMs: null,
  });
}

function checkpointAt(start: ResetStart): ResetCheckpoint {
  return {
    checkpoint: checkpointOfStart(start),
    initialTimestampMs: start.type === "AT_TIMESTAMP" ? start.timestampMs : null,
    latestSinceMs: start.type === "LATEST" ? start.sinceMs : null,
  };
}

function rewrite(lease: Lease, to: ResetCheckpoint): ResetStep {
  const { checkpoint, owner, pendingCheckpoint, shardId } = lease;
  const isThere =
    comparePositions(checkpoint, to.checkpoint) === 0 &&
    (lease.initialTimestampMs ?? null) === to.initialTimestampMs &&
    (lease.latestSinceMs ?? null) === to.latestSinceMs;
  const isFree = owner === undefined && pendingCheckpoint === undefined;
  const isDone = isThere && (isFree || isEnded(lease));
  return isDone ? keep(lease, "it stands there already") : { kind: "rewrite", shardId, lease, to };
}

function keep(lease: Lease, reason: string): ResetStep {
  return { kind: "keep", shardId: lease.shardId, lease, reason };
}

/** Those that come after the shards at the start. */
function descendantsOf({ openAtStart, shards }: ResetView): ReadonlySet<string> {
  const descendants = new Set<string>();
  for (const shard of byAge(shards)) {
    const follows = parentIdsOf(shard).some((id) => openAtStart.has(id) || descendants.has(id));
    if (follows) descendants.add(shard.shardId);
  }
  return descendants;
}

/** Parents before children. */
function byAge(shards: readonly Shard[]): readonly Shard[] {
  const bornAt = ({ startingSequenceNumber }: Shard): Position => ({
    sequenceNumber: startingSequenceNumber,
    subSequenceNumber: 0,
  });
  return [...shards].sort((a, b) => comparePositions(bornAt(a), bornAt(b)));
}
