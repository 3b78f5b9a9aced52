// Pure: what an iterator went through -> why it grew too old, and what to do about it.

/** What an iterator was kept waiting by since it was issued, in ms. */
export interface IteratorWaits {
  /** For room in the prefetch buffer: the handler has not finished what was fetched before. */
  readonly waitedForRoomMs: number;
  /** The shard was paused. */
  readonly pausedMs: number;
  /** Longer than was planned: timers that fired late, and the call that was refused. */
  readonly blockedMs: number;
  /** For calls that failed, and the pauses after them. */
  readonly retriedMs: number;
}

export type ExpiryCause =
  | "slow-handler"
  | "paused"
  | "event-loop-blocked"
  | "calls-failed"
  | "lease-table-throttled"
  | "unknown";

export interface ExpiryDiagnosis {
  readonly cause: ExpiryCause;
  /** What to do about it. */
  readonly advice: string;
}

/** Shorter waits do not make an iterator expire. */
const LEAST_BLAMED_MS = 60_000;

const ADVICE: Readonly<Record<ExpiryCause, string>> = {
  "slow-handler":
    "the handler takes minutes for what was fetched; make it faster, add shards, or lower prefetch.maxBytes",
  paused: "the shard was paused; nothing is wrong",
  "event-loop-blocked":
    "the process did not run for minutes; move work that blocks the event loop to a worker thread, or give it more CPU",
  "calls-failed": "calls to Kinesis failed for minutes; readFailed says why",
  "lease-table-throttled":
    "the lease table was throttled meanwhile; raise its capacity, or bill it on demand",
  unknown:
    "the iterator was younger than its five minutes; if this goes on, see whether the endpoint is Kinesis itself",
};

/**
 * The longest wait is to blame. Where none is long enough, it is the lease table if that was throttled: the service's own
 * documentation names it for iterators that expire early.
 */
export function explainExpiry(waits: IteratorWaits, wasTableThrottled: boolean): ExpiryDiagnosis {
  const blamed: readonly (readonly [cause: ExpiryCause, ms: number])[] = [
    ["slow-handler", waits.waitedForRoomMs],
    ["paused", waits.pausedMs],
    ["event-loop-blocked", waits.blockedMs],
    ["calls-failed", waits.retriedMs],
  ];
  const [longest] = blamed.toSorted(([, a], [, b]) => b - a);
  const isLong = longest !== undefined && longest[1] >= LEAST_BLAMED_MS;
  const cause = isLong ? longest[0] : wasTableThrottled ? "lease-table-throttled" : "unknown";
  return { cause, advice: ADVICE[cause] };
}
