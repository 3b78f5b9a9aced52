// Which shard a lease is about, and how far its checkpoint is behind the shard's tip. A table of one stream does not
// say whose shards it leases; where more than one stream fits, nothing is claimed.
import type { SeenLease } from "./lease-items.ts";
import { parseSequenceNumber } from "../stream/sequence-numbers.ts";
import type { Shard } from "../stream/shard.ts";
import type { Stream } from "../stream/stream.ts";

/** How far behind a lease is. */
export type Lag =
  | {
      readonly kind: "behind";
      /** Since when the oldest record that is not checkpointed waits, in milliseconds; 0 at the tip. */
      readonly behindMs: number;
      /** How many records wait; absent where sequence numbers have gaps. */
      readonly records?: number;
    }
  /** Everything of a closed shard is checkpointed. */
  | { readonly kind: "ended" }
  /** The checkpoint names no place in a stream that is here. */
  | { readonly kind: "unknown" };

/** The record that a checkpoint names. */
export interface Place {
  /** Counts the records of its shard from 1. */
  readonly record: number;
  /** Epoch milliseconds, by the second. */
  readonly putAtMs: number;
}

type Position = Pick<SeenLease, "checkpoint" | "shardId">;

const ONE = { maxRecords: 1, maxBytes: 0 };

/** The stream that the leases of a table are about, unless they say so themselves; `undefined` where none or many fit. */
export function streamOfLeases(
  leases: readonly SeenLease[],
  streams: readonly Stream[],
): Stream | undefined {
  const fitting = streams.filter((stream) => leases.every((lease) => fits(lease, stream)));
  return fitting.length === 1 ? fitting[0] : undefined;
}

/** How far a lease is behind the tip of its shard. */
export function lagOf({ checkpoint, shardId }: Position, stream: Stream | undefined): Lag {
  if (checkpoint === "SHARD_END") return { kind: "ended" };
  const shard = stream?.shards.find(shardId);
  if (stream === undefined || shard === undefined) return { kind: "unknown" };
  const index = firstUnread(checkpoint, shard);
  if (index === undefined) return { kind: "unknown" };
  shard.trim(stream.horizonMs);
  const [waiting] = shard.read(index, ONE);
  if (waiting === undefined) return { kind: "behind", behindMs: 0, records: 0 };
  const behindMs = Math.max(1, stream.home.clock.wallTimeMs() - waiting.arrivedAtMs);
  if (stream.home.nextGap !== undefined) return { kind: "behind", behindMs };
  return { kind: "behind", behindMs, records: shard.nextIndex - waiting.index };
}

/** The record that a lease is done with; `undefined` where its checkpoint is no sequence number. */
export function placeOf({ checkpoint }: Position): Place | undefined {
  const number = parseCheckpoint(checkpoint);
  if (number === undefined) return undefined;
  return { record: Number(number.index), putAtMs: number.putSeconds * 1000 };
}

function firstUnread(checkpoint: string, shard: Shard): number | undefined {
  if (checkpoint === "TRIM_HORIZON") return 0;
  const number = parseCheckpoint(checkpoint);
  return number === undefined ? undefined : shard.indexAfter(number);
}

/** Shards of an expired past are leased for a while after they are gone, so those that closed need not be there. */
function fits({ checkpoint, shardId }: SeenLease, stream: Stream): boolean {
  const shard = stream.shards.find(shardId);
  if (shard === undefined) return checkpoint === "SHARD_END" && stream.shards.count > 0;
  const number = parseCheckpoint(checkpoint);
  return number === undefined || number.createdSeconds === shard.origin.createdSeconds;
}

function parseCheckpoint(checkpoint: string): ReturnType<typeof parseSequenceNumber> {
  return /^\d+$/.test(checkpoint) ? parseSequenceNumber(checkpoint) : undefined;
}
