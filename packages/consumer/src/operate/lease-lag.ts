// How far a lease's checkpoint is behind the tip of its shard, by reading one record behind it. Nobody is disturbed: no
// lease is taken or written, and a shard allows five reads a second, of which this takes as few as it can.
import {
  apiFailureOf,
  type Clock,
  type GetRecordsAnswer,
  type IteratorStart,
  type KinesisApi,
  sleep,
  type StreamRef,
} from "@shardline/core";
import { isEnded, type Lease } from "../lease/lease.ts";
import { haltOf } from "./halt-plan.ts";
import { lagReadStartOf } from "./lag-start-plan.ts";

/** How far behind, or why nobody knows. */
export type LeaseLag =
  /** Milliseconds; 0: nothing is left to be read. */
  | { readonly kind: "known"; readonly lagMs: number }
  /** The shard was read to its end. */
  | { readonly kind: "ended" }
  | { readonly kind: "unknown"; readonly reason: string };

export interface LeaseLagOptions {
  readonly kinesis: Pick<KinesisApi, "getShardIterator" | "getRecords">;
  readonly stream: StreamRef;
  readonly clock: Clock;
}

/** Answers without records, behind which there may be some. */
const MAX_EMPTY_READS = 8;
const PAUSE_MS = 250;

/**
 * How long ago Kinesis took the first record behind the checkpoint (by this machine's clock), or how far behind the tip
 * it says that this record is, whichever is more. Rejects only with the signal's reason.
 */
export async function measureLag(
  lease: Lease,
  options: LeaseLagOptions,
  signal: AbortSignal,
): Promise<LeaseLag> {
  if (isEnded(lease)) return { kind: "ended" };
  const start = lagReadStartOf(lease, haltOf(lease));
  if (start === undefined) {
    return { kind: "unknown", reason: "the lease does not say what time its start stands for" };
  }
  try {
    return { kind: "known", lagMs: await readLagMs(lease.shardId, start, options, signal) };
  } catch (error) {
    signal.throwIfAborted();
    const failure = apiFailureOf(error);
    if (failure === undefined) throw error;
    return { kind: "unknown", reason: `${failure.awsName}: ${failure.reason}` };
  }
}

async function readLagMs(
  shardId: string,
  start: IteratorStart,
  { clock, kinesis, stream }: LeaseLagOptions,
  signal: AbortSignal,
): Promise<number> {
  let iterator = await kinesis.getShardIterator({ stream, shardId, start }, signal);
  for (let reads = 1; ; reads += 1) {
    const answer = await kinesis.getRecords({ stream, iterator, limit: 1 }, signal);
    const lagMs = lagOf(answer, clock.wallTimeMs());
    // An answer may be empty although records follow: behind a gap, Kinesis goes on from answer to answer.
    const isFound = answer.records.length > 0 || answer.millisBehindLatest === 0;
    if (isFound || answer.next.kind === "shard-end" || reads === MAX_EMPTY_READS) return lagMs;
    ({ iterator } = answer.next);
    await sleep(clock, PAUSE_MS, signal);
  }
}

function lagOf(
  { millisBehindLatest, next, records: [first] }: GetRecordsAnswer,
  nowMs: number,
): number {
  if (first !== undefined) return Math.max(millisBehindLatest, nowMs - first.arrivedAtMs, 0);
  return next.kind === "shard-end" ? 0 : millisBehindLatest;
}
