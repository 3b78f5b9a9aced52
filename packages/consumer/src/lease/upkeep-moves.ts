// What may be written to leases of any owner, because it does not touch who reads: what is known of a shard, and the
// deletion of leases that have no more use.
import { SHARD_END } from "@shardline/core";
import type { Lease } from "./lease.ts";
import type { LeaseExpectation, LeaseMove, LeasePatch } from "./lease-move.ts";

/** What is known of a shard, whoever reads it. */
export type ShardFacts = Pick<LeasePatch, "childShardIds" | "hashKeyRange">;

/** Adds what was not known when the lease was created. The counter stays, so that the owner's writes go on. */
export function metadataMove(facts: ShardFacts): LeaseMove {
  return { expect: {}, patch: facts };
}

/** The condition to delete the lease of a shard that was read to its end. */
export const READ_TO_ITS_END: LeaseExpectation = Object.freeze({ checkpoint: SHARD_END });

/** The condition to delete a lease whose shard is gone: nobody has written to it since it was seen. */
export function standsAsSeen({ counter, owner }: Lease): LeaseExpectation {
  return { counter, owner: owner ?? null };
}
