// The one place that knows how a lease is named: by its shard, and in a table of many streams by its stream and its
// shard, in the words of the KCL.
import { invariant, type StreamRef } from "@shardline/core";
import type { Lease } from "./lease.ts";

/** A stream as the KCL names it among many; the time is above 0. */
type StreamIdentifier = Required<Pick<StreamRef, "account" | "name" | "epoch">>;

/** The KCL's own grammar (StreamIdentifier). */
const IDENTIFIER = /^(\d+):([^:]+):(\d+)$/;

/**
 * The key of a shard's lease. `streamName` is to be said and not guessed from what is known of the stream: another key for
 * the same shard would be another lease, read from its beginning.
 */
export function leaseKeyOf(shardId: string, streamName?: string): string {
  return streamName === undefined ? shardId : `${streamName}:${shardId}`;
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

/** The stream that an item is about; `undefined` in a table of one stream. */
export function streamNameOfKey(key: string): string | undefined {
  const end = key.lastIndexOf(":");
  return end === -1 ? undefined : key.slice(0, end);
}

/** What the KCL calls a stream among many: account, name and creation time. */
export function streamNameOf({ account, epoch, name }: StreamRef): string {
  invariant(
    account !== undefined && epoch !== undefined,
    `${name} has no account or creation time`,
  );
  return `${account}:${name}:${epoch}`;
}

/** Reads the name of a stream among many; `undefined` if it is none. */
export function parseStreamName(streamName: string): StreamIdentifier | undefined {
  const [, account, name, digits] = IDENTIFIER.exec(streamName) ?? [];
  if (account === undefined || name === undefined) return undefined;
  const epoch = Number(digits);
  return Number.isSafeInteger(epoch) && epoch > 0 ? { account, name, epoch } : undefined;
}
