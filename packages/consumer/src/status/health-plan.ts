// Pure: what is known of a worker -> how it is.
import { KinesisError } from "@shardline/core";
import type { UnreadableLease } from "../lease/unreadable-plan.ts";
import type { ShardLook } from "../shard/shard-look.ts";
import type { ConsumerHealth, HealthReason, HealthStatus, ShardReason } from "./health.ts";
import type { FailedStream, Loss, Stall, Streak, StreamStreak } from "./trouble.ts";
import type { ShardTroubles } from "./troubles.ts";

/** Where a consumer is in its life. */
export type ConsumerLife =
  | { readonly kind: "not-started" | "starting" | "running" | "draining" | "stopped" }
  | { readonly kind: "failed"; readonly error: unknown };

/** A lease that is held, and the monotonic time before it was last renewed. */
export interface Renewal {
  readonly shardId: string;
  readonly stream?: string | undefined;
  readonly renewedAtMs: number;
}

/** What is known of one shard. */
export interface ShardFacts {
  readonly look: ShardLook;
  readonly troubles: ShardTroubles;
  readonly lagMs: number | undefined;
  /** `undefined` while nobody has said, and the retention period is unknown. */
  readonly lagWarningMs: number | undefined;
}

/** What is known; times are monotonic. */
export interface HealthFacts {
  readonly nowMs: number;
  readonly failoverMs: number;
  readonly life: ConsumerLife;
  readonly renewals: readonly Renewal[];
  readonly shards: readonly ShardFacts[];
  readonly stall: Stall | undefined;
  readonly losses: readonly Loss[];
  readonly unreadable: readonly UnreadableLease[];
  readonly leaseTable: Streak | undefined;
  readonly shardSyncs: readonly StreamStreak[];
  readonly streamList: Streak | undefined;
  readonly streams: readonly FailedStream[];
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
    : [
        ...tableReasons(facts),
        ...streamReasons(facts),
        ...agedOut(facts),
        ...facts.shards.flatMap(reasonsOf(facts)),
      ];
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
  const { failoverMs, leaseTable, nowMs, stall, unreadable } = facts;
  if (stall !== undefined) yield { kind: "event-loop-blocked", blockedMs: stall.blockedMs };
  yield* lateRenewals(facts);
  // One call that failed is no trouble: it is repeated.
  if (leaseTable !== undefined && leaseTable.lastMs - leaseTable.sinceMs >= failoverMs / 4) {
    const forMs = nowMs - leaseTable.sinceMs;
    yield { kind: "lease-table-failing", forMs, reason: leaseTable.reason };
  }
  if (unreadable.length > 0) yield { kind: "leases-unreadable", leases: unreadable };
}

/** One reason for each stream. */
function* lateRenewals({ failoverMs, nowMs, renewals }: HealthFacts): Generator<HealthReason> {
  const late = renewals.filter(
    ({ renewedAtMs }) => nowMs - renewedAtMs > RENEWAL_DUE_SHARE * failoverMs,
  );
  for (const stream of new Set(late.map((renewal) => renewal.stream))) {
    const ofStream = late.filter((renewal) => renewal.stream === stream);
    const shardIds = ofStream.map(({ shardId }) => shardId);
    const forMs = nowMs - Math.min(...ofStream.map(({ renewedAtMs }) => renewedAtMs));
    yield { kind: "leases-not-renewed", ...inStream(stream), shardIds, forMs };
  }
}

function* streamReasons(facts: HealthFacts): Generator<HealthReason> {
  const { nowMs, shardSyncs, streamList, streams } = facts;
  for (const { lastMs, reason, sinceMs, stream } of shardSyncs) {
    // A stream in the middle of a reshard makes sense soon.
    if (lastMs - sinceMs < MIN_STREAK_MS) continue;
    yield { kind: "shard-sync-failing", ...inStream(stream), forMs: nowMs - sinceMs, reason };
  }
  for (const { error, sinceMs, stream } of streams) {
    yield { kind: "stream-failing", stream, forMs: nowMs - sinceMs, error };
  }
  if (streamList !== undefined) {
    const { reason, sinceMs } = streamList;
    yield { kind: "stream-list-failing", forMs: nowMs - sinceMs, reason };
  }
}

function inStream(stream: string | undefined): { readonly stream?: string } {
  return stream === undefined ? {} : { stream };
}

function agedOut({ losses, nowMs }: HealthFacts): readonly ShardReason[] {
  return losses.map(({ atMs, ...loss }) => {
    return { kind: "records-aged-out", ...loss, forMs: nowMs - atMs };
  });
}

function reasonsOf({ nowMs }: HealthFacts) {
  return ({ lagMs, lagWarningMs, look, troubles }: ShardFacts): readonly ShardReason[] => {
    const { haltedAt, isPaused, progress, shardId, stream } = look;
    const reasons: ShardReason[] = [];
    const since = (sinceMs: number) => ({
      shardId,
      ...inStream(stream),
      forMs: nowMs - sinceMs,
    });
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
