// The one place that knows how a lease is named.
import { invariant, type StreamRef } from "@shardline/core";
import type { Lease } from "./lease.ts";

/**
 * Whether a table holds the leases of one stream or of many. To be said and not guessed from what is known of the
 * stream: another key for the same shard would be another lease, read from its beginning.
 */
export type LeaseScope = "one-stream" | "many-streams";

/** The key of a shard's lease, as the KCL names it: the shard id, among many streams behind the stream's name. */
export function leaseKeyOf(
  stream: StreamRef,
  shardId: string,
  scope: LeaseScope = "one-stream",
): string {
  return scope === "one-stream" ? shardId : `${streamNameOf(stream)}:${shardId}`;
}

/** The key of another shard's lease in the same table, named by a lease of the same stream. */
export function keyOfKin(
  { key, shardId }: Pick<Lease, "key" | "shardId">,
  otherId: string,
): string {
  return key.endsWith(shardId) ? key.slice(0, key.length - shardId.length) + otherId : otherId;
}

/** The shard that an item is about of which only the key can be read; a shard id has no colon. */
export function shardIdOfKey(key: string): string {
  return key.slice(key.lastIndexOf(":") + 1);
}

/** What the KCL calls a stream among many: account, name and creation time. */
export function streamNameOf({ account, epoch, name }: StreamRef): string {
  invariant(
    account !== undefined && epoch !== undefined,
    `${name} has no account or creation time`,
  );
  return `${account}:${name}:${epoch}`;
}
