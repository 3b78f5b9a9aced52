// Hands a dead letter to its sink, again and again until the sink has taken it.
import {
  type BackoffPlan,
  backoffMs,
  type Clock,
  type EventSink,
  type Random,
  sleep,
} from "@shardline/core";
import type { BatchEvents } from "../batch/batch-events.ts";
import type { DeadLetter, DeadLetterSink } from "./dead-letter.ts";

export interface DeadLetteringOptions {
  readonly sink: DeadLetterSink;
  readonly backoff: BackoffPlan;
  readonly clock: Clock;
  readonly random: Random;
  readonly events: EventSink<BatchEvents>;
}

/** For how long a letter may be handed out. */
export interface LetterSignals {
  /** Given to the sink: aborts when the letter does not count any more. */
  readonly signal: AbortSignal;
  /** Aborts when no further try is wanted. */
  readonly untilSignal: AbortSignal;
}

/** Resolves when the sink has the letter; rejects with the reason of `untilSignal` when that aborts between two tries. */
export async function deliverLetter(
  letter: DeadLetter,
  { signal, untilSignal }: LetterSignals,
  { backoff, clock, events, random, sink }: DeadLetteringOptions,
): Promise<void> {
  const { sequenceNumber, shardId, subSequenceNumber } = letter;
  const place = { shardId, sequenceNumber, subSequenceNumber };
  for (let tries = 1; ; tries += 1) {
    untilSignal.throwIfAborted();
    try {
      await sink(letter, signal);
      return;
    } catch (error) {
      untilSignal.throwIfAborted();
      const retryAfterMs = backoffMs(backoff, tries, random);
      events.emit("deadLetterFailed", { ...place, attempts: tries, retryAfterMs, error });
      await sleep(clock, retryAfterMs, untilSignal);
    }
  }
}
