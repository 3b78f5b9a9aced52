// Pure: how subscriptions to a shard went so far -> when the next one may be asked for.
// What the service allows: one call a second for each consumer and shard, and none within 5 seconds of one that was
// accepted (https://docs.aws.amazon.com/kinesis/latest/APIReference/API_SubscribeToShard.html, read 2026-11-21).
import type { ApiFailure, Random } from "@shardline/core";

/** How a subscription ended, or the try to get one. */
export type SubscriptionEnd =
  /** In good order, as the service does it after 5 minutes. */
  | { readonly kind: "ended" }
  /** Nothing came any more, not even an event without records. */
  | { readonly kind: "silent" }
  /** Given up, because nobody took what came. */
  | { readonly kind: "stalled" }
  | { readonly kind: "failed"; readonly failure: ApiFailure };

/** One try, and what became of it; times are monotonic. */
export interface SubscriptionLife {
  readonly triedAtMs: number;
  /** `undefined` if it never was. */
  readonly acceptedAtMs: number | undefined;
  readonly endedAtMs: number;
  readonly events: number;
  readonly end: SubscriptionEnd;
}

/** What is remembered of the tries so far. */
export interface SubscriptionHistory {
  /** The service takes no other try before, by the monotonic clock. */
  readonly notBeforeMs: number;
  /** Tries in a row that brought no event. */
  readonly failures: number;
  /** Tries in a row that did not last. */
  readonly shortLives: number;
}

export const NO_SUBSCRIPTIONS: SubscriptionHistory = {
  notBeforeMs: Number.NEGATIVE_INFINITY,
  failures: 0,
  shortLives: 0,
};

/** A little over the second that the service asks for. */
const BETWEEN_TRIES_MS = 1100;
/** A little over the five seconds in which the service protects a subscription, even when it is over. */
const AFTER_ACCEPTED_MS = 5100;
/** What lasted so long, works. */
const SOUND_MS = 30_000;
const BACKOFF_BASE_MS = 1000;
const BACKOFF_MAX_MS = 30_000;

/** The history with one more try in it. */
export function afterLife(
  history: SubscriptionHistory,
  { acceptedAtMs, end, endedAtMs, events, triedAtMs }: SubscriptionLife,
): SubscriptionHistory {
  const isSound = acceptedAtMs !== undefined && endedAtMs - acceptedAtMs >= SOUND_MS;
  const isWanted = end.kind === "ended" || end.kind === "stalled";
  const shortLives = isSound ? 0 : history.shortLives;
  return {
    notBeforeMs: Math.max(
      triedAtMs + BETWEEN_TRIES_MS,
      (acceptedAtMs ?? Number.NEGATIVE_INFINITY) + AFTER_ACCEPTED_MS,
    ),
    failures: events > 0 || end.kind === "stalled" ? 0 : history.failures + 1,
    shortLives: isSound && isWanted ? 0 : end.kind === "stalled" ? shortLives : shortLives + 1,
  };
}

/** How long to wait for the next try: not at all when one has worked, and longer with each that has not. */
export function retryAfterMsOf(
  { failures, notBeforeMs }: SubscriptionHistory,
  end: SubscriptionEnd,
  nowMs: number,
  random: Random,
): number {
  const whole = Math.min(BACKOFF_MAX_MS, BACKOFF_BASE_MS * 2 ** Math.min(failures - 1, 30));
  const backoffMs = failures === 0 ? 0 : whole * random.next();
  const askedMs = end.kind === "failed" ? (end.failure.retryAfterMs ?? 0) : 0;
  return Math.max(0, notBeforeMs - nowMs, backoffMs, askedMs);
}
