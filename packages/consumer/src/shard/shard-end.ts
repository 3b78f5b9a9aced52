// A shard is read to its end: its children get their leases before it is marked as done, so that whoever crashes in
// between leaves something that the next one repeats.
import {
  apiFailureOf,
  type ChildShard,
  type Clock,
  type EventSink,
  type KinesisApi,
  listAllShards,
  sentinelPosition,
  sleep,
  type StreamRef,
} from "@shardline/core";
import type { Lease } from "../lease/lease.ts";
import { keyOfKin } from "../lease/lease-key.ts";
import type { LeaseLookup } from "../lease/lease-lookup.ts";
import type { LeaseTable } from "../lease/lease-table.ts";
import { newLease } from "./new-lease.ts";
import type { ShardEvents } from "./shard-events.ts";
import { isOfAnotherTime } from "./stream-identity-plan.ts";

export interface ShardEndOptions {
  readonly kinesis: Pick<KinesisApi, "listShards">;
  readonly stream: StreamRef;
  readonly table: LeaseTable;
  readonly clock: Clock;
  readonly events: EventSink<ShardEvents>;
}

/** How often a lease is looked for that the leader has to create or to delete. */
const LEADER_POLL_MS = 1500;

/**
 * What is wrong with the children that a closed shard names, if anything is. A split makes two that know their parent, a
 * merge one that knows both; anything else would let children be read too early, or never.
 */
export function childListProblem(
  shardId: string,
  children: readonly ChildShard[],
): string | undefined {
  if (children.length === 0) return "the shard has ended and names no children";
  const stranger = children.find(({ parentShardIds }) => !parentShardIds.includes(shardId));
  if (stranger !== undefined) return `${stranger.shardId} is named as a child of another shard`;
  const [only, ...others] = children;
  const isHalfMerge = others.length === 0 && only?.parentShardIds.length !== 2;
  return isHalfMerge
    ? `${only?.shardId} is an only child and does not have two parents`
    : undefined;
}

/**
 * Creates the leases of a shard's children, those that exist already left alone. One that a worker has left there which
 * was still ending a shard of an older stream of that name is none: it will be deleted, and its shard would be read by nobody.
 */
export async function createChildLeases(
  parent: Lease,
  children: readonly ChildShard[],
  options: ShardEndOptions,
  signal: AbortSignal,
): Promise<void> {
  for (const child of children) {
    const others = child.parentShardIds.filter((parentId) => parentId !== parent.shardId);
    for (const other of others) await untilLeased(other, parent, child, options, signal);
    const { hashKeyRange, parentShardIds, shardId } = child;
    const { streamEpoch, streamName } = parent;
    const checkpoint = sentinelPosition("TRIM_HORIZON");
    const seed = { shardId, parentShardIds, hashKeyRange, checkpoint, streamEpoch, streamName };
    await untilCreated(newLease(seed), parent, options, signal);
  }
}

async function untilCreated(
  child: Lease,
  parent: Lease,
  options: ShardEndOptions,
  signal: AbortSignal,
): Promise<void> {
  const { table } = options;
  while (!(await table.create(child, signal))) {
    const found = await table.get(child.key, { consistent: true }, signal);
    if (found.kind === "absent") continue;
    if (standsFor(found, parent)) return;
    const reason = `the lease of its child ${child.shardId} was made for a stream created at another time; the leader sees to it within minutes, unless it may not describe the stream: then delete that lease`;
    await waitForLeader(parent.shardId, reason, options, signal);
  }
}

/**
 * The child of a merge starts when both parents are done, and a parent without a lease counts as done: so the other
 * one must have its lease by now, unless the stream has forgotten it. Only a listing that has come to the child tells
 * that, as the ids of shards grow: an older one may be from before the other parent, too.
 */
async function untilLeased(
  parentId: string,
  parent: Lease,
  child: ChildShard,
  options: ShardEndOptions,
  signal: AbortSignal,
): Promise<void> {
  const { kinesis, stream, table } = options;
  for (;;) {
    const found = await table.get(keyOfKin(parent, parentId), { consistent: true }, signal);
    if (standsFor(found, parent)) return;
    const listing = await listAllShards(kinesis, stream, undefined, signal);
    const isCurrent = listing.some((shard) => shard.shardId >= child.shardId);
    const isListed = listing.some((shard) => shard.shardId === parentId);
    if (isCurrent && !isListed) return;
    const reason = `${parentId}, which was merged with it, has no lease; the leader creates it within minutes, unless ${child.shardId} has one: then delete that`;
    await waitForLeader(parent.shardId, reason, options, signal);
  }
}

/**
 * Whether a shard has its lease. One that cannot be read is one all the same: whoever needs it waits until it is mended. One
 * of another stream is none.
 */
function standsFor(found: LeaseLookup, { streamEpoch }: Lease): boolean {
  if (found.kind !== "lease") return found.kind === "unreadable";
  return !isOfAnotherTime(found.lease, streamEpoch);
}

async function waitForLeader(
  shardId: string,
  reason: string,
  { clock, events }: ShardEndOptions,
  signal: AbortSignal,
): Promise<void> {
  events.emit("shardStalled", { shardId, reason, retryAfterMs: LEADER_POLL_MS });
  await sleep(clock, LEADER_POLL_MS, signal);
}

/** What a shard that is said to be missing lacks. */
type Missing = "stream" | "shard" | "nothing";

/**
 * Whether the whole stream is gone, the shard alone, or nothing any more: a stream that was away for a moment still has it.
 * Not every application may describe its stream; a stream that is gone lists no shards either.
 */
export async function whatIsMissing(
  kinesis: Pick<KinesisApi, "describeStreamSummary" | "listShards">,
  stream: StreamRef,
  shardId: string,
  signal: AbortSignal,
): Promise<Missing> {
  try {
    if (!(await mayBeThere(kinesis, stream, signal))) return "stream";
    const shards = await listAllShards(kinesis, stream, undefined, signal);
    return shards.some((shard) => shard.shardId === shardId) ? "nothing" : "shard";
  } catch (error) {
    if (apiFailureOf(error)?.kind === "missing") return "stream";
    throw error;
  }
}

async function mayBeThere(
  kinesis: Pick<KinesisApi, "describeStreamSummary">,
  stream: StreamRef,
  signal: AbortSignal,
): Promise<boolean> {
  try {
    const { status } = await kinesis.describeStreamSummary({ stream }, signal);
    return status !== "DELETING";
  } catch (error) {
    if (apiFailureOf(error)?.kind === "denied") return true;
    throw error;
  }
}
