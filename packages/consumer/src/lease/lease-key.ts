// The one place that knows how a lease is named.
import type { StreamRef } from "@shardline/core";

/** The key of a shard's lease: the shard id, as the KCL names the leases of a single stream. */
export function leaseKeyOf(_stream: StreamRef, shardId: string): string {
  return shardId;
}
