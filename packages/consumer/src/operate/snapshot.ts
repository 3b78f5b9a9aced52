// An application as it is seen from outside: its lease table twice, because nothing in it is a time and only what moves
// between two looks is alive; and the stream, if it is known.
import {
  apiFailureOf,
  type Clock,
  type KinesisApi,
  listAllShards,
  type Random,
  type Shard,
  sleep,
  type StreamRef,
} from "@shardline/core";
import type { ForeignItem, LeaseListing, LeaseTable } from "../lease/lease-table.ts";
import { askPatiently, listPatiently } from "./patient-listing.ts";

/** One look at the lease table, and at what the KCL 3.x keeps beside it. */
export interface Look {
  readonly listing: LeaseListing;
  /** Items of the KCL 3.x, among the leases or in the table beside theirs. */
  readonly foreign: readonly ForeignItem[];
}

/** What the stream says of itself. */
export interface SeenStream {
  readonly shards: readonly Shard[];
  /** Creation time in epoch seconds; absent where nobody may know. */
  readonly epoch?: number;
}

/** All that is known of an application from outside. */
export interface Snapshot {
  readonly earlier: Look;
  readonly later: Look;
  /** Between the two looks; 0 where nobody has a lease, so that nothing can move. */
  readonly observedMs: number;
  /** Calls to the lease table that were refused meanwhile because there were too many. */
  readonly throttledCalls: number;
  /** Absent where the stream was not named. */
  readonly stream?: SeenStream;
}

export interface SnapshotOptions {
  readonly table: Pick<LeaseTable, "list" | "coordinatorState">;
  readonly kinesis: Pick<KinesisApi, "listShards" | "describeStreamSummary">;
  readonly stream: StreamRef | undefined;
  /** For how long an owner may be silent: the longest `leases.failoverMs` of the application's workers. */
  readonly failoverMs: number;
  readonly clock: Clock;
  readonly random: Random;
}

/**
 * Looks twice, a failover time apart. Changes nothing.
 * @throws KinesisError API_CALL_FAILED
 */
export async function takeSnapshot(
  options: SnapshotOptions,
  signal: AbortSignal,
): Promise<Snapshot> {
  const { clock, failoverMs, stream } = options;
  const earlier = await look(options, signal);
  // Before the second look at the table: a shard that is split in between must not seem to be without a lease.
  const seen = stream === undefined ? {} : { stream: await lookAtStream(stream, options, signal) };
  const mayMove = earlier.listing.leases.some(({ owner }) => owner) || earlier.foreign.length > 0;
  const observedMs = mayMove ? failoverMs : 0;
  await sleep(clock, observedMs, signal);
  const later = await look(options, signal);
  const throttledCalls = earlier.throttledCalls + later.throttledCalls;
  return { earlier, later, observedMs, throttledCalls, ...seen };
}

async function look(
  options: SnapshotOptions,
  signal: AbortSignal,
): Promise<Look & { readonly throttledCalls: number }> {
  const { answer: listing, throttledCalls } = await listPatiently(options, signal);
  const readState = async () => (await options.table.coordinatorState?.(signal)) ?? [];
  const { answer: beside } = await askPatiently(readState, options, signal);
  return { listing, foreign: [...listing.foreign, ...beside], throttledCalls };
}

async function lookAtStream(
  stream: StreamRef,
  { kinesis }: SnapshotOptions,
  signal: AbortSignal,
): Promise<SeenStream> {
  const shards = await listAllShards(kinesis, stream, undefined, signal);
  try {
    const { createdAtMs } = await kinesis.describeStreamSummary({ stream }, signal);
    return { shards, epoch: Math.floor(createdAtMs / 1000) };
  } catch (error) {
    if (apiFailureOf(error)?.kind !== "denied") throw error;
    return { shards };
  }
}
