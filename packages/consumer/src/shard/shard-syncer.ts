// Loop: compares the stream's shards with the leases and creates what is missing. Every worker may do it, because
// creating a lease that exists does nothing.
import {
  apiFailureOf,
  backoffMs,
  type Clock,
  type EventSink,
  forEachLimited,
  type KinesisApi,
  KinesisError,
  listAllShards,
  type Loop,
  type LoopNext,
  parentIdsOf,
  type Random,
  startLoop,
  type StreamRef,
} from "@shardline/core";
import type { Lease } from "../lease/lease.ts";
import type { LeaseEvents } from "../lease/lease-events.ts";
import { leaseKeyOf } from "../lease/lease-key.ts";
import type { LeaseListing, LeaseTable } from "../lease/lease-table.ts";
import { newLease } from "./new-lease.ts";
import type { ShardEvents } from "./shard-events.ts";
import {
  type MissingLease,
  planFirstLeases,
  planMissingLeases,
  type ShardSyncPlan,
} from "./shard-sync-plan.ts";
import { filterOfStart, type StartPosition } from "./start-position.ts";
import { streamNotFound } from "./stream-not-found.ts";

/** Between comparisons, give or take a fifth, so that the workers do not look all at once. */
const PERIOD_MS = 60_000;
const LIST_AGAIN_MS = 1000;
/** The first leases do not descend from each other, so their order does not matter. */
const FIRST_CONCURRENCY = 32;

export interface ShardSyncerOptions {
  readonly kinesis: Pick<KinesisApi, "listShards">;
  readonly stream: StreamRef;
  readonly start: StartPosition;
  readonly table: LeaseTable;
  readonly clock: Clock;
  readonly random: Random;
  readonly signal: AbortSignal;
  readonly events: EventSink<ShardEvents & Pick<LeaseEvents, "leaseUnreadable">>;
  /** There are leases that nobody has. */
  readonly onCreated: () => void;
}

/** Starts the loop; it ends with STREAM_NOT_FOUND when the stream is not there. */
export function startShardSyncer(options: ShardSyncerOptions): Loop {
  const { clock, events, random, signal } = options;
  return startLoop({
    name: "shard syncer",
    clock,
    signal,
    step: (stepSignal) => sync(options, stepSignal),
    backoffMs: (error, failures) => {
      if (KinesisError.is(error, "STREAM_NOT_FOUND")) return undefined;
      const reason = error instanceof Error ? error.message : String(error);
      events.emit("shardSyncFailed", { reason });
      return backoffMs({ baseMs: 200, maxMs: 30_000 }, failures, random);
    },
  });
}

async function sync(options: ShardSyncerOptions, signal: AbortSignal): Promise<LoopNext> {
  const { events, random, table } = options;
  const listing = await table.list(signal);
  const { leases } = listing;
  const plan = await planned(options, leases, signal);
  if (plan.kind === "list-again") {
    events.emit("shardSyncFailed", { reason: plan.problem });
    return { afterMs: LIST_AGAIN_MS };
  }
  tellOfStrangers(options, plan.missing, listing);
  await create(options, plan.missing, leases.length === 0 ? FIRST_CONCURRENCY : 1, signal);
  return { afterMs: PERIOD_MS * (0.8 + 0.4 * random.next()) };
}

async function planned(
  { kinesis, start, stream }: ShardSyncerOptions,
  leases: readonly Lease[],
  signal: AbortSignal,
): Promise<ShardSyncPlan> {
  try {
    return leases.length === 0
      ? planFirstLeases(await listAllShards(kinesis, stream, filterOfStart(start), signal), start)
      : planMissingLeases(await listAllShards(kinesis, stream, undefined, signal), leases, start);
  } catch (error) {
    if (apiFailureOf(error)?.kind !== "missing") throw error;
    throw streamNotFound(stream, error);
  }
}

/** Where an item of another kind stands in the place of a lease, none can be created. */
function tellOfStrangers(
  { events, stream }: ShardSyncerOptions,
  missing: readonly MissingLease[],
  { foreign }: LeaseListing,
): void {
  const keys = new Set(missing.map(({ shard }) => leaseKeyOf(stream, shard.shardId)));
  for (const { entityType, key } of foreign) {
    const problem = `entityType is ${entityType}`;
    if (keys.has(key)) events.emit("leaseUnreadable", { leaseKey: key, problem });
  }
}

async function create(
  options: ShardSyncerOptions,
  missing: readonly MissingLease[],
  concurrency: number,
  signal: AbortSignal,
): Promise<void> {
  const { events, onCreated, table } = options;
  const shardIds: string[] = [];
  await forEachLimited(missing, concurrency, async (one) => {
    const lease = leaseOfMissing(one, options);
    if (await table.create(lease, signal)) shardIds.push(lease.shardId);
  });
  if (shardIds.length > 0) events.emit("leasesCreated", { shardIds });
  if (missing.length > 0) onCreated();
}

function leaseOfMissing(
  { checkpoint, shard }: MissingLease,
  { start, stream }: ShardSyncerOptions,
): Lease {
  const { hashKeyRange, shardId } = shard;
  const seed = { shardId, parentShardIds: parentIdsOf(shard), hashKeyRange, checkpoint };
  const isTimed = start.type === "AT_TIMESTAMP" && checkpoint.sequenceNumber === "AT_TIMESTAMP";
  return newLease(stream, isTimed ? { ...seed, initialTimestampMs: start.timestampMs } : seed);
}
