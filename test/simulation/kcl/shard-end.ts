// What a worker of the KCL 2.x does at the end of a shard (ShutdownTask): leases for the children, their names into the
// parent's lease, then SHARD_END; the lease itself is kept until it is cleaned up.
import type { Lease } from "@shardline/consumer";
import { type ChildShard, type Random, SHARD_END } from "@shardline/core";
import { isCompleted } from "./kcl-lease.ts";
import type { KclTable } from "./kcl-table.ts";
import type { LeaseCleanUp } from "./lease-clean-up.ts";
import type { LeaseRenewer } from "./lease-renewer.ts";
import { KclException } from "./repeat.ts";
import { leaseOfChild } from "./shard-sync.ts";

export interface ShardEnding {
  readonly table: KclTable;
  readonly renewer: LeaseRenewer;
  readonly cleanUp: LeaseCleanUp;
  readonly random: Random;
}

/** `RETRY_RANDOM_MAX_RANGE`: one of so many times a lease is given away whose child's other parent has none. */
const GIVE_AWAY_ODDS = 30;

/** The lease is lost, or to be dropped: another worker has to end the shard. */
export class CannotEndShard extends KclException {}

/** @throws KclException to be tried again, CannotEndShard to be left to others. */
export async function endShard(
  { cleanUp, random, renewer, table }: ShardEnding,
  key: string,
  token: number,
  childShards: readonly ChildShard[],
): Promise<void> {
  const held = renewer.heldLease(key);
  if (held === undefined) throw new CannotEndShard("the lease is not held");
  if (childShards.length > 0) {
    await createChildren(table, childShards, random);
    await table.updateMetaInfo(key, { childShardIds: childShards.map((child) => child.shardId) });
  }
  if (cleanUp.has(key, token)) return;
  let isEnded = false;
  try {
    await writeEnd(table, renewer, key, token);
    isEnded = true;
  } finally {
    if (isEnded || childShards.length === 0) cleanUp.enqueue(held.lease, token);
  }
}

async function createChildren(
  table: KclTable,
  childShards: readonly ChildShard[],
  random: Random,
): Promise<void> {
  const [only] = childShards;
  if (childShards.length === 1 && only !== undefined) await checkParents(table, only, random);
  for (const child of childShards) {
    if ((await table.get(child.shardId)) === undefined) await table.create(leaseOfChild(child));
  }
}

/** After a merge both parents have leases, or none. */
async function checkParents(table: KclTable, child: ChildShard, random: Random): Promise<void> {
  const [one = "", other = ""] = child.parentShardIds;
  if (child.parentShardIds.length !== 2) throw new CannotEndShard("a merge without two parents");
  const parents: readonly (Lease | undefined)[] = [await table.get(one), await table.get(other)];
  if (parents.filter((parent) => parent === undefined).length !== 1) return;
  const Thrown = random.next() < 1 / GIVE_AWAY_ODDS ? CannotEndShard : KclException;
  throw new Thrown("one parent of the child has no lease");
}

async function writeEnd(
  table: KclTable,
  renewer: LeaseRenewer,
  key: string,
  token: number,
): Promise<void> {
  const current = await table.get(key);
  if (current === undefined) throw new CannotEndShard("the lease does not exist");
  if (isCompleted(current)) return;
  // The application checkpoints, and finds that it cannot; the task is tried again until the lease is missed.
  if (await renewer.checkpoint(key, token, SHARD_END)) return;
  throw new KclException("the application did not checkpoint at the end of the shard");
}
