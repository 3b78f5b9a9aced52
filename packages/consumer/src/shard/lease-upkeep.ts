// What the leader does for leases of any owner: writes down hash ranges that are missing, and deletes leases that have
// no more use.
import { type EventSink, forEachLimited, type Shard } from "@shardline/core";
import type { Lease } from "../lease/lease.ts";
import type { LeaseTable } from "../lease/lease-table.ts";
import { metadataMove, READ_TO_ITS_END } from "../lease/upkeep-moves.ts";
import { planCleanUp } from "./clean-up-plan.ts";
import { leasesWithoutRange } from "./coverage-plan.ts";
import type { ShardEvents } from "./shard-events.ts";
import type { SyncView } from "./shard-sync-plan.ts";

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

/** Deletes the leases that have no more use, one generation after the other. */
export async function cleanUp(
  view: SyncView,
  options: LeaseUpkeepOptions,
  signal: AbortSignal,
): Promise<void> {
  let { leases } = view;
  for (;;) {
    const useless = planCleanUp({ ...view, leases });
    const deleted = await deleteEnded(useless, options, signal);
    // Where one was not deleted, something has changed, and what descends from it stays until the next look.
    if (useless.length === 0 || deleted.size < useless.length) return;
    leases = leases.filter(({ shardId }) => !deleted.has(shardId));
  }
}

/** Deletes leases, if they have still ended when the deletion comes; answers whose are gone. */
async function deleteEnded(
  leases: readonly Lease[],
  { events, table }: LeaseUpkeepOptions,
  signal: AbortSignal,
): Promise<ReadonlySet<string>> {
  const deleted = new Set<string>();
  await forEachLimited(leases, CONCURRENCY, async ({ key, shardId }) => {
    if (await table.delete(key, READ_TO_ITS_END, signal)) deleted.add(shardId);
  });
  if (deleted.size > 0) events.emit("leasesDeleted", { shardIds: [...deleted] });
  return deleted;
}
