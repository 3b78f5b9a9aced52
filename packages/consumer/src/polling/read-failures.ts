// Pure: a failed read, and how many failed before it -> how long to wait, and whether to tell that only an operator helps.
import { type ApiFailure, type BackoffPlan, backoffMs, type Random } from "@shardline/core";

/** Limits are counted by the second, so a refusal is over soon. */
const THROTTLE_BACKOFF: BackoffPlan = { baseMs: 200, maxMs: 5000 };
const BACKOFF: BackoffPlan = { baseMs: 200, maxMs: 30_000 };
/** Permissions and keys that are being changed may be refused for a moment. */
const TRIES_BEFORE_TOLD = 5;

/** How long to wait after the nth failure in a row. */
export function retryAfterMsOf(failure: ApiFailure, failures: number, random: Random): number {
  const { kind, retryAfterMs = 0 } = failure;
  // What is wrong with an iterator is right with the next one.
  const isIteratorLost = kind === "expired" || kind === "rejected";
  if (isIteratorLost && failures === 1) return 0;
  if (kind !== "throttled") return Math.max(retryAfterMs, backoffMs(BACKOFF, failures, random));
  // Anything from nothing on: the pace keeps the reads apart, and those who share a shard part the faster.
  const { baseMs, maxMs } = THROTTLE_BACKOFF;
  const wholeMs = Math.min(maxMs, baseMs * 2 ** Math.min(failures - 1, 30));
  return Math.max(retryAfterMs, wholeMs * random.next());
}

/** Whether it is time to say that the reader is not let in; once for each row of refusals. */
export function isDenialToTell({ kind }: ApiFailure, denials: number): boolean {
  return isDenial(kind) && denials === TRIES_BEFORE_TOLD;
}

/** Whether only an operator can change it. */
export function isDenial(kind: ApiFailure["kind"]): boolean {
  return kind === "denied" || kind === "credentials";
}
