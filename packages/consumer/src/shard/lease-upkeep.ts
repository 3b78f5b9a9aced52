// What the leader does for leases of any owner: writes down hash ranges that are missing, and deletes leases that have
// no more use.
import { type EventSink, forEachLimited, type Shard } from "@shardline/core";
import type { Lease } from "../lease/lease.ts";
import type { LeaseTable } from "../lease/lease-table.ts";
import { metadataMove, READ_TO_ITS_END } from "../lease/upkeep-moves.ts";
import { leasesWithoutRange } from "./coverage-plan.ts";
import type { ShardEvents } from "./shard-events.ts";

export interface LeaseUpkeepOptions {
  readonly table: LeaseTable;
  readonly events: EventSink<ShardEvents>;
}

const CONCURRENCY = 8;

/** Gives leases that have none the range of their shard; answers all of them as they are now. */
export async function addHashRanges(
  leases: readonly Lease[],
  listing: readonly Shard[],
  { events, table }: LeaseUpkeepOptions,
  signal: AbortSignal,
): Promise<readonly Lease[]> {
  const shards = new Map(listing.map((shard) => [shard.shardId, shard]));
  const updated = new Map<string, Lease>();
  await forEachLimited(leasesWithoutRange(leases), CONCURRENCY, async ({ key, shardId }) => {
    const hashKeyRange = shards.get(shardId)?.hashKeyRange;
    if (hashKeyRange === undefined) return;
    const update = await table.update(key, metadataMove({ hashKeyRange }), signal);
    if (update.kind === "updated") updated.set(key, update.lease);
  });
  if (updated.size === 0) return leases;
  const shardIds = [...updated.values()].map(({ shardId }) => shardId);
  events.emit("hashRangesAdded", { shardIds });
  return leases.map((lease) => updated.get(lease.key) ?? lease);
}

/** Deletes leases, if they have still ended when the deletion comes. */
export async function deleteEnded(
  leases: readonly Lease[],
  { events, table }: LeaseUpkeepOptions,
  signal: AbortSignal,
): Promise<void> {
  const shardIds: string[] = [];
  await forEachLimited(leases, CONCURRENCY, async ({ key, shardId }) => {
    if (await table.delete(key, READ_TO_ITS_END, signal)) shardIds.push(shardId);
  });
  if (shardIds.length > 0) events.emit("leasesDeleted", { shardIds });
}
