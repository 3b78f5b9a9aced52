// Lets an application begin anew somewhere else: looks who is at work, plans what becomes of each lease, and writes it, each
// on condition that nobody has written to it since.
import {
  type Clock,
  isOpen,
  type KinesisApi,
  listAllShards,
  type Random,
  type Shard,
  type ShardFilter,
  type StreamRef,
} from "@shardline/core";
import type { Lease } from "../lease/lease.ts";
import type { LeaseTable } from "../lease/lease-table.ts";
import { filterOfStart, type StartPosition } from "../shard/start-position.ts";
import { leasesBeyond, leasesOfAnotherTime } from "../shard/stream-identity-plan.ts";
import { livingOwners } from "./liveness-plan.ts";
import { planReset, type ResetStart, type ResetStep } from "./reset-plan.ts";
import { takeSnapshot } from "./snapshot.ts";

export interface ResetOptions {
  readonly table: LeaseTable;
  readonly kinesis: Pick<KinesisApi, "listShards" | "describeStreamSummary">;
  readonly stream: StreamRef;
  /** LATEST is the moment of the call, and what comes after it is not left out. */
  readonly to: StartPosition;
  /** Only this shard, and what descends from it. */
  readonly shardId?: string | undefined;
  /** For how long an owner may be silent: the longest `leases.failoverMs` of the application's workers. */
  readonly failoverMs: number;
  readonly clock: Clock;
  readonly random: Random;
}

/** What a reset would do, or why it cannot be. */
export type PreparedReset =
  | {
      readonly kind: "planned";
      readonly steps: readonly ResetStep[];
      /** Workers that have written to leases within the failover time. */
      readonly living: readonly string[];
    }
  | { readonly kind: "impossible"; readonly problem: string };

const MANY_STREAMS =
  "the table holds the leases of many streams, and only a table of one stream can be reset; to begin one of them anew, stop the " +
  "workers, delete the leases that have its streamName, and start them with a startAt of its own in streams";

/**
 * Looks, for a failover time if anybody has a lease, and plans. Writes nothing.
 * @throws KinesisError API_CALL_FAILED
 */
export async function prepareReset(
  options: ResetOptions,
  signal: AbortSignal,
): Promise<PreparedReset> {
  const { shardId, stream, to } = options;
  const start = pinned(to, options.clock);
  const { earlier, later, stream: seen } = await takeSnapshot(options, signal);
  const { leases, unreadable } = later.listing;
  const { epoch, shards = [] } = seen ?? {};
  const problem =
    tableProblem(
      leases,
      unreadable.map(({ key }) => key),
      [
        ...(epoch === undefined ? [] : leasesOfAnotherTime(leases, epoch)),
        ...leasesBeyond(earlier.listing.leases, shards),
      ],
    ) ?? (shardId === undefined ? undefined : shardProblem(shardId, shards, leases));
  if (problem !== undefined) return { kind: "impossible", problem };
  const openAtStart = shardId === undefined ? await listOpen(start, options, signal) : [shardId];
  if (openAtStart.length === 0) {
    return { kind: "impossible", problem: "no shard is known to have been open at that time" };
  }
  const steps = planReset({
    leases,
    shards,
    start,
    stream: epoch === undefined ? stream : { ...stream, epoch },
    openAtStart: new Set(openAtStart),
    isSingle: shardId !== undefined,
  });
  return { kind: "planned", steps, living: livingOwners(earlier.listing.leases, leases) };
}

function pinned(to: StartPosition, clock: Clock): ResetStart {
  return to.type === "LATEST"
    ? { type: "LATEST", sinceMs: clock.wallTimeMs(), isResumed: false, isOrigin: true }
    : (to as ResetStart);
}

function tableProblem(
  leases: readonly Lease[],
  unreadable: readonly string[],
  others: readonly Lease[],
): string | undefined {
  if (leases.some(({ streamName }) => streamName !== undefined)) {
    return MANY_STREAMS;
  }
  if (unreadable.length > 0) {
    return `${unreadable.join(", ")} cannot be read; the doctor says what to do`;
  }
  return others.length > 0
    ? "the leases belong to a stream that was deleted and created again, or to another one; the doctor says what to do"
    : undefined;
}

function shardProblem(
  shardId: string,
  shards: readonly Shard[],
  leases: readonly Lease[],
): string | undefined {
  if (!shards.some((shard) => shard.shardId === shardId))
    return `the stream has no shard ${shardId}`;
  const isLeased = leases.some((lease) => lease.shardId === shardId);
  const shard = shards.find((candidate) => candidate.shardId === shardId);
  return isLeased || (shard !== undefined && !isOpen(shard))
    ? undefined
    : `${shardId} has no lease yet: it gets one when its parents are read to their end`;
}

/** Where the time is older than the oldest record there is no shard of that time: then those with the oldest records. */
async function listOpen(
  start: ResetStart,
  { kinesis, stream }: ResetOptions,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const list = (filter: ShardFilter) => listAllShards(kinesis, stream, filter, signal);
  // LATEST is now, whatever the clock here says.
  const listed = await list(start.type === "LATEST" ? { type: "AT_LATEST" } : filterOfStart(start));
  const open = listed.length === 0 ? await list({ type: "AT_TRIM_HORIZON" }) : listed;
  return open.map(({ shardId }) => shardId);
}
