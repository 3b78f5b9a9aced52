// The one place that knows how a lease is named.
import { invariant, type StreamRef } from "@shardline/core";

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

/** What the KCL calls a stream among many: account, name and creation time. */
export function streamNameOf({ account, epoch, name }: StreamRef): string {
  invariant(
    account !== undefined && epoch !== undefined,
    `${name} has no account or creation time`,
  );
  return `${account}:${name}:${epoch}`;
}
