// Pure: what is known of a worker -> how it is.
import { KinesisError } from "@shardline/core";
import type { UnreadableLease } from "../lease/unreadable-plan.ts";
import type { ShardLook } from "../shard/shard-look.ts";
import type { ConsumerHealth, HealthReason, HealthStatus, ShardReason } from "./health.ts";
import type { Loss, ShardTroubles, Stall, Streak } from "./troubles.ts";

/** Where a consumer is in its life. */
export type ConsumerLife =
  | { readonly kind: "not-started" | "starting" | "running" | "draining" | "stopped" }
  | { readonly kind: "failed"; readonly error: unknown };

/** A lease that is held, and the monotonic time before it was last renewed. */
export interface Renewal {
  readonly shardId: string;
  readonly renewedAtMs: number;
}

/** What is known of one shard. */
export interface ShardFacts {
  readonly look: ShardLook;
  readonly troubles: ShardTroubles;
  readonly lagMs: number | undefined;
}

/** What is known; times are monotonic. */
export interface HealthFacts {
  readonly nowMs: number;
  readonly failoverMs: number;
  /** `undefined` while nobody has said, and the retention period is unknown. */
  readonly lagWarningMs: number | undefined;
  readonly life: ConsumerLife;
  readonly renewals: readonly Renewal[];
  readonly shards: readonly ShardFacts[];
  readonly stall: Stall | undefined;
  readonly losses: readonly Loss[];
  readonly unreadable: readonly UnreadableLease[];
  readonly leaseTable: Streak | undefined;
  readonly shardSync: Streak | undefined;
}

/** Leases are renewed within two thirds of a failover time even where a table has little room: then one has failed. */
const RENEWAL_DUE_SHARE = 0.75;
/** What fails for so long is not over with the next try. */
const MIN_STREAK_MS = 10_000;

/** How a consumer is, and why. */
export function judgeHealth(facts: HealthFacts): ConsumerHealth {
  const { life } = facts;
  const own = lifeReason(life);
  const isOver = own !== undefined && isDown(life);
  const others = isOver
    ? []
    : [...tableReasons(facts), ...agedOut(facts), ...facts.shards.flatMap(reasonsOf(facts))];
  const reasons = own === undefined ? others : [own, ...others];
  return Object.freeze({ status: statusOf(life, reasons), reasons: Object.freeze(reasons) });
}

function statusOf(life: ConsumerLife, reasons: readonly HealthReason[]): HealthStatus {
  if (isDown(life)) return "down";
  if (life.kind === "starting" || life.kind === "draining") return life.kind;
  return reasons.length === 0 ? "ready" : "degraded";
}

function isDown({ kind }: ConsumerLife): boolean {
  return kind === "not-started" || kind === "stopped" || kind === "failed";
}

function lifeReason(life: ConsumerLife): HealthReason | undefined {
  if (life.kind === "running") return undefined;
  if (life.kind !== "failed") return { kind: life.kind };
  const { error } = life;
  const isGone = KinesisError.is(error, "STREAM_NOT_FOUND");
  return { kind: isGone ? "stream-gone" : "failed", error };
}

function* tableReasons(facts: HealthFacts): Generator<HealthReason> {
  const { failoverMs, leaseTable, nowMs, renewals, shardSync, stall, unreadable } = facts;
  if (stall !== undefined) yield { kind: "event-loop-blocked", blockedMs: stall.blockedMs };
  const late = renewals.filter(
    ({ renewedAtMs }) => nowMs - renewedAtMs > RENEWAL_DUE_SHARE * failoverMs,
  );
  if (late.length > 0) {
    const shardIds = late.map(({ shardId }) => shardId);
    const forMs = nowMs - Math.min(...late.map(({ renewedAtMs }) => renewedAtMs));
    yield { kind: "leases-not-renewed", shardIds, forMs };
  }
  // One call that failed is no trouble: it is repeated.
  if (leaseTable !== undefined && leaseTable.lastMs - leaseTable.sinceMs >= failoverMs / 4) {
    const forMs = nowMs - leaseTable.sinceMs;
    yield { kind: "lease-table-failing", forMs, reason: leaseTable.reason };
  }
  if (unreadable.length > 0) yield { kind: "leases-unreadable", leases: unreadable };
  // A stream in the middle of a reshard makes sense soon.
  if (shardSync !== undefined && shardSync.lastMs - shardSync.sinceMs >= MIN_STREAK_MS) {
    const forMs = nowMs - shardSync.sinceMs;
    yield { kind: "shard-sync-failing", forMs, reason: shardSync.reason };
  }
}

function agedOut({ losses, nowMs }: HealthFacts): readonly ShardReason[] {
  return losses.map(({ atMs, sequenceNumber, shardId }) => {
    return { kind: "records-aged-out", shardId, sequenceNumber, forMs: nowMs - atMs };
  });
}

function reasonsOf({ lagWarningMs, nowMs }: HealthFacts) {
  return ({ lagMs, look, troubles }: ShardFacts): readonly ShardReason[] => {
    const { haltedAt, isPaused, progress, shardId } = look;
    const reasons: ShardReason[] = [];
    const since = (sinceMs: number) => ({ shardId, forMs: nowMs - sinceMs });
    const { movedAtMs, startedAtMs } = progress;
    const moved = since(movedAtMs);
    if (isPaused) reasons.push({ kind: "paused", ...moved });
    if (haltedAt !== undefined) reasons.push({ kind: "shard-halted", at: haltedAt, ...moved });
    const { deadLetterFailed, handlerTimedOut, hookFailed, readFailed, shardStalled } = troubles;
    const readAtMs = progress.lastRead?.atMs ?? startedAtMs;
    if (readFailed && readFailed.atMs >= readAtMs && nowMs - readAtMs >= MIN_STREAK_MS) {
      reasons.push({ kind: "read-failing", reason: readFailed.told.reason, ...since(readAtMs) });
    }
    if (shardStalled && shardStalled.atMs >= movedAtMs) {
      reasons.push({ kind: "shard-stalled", reason: shardStalled.told.reason, ...moved });
    }
    if (handlerTimedOut && handlerTimedOut.atMs >= movedAtMs) {
      reasons.push({ kind: "handler-timed-out", ...moved });
    }
    if (deadLetterFailed && deadLetterFailed.atMs >= movedAtMs) {
      reasons.push({ kind: "dead-letter-failing", error: deadLetterFailed.told.error, ...moved });
    }
    if (hookFailed && hookFailed.atMs >= movedAtMs) {
      const { error, hook } = hookFailed.told;
      reasons.push({ kind: "hook-failing", hook, error, ...moved });
    }
    if (lagMs !== undefined && lagWarningMs !== undefined && lagMs > lagWarningMs) {
      reasons.push({ kind: "lag-exceeded", lagMs, ...moved });
    }
    return reasons;
  };
}
