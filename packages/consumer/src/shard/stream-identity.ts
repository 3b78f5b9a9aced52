// Sees to it that the leases belong to the stream that is there, before anything is read by them and now and then
// later. A stream that was created again under its name is refused, or its old leases are deleted, as the option says.
import {
  backoffMs,
  type Clock,
  type EventSink,
  forEachLimited,
  KinesisError,
  type Random,
  sleep,
  type StreamRef,
} from "@shardline/core";
import type { Lease } from "../lease/lease.ts";
import type { LeaseEvents } from "../lease/lease-events.ts";
import type { LeaseTable } from "../lease/lease-table.ts";
import { lookAtTable, type TableLook } from "../lease/table-look.ts";
import { describeStream, type DescribeStreamOptions } from "./describe-stream.ts";
import type { ShardEvents } from "./shard-events.ts";
import { leasesOfAnotherTime } from "./stream-identity-plan.ts";
import { streamRecreated } from "./stream-recreated.ts";

export interface StreamIdentityOptions extends DescribeStreamOptions {
  readonly table: LeaseTable;
  readonly clock: Clock;
  readonly random: Random;
  readonly events: EventSink<ShardEvents & LeaseEvents>;
  readonly onStreamRecreated: "refuse" | "reset";
}

const CONCURRENCY = 32;
const BACKOFF = { baseMs: 200, maxMs: 5000 };

/** The stream with its creation time, if that could be found out, and the look that showed no lease of another one. */
export interface IdentifiedStream {
  readonly stream: StreamRef;
  readonly look: TableLook;
}

/**
 * The stream, once the table was looked at for the first time and no lease is of another one. Where it cannot be described
 * the time stays unknown, and what the shards tell must do.
 * @throws KinesisError STREAM_NOT_FOUND, STREAM_RECREATED
 */
export async function identifyStream(
  stream: StreamRef,
  options: StreamIdentityOptions,
  firstLook: Promise<TableLook>,
  signal: AbortSignal,
): Promise<IdentifiedStream> {
  const described = describeStream(stream, options, signal);
  // What this comes to is looked at when the table is there.
  described.catch(() => undefined);
  return settleLeases(stream, described, options, await firstLook, signal);
}

/**
 * The same, for a stream that is being described.
 * @throws KinesisError STREAM_NOT_FOUND, STREAM_RECREATED
 */
export async function settleLeases(
  stream: StreamRef,
  described: Promise<StreamRef | undefined>,
  options: StreamIdentityOptions,
  firstLook: TableLook,
  signal: AbortSignal,
): Promise<IdentifiedStream> {
  const { clock, events, random, table } = options;
  let look: TableLook | undefined = firstLook;
  for (let failures = 0; ; ) {
    try {
      look ??= await lookAtTable(table, clock, signal);
      const known = (await described) ?? stream;
      // What was asked before the look may be older than the leases: it counts only if it is said again.
      const isInDoubt = isOfAnotherTime(look, known);
      const identified = isInDoubt ? await describeStream(known, options, signal) : known;
      if (identified === undefined) failures += 1;
      else if (await checkLeases(look.listing.leases, identified, options, signal)) {
        return { look, stream: identified };
      }
      look = undefined;
      // What was deleted may still be listed for a moment; what could not be asked soon may be.
      await sleep(clock, backoffMs(BACKOFF, Math.max(1, failures), random), signal);
    } catch (error) {
      signal.throwIfAborted();
      if (!KinesisError.is(error, "API_CALL_FAILED")) throw error;
      failures += 1;
      const reason = error.message;
      events.emit("leaseTableFailed", { operation: "identify stream", reason });
      await sleep(clock, backoffMs(BACKOFF, failures, random), signal);
    }
  }
}

function isOfAnotherTime({ listing }: TableLook, { epoch }: StreamRef): boolean {
  return epoch !== undefined && leasesOfAnotherTime(listing.leases, epoch).length > 0;
}

/**
 * Whether no lease is of another stream than this one; if there are any, they are deleted or refused.
 * @throws KinesisError STREAM_RECREATED
 */
export async function checkLeases(
  leases: readonly Lease[],
  stream: StreamRef,
  options: StreamIdentityOptions,
  signal: AbortSignal,
): Promise<boolean> {
  if (stream.epoch === undefined) return true;
  const [foreign] = leasesOfAnotherTime(leases, stream.epoch);
  if (foreign === undefined) return true;
  await beginAnew(leases, stream, options, signal);
  return false;
}

/**
 * The leases belong to a stream that is no more: deletes those that were not made for this one.
 * @throws KinesisError STREAM_RECREATED if that is not wanted
 */
export async function beginAnew(
  leases: readonly Lease[],
  stream: StreamRef,
  { events, onStreamRecreated, table }: StreamIdentityOptions,
  signal: AbortSignal,
): Promise<void> {
  // Without a time to tell old leases from new ones, those that another worker has just made would go as well.
  if (onStreamRecreated === "refuse" || stream.epoch === undefined) throw streamRecreated(stream);
  let deleted = 0;
  const old = leases.filter(({ streamEpoch }) => streamEpoch !== stream.epoch);
  await forEachLimited(old, CONCURRENCY, async ({ key, streamEpoch }) => {
    const expect = { streamEpoch: streamEpoch ?? null };
    if (await table.delete(key, expect, signal)) deleted += 1;
  });
  if (deleted > 0) events.emit("streamRecreated", { stream: stream.name, leasesDeleted: deleted });
}
