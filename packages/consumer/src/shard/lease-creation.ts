// Missing leases -> the lease table. Every worker may do it, because creating a lease that exists does nothing.
import { type EventSink, forEachLimited, parentIdsOf, type StreamRef } from "@shardline/core";
import type { Lease } from "../lease/lease.ts";
import type { LeaseTable } from "../lease/lease-table.ts";
import { newLease } from "./new-lease.ts";
import type { ShardEvents } from "./shard-events.ts";
import type { MissingLease } from "./shard-sync-plan.ts";
import type { PinnedStart } from "./start-position.ts";

/** Leases to create before another look at the table. */
export const BATCH = 256;

export interface LeaseCreationOptions {
  readonly table: LeaseTable;
  readonly events: EventSink<ShardEvents>;
  /** There are leases that nobody has. */
  readonly onCreated: () => void;
}

/** What the leases are created for. */
export interface LeaseOrder {
  readonly stream: StreamRef;
  /** What the stream is called in a table of many streams. */
  readonly streamName?: string | undefined;
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
  let rest = missing.map((one) => leaseOfMissing(one, order));
  while (rest.length > 0) {
    const batch = rest.slice(0, BATCH);
    const before = shardIds.length;
    await forEachLimited(batch, order.concurrency, async (lease) => {
      if (await table.create(lease, signal)) shardIds.push(lease.shardId);
    });
    rest = rest.slice(BATCH);
    const isAlone = shardIds.length - before === batch.length;
    if (!isAlone && rest.length > 0) rest = await stillMissing(rest, table, signal);
  }
  if (shardIds.length > 0) events.emit("leasesCreated", { shardIds });
  if (missing.length > 0) onCreated();
}

/** Other workers are at it, too: what they have created need not be tried. */
async function stillMissing(
  leases: readonly Lease[],
  table: LeaseTable,
  signal: AbortSignal,
): Promise<Lease[]> {
  const listing = await table.list(signal);
  const known = new Set([...listing.leases, ...listing.unreadable].map(({ key }) => key));
  return leases.filter(({ key }) => !known.has(key));
}

function leaseOfMissing({ checkpoint, shard }: MissingLease, order: LeaseOrder): Lease {
  const { start, stream, streamName } = order;
  const { hashKeyRange, shardId } = shard;
  const isAtStart = checkpoint.sequenceNumber === start.type;
  return newLease({
    shardId,
    hashKeyRange,
    checkpoint,
    parentShardIds: parentIdsOf(shard),
    streamEpoch: stream.epoch,
    streamName,
    ...(isAtStart && start.type === "AT_TIMESTAMP"
      ? { initialTimestampMs: start.timestampMs }
      : {}),
    ...(isAtStart && start.type === "LATEST" ? { latestSinceMs: start.sinceMs } : {}),
  });
}
