// What a worker shows of itself to whoever is asked how it is.
import type { Clock } from "@shardline/core";
import type { HandlingCounts } from "../handling/handling-tally.ts";
import type { LeaseTableUsage } from "../lease/lease-table.ts";
import type { UnreadableLease } from "../lease/unreadable-plan.ts";
import type { ConsumerSettings } from "../settings.ts";
import type { ShardLook } from "../shard/shard-look.ts";
import type { Renewal } from "./health-plan.ts";
import type { StatsTime } from "./stats-plan.ts";

export interface WorkerView {
  readonly phase: "starting" | "running" | "draining";
  readonly shards: readonly ShardLook[];
  readonly renewals: readonly Renewal[];
  readonly counts: HandlingCounts;
  /** As the last look at the lease table found them. */
  readonly unreadable: readonly UnreadableLease[];
  /** `undefined` for a table that charges nothing. */
  readonly leaseTable: LeaseTableUsage | undefined;
}

/** The times that a shard's look is to be compared with. */
export function timeOf(
  { retentionMs }: Pick<ShardLook, "retentionMs">,
  clock: Clock,
  { read }: ConsumerSettings,
): StatsTime {
  const { idleMs } = read;
  return { idleMs, retentionMs, nowMs: clock.nowMs(), wallTimeMs: clock.wallTimeMs() };
}
