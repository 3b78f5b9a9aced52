// Missing leases -> the lease table. Every worker may do it, because creating a lease that exists does nothing.
import { type EventSink, forEachLimited, parentIdsOf, type StreamRef } from "@shardline/core";
import type { Lease } from "../lease/lease.ts";
import type { LeaseTable } from "../lease/lease-table.ts";
import { newLease } from "./new-lease.ts";
import type { ShardEvents } from "./shard-events.ts";
import type { MissingLease } from "./shard-sync-plan.ts";
import type { PinnedStart } from "./start-position.ts";

export interface LeaseCreationOptions {
  readonly table: LeaseTable;
  readonly events: EventSink<ShardEvents>;
  /** There are leases that nobody has. */
  readonly onCreated: () => void;
}

/** What the leases are created for. */
export interface LeaseOrder {
  readonly stream: StreamRef;
  readonly start: PinnedStart;
  /** How many at a time: one where they descend from each other, because a parent without a lease counts as done. */
  readonly concurrency: number;
}

/** Creates leases in order, those that exist already left alone. */
export async function createLeases(
  missing: readonly MissingLease[],
  order: LeaseOrder,
  { events, onCreated, table }: LeaseCreationOptions,
  signal: AbortSignal,
): Promise<void> {
  const shardIds: string[] = [];
  await forEachLimited(missing, order.concurrency, async (one) => {
    const lease = leaseOfMissing(one, order);
    if (await table.create(lease, signal)) shardIds.push(lease.shardId);
  });
  if (shardIds.length > 0) events.emit("leasesCreated", { shardIds });
  if (missing.length > 0) onCreated();
}

function leaseOfMissing({ checkpoint, shard }: MissingLease, { start, stream }: LeaseOrder): Lease {
  const { hashKeyRange, shardId } = shard;
  const isAtStart = checkpoint.sequenceNumber === start.type;
  return newLease(stream, {
    shardId,
    hashKeyRange,
    checkpoint,
    parentShardIds: parentIdsOf(shard),
    streamEpoch: stream.epoch,
    ...(isAtStart && start.type === "AT_TIMESTAMP"
      ? { initialTimestampMs: start.timestampMs }
      : {}),
    ...(isAtStart && start.type === "LATEST" ? { latestSinceMs: start.sinceMs } : {}),
  });
}
