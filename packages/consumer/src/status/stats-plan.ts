// Pure: what the shards show -> what is told of them.
import type { ShardLook } from "../shard/shard-look.ts";
import type { ShardProgress } from "../shard/shard-meter.ts";
import type { ConsumerStats, ShardStats } from "./stats.ts";

/** What the figures are worked out with. */
export interface StatsTime {
  readonly nowMs: number;
  readonly wallTimeMs: number;
  /** Pause between reads of a shard that has no more records. */
  readonly idleMs: number;
  /** `undefined` while unknown. */
  readonly retentionMs: number | undefined;
}

/** A read that is so much older than the pause between reads is not followed by others. */
const STALE_AFTER_MS = 5000;
/** Rates are those of the last minute: whoever lags behind by more and has done nothing in it stands still. */
const RATES_MS = 60_000;

/** How one shard stands. */
export function shardStats(look: ShardLook, time: StatsTime): ShardStats {
  const { checkpoint, leaseEpoch, position, progress, shardId, stream } = look;
  const { inHand, lastRead, rates } = progress;
  const lagMs = lagOf(progress, time);
  const { bytesPerSecond, recordsPerSecond, speed } = rates;
  return Object.freeze({
    shardId,
    ...(stream === undefined ? {} : { stream }),
    leaseEpoch,
    state: stateOf(look),
    position,
    checkpoint,
    readMode: lastRead?.mode,
    millisBehindLatest: lastRead?.millisBehindLatest,
    readAgoMs: lastRead && time.nowMs - lastRead.atMs,
    inHandForMs: inHand === undefined ? 0 : time.nowMs - inHand.sinceMs,
    lagMs,
    retentionRisk: riskOf(lagMs, time),
    catchUpMs: catchUpOf(lagMs, speed, time.nowMs - progress.movedAtMs, time),
    recordsPerSecond,
    bytesPerSecond,
  });
}

/** How long ago the oldest record that is not done came; see `Lag`. */
export function lagOf(
  { inHand, lastRead }: ShardProgress,
  { idleMs, nowMs, wallTimeMs }: StatsTime,
): number | undefined {
  const inHandMs = inHand && Math.max(0, wallTimeMs - inHand.arrivedAtMs);
  if (lastRead === undefined) return inHandMs;
  const readAgoMs = nowMs - lastRead.atMs;
  const isStale = readAgoMs > idleMs + STALE_AFTER_MS;
  const behindMs = lastRead.millisBehindLatest + (isStale ? readAgoMs : 0);
  return Math.max(behindMs, inHandMs ?? 0);
}

/** The lag as a part of what the stream keeps. */
function riskOf(lagMs: number | undefined, { retentionMs }: StatsTime): number | undefined {
  return lagMs === undefined || retentionMs === undefined ? undefined : lagMs / retentionMs;
}

/** All shards together, and the worst of them. */
export function totalsOf(
  shards: readonly ShardStats[],
): Pick<
  ConsumerStats,
  "bytesPerSecond" | "catchUpMs" | "lagMs" | "recordsPerSecond" | "retentionRisk"
> {
  const sum = (of: (shard: ShardStats) => number): number =>
    shards.reduce((total, shard) => total + of(shard), 0);
  return {
    recordsPerSecond: sum((shard) => shard.recordsPerSecond),
    bytesPerSecond: sum((shard) => shard.bytesPerSecond),
    lagMs: worst(shards.map(({ lagMs }) => lagMs)),
    retentionRisk: worst(shards.map(({ retentionRisk }) => retentionRisk)),
    catchUpMs: worst(shards.map(({ catchUpMs }) => catchUpMs)),
  };
}

function worst(values: readonly (number | undefined)[]): number | undefined {
  let found: number | undefined;
  for (const value of values) {
    if (value !== undefined && (found === undefined || value > found)) found = value;
  }
  return found;
}

function stateOf({ haltedAt, isPaused, state }: ShardLook): ShardStats["state"] {
  if (state !== "reading") return state;
  if (haltedAt !== undefined) return "halted";
  return isPaused ? "paused" : state;
}

/** A lag as short as the pause between reads is none. */
function catchUpOf(
  lagMs: number | undefined,
  speed: number | undefined,
  unmovedMs: number,
  { idleMs }: StatsTime,
): number | undefined {
  if (lagMs === undefined) return undefined;
  if (lagMs <= idleMs) return 0;
  if (speed === undefined) {
    return Math.min(lagMs, unmovedMs) < RATES_MS ? undefined : Number.POSITIVE_INFINITY;
  }
  return speed > 1 ? lagMs / (speed - 1) : Number.POSITIVE_INFINITY;
}
