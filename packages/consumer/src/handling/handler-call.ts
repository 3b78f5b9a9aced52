// One try: calls the user's handler with a batch and says what came of it. A handler that takes too long has its signal
// aborted, and the try has failed whatever it returns then; but it is waited for all the same, because the next try must
// not overlap it: records would be handled twice at the same time, and pass each other. A handler that never returns
// therefore holds its shard until the worker drains or the lease is lost.
import { type Clock, KinesisError, LinkedSignal, type Position } from "@shardline/core";
import type { Batch, BatchHandler, ShardContext } from "../batch/handler.ts";

/** A handler of ours rejects with it when nobody has a use for the batch any more: it is neither done nor has it failed. */
export const WITHDRAWN: unique symbol = Symbol("withdrawn");

/** What came of a try. */
export type TryOutcome =
  | { readonly kind: "done" }
  | { readonly kind: "withdrawn" }
  /** `done`: so many records, from the first on, are done; the next one is at fault if that is known. */
  | {
      readonly kind: "failed";
      readonly done: number;
      readonly isFirstAtFault: boolean;
      readonly error: unknown;
    };

export interface HandlerCallOptions {
  readonly handler: BatchHandler;
  readonly timeoutMs: number | undefined;
  readonly clock: Clock;
  /** Hears of a handler that has taken too long and goes on. */
  readonly onTimedOut: () => void;
}

/** Resolves when the handler has settled. */
export function callHandler(
  batch: Batch,
  shard: ShardContext,
  options: HandlerCallOptions,
): Promise<TryOutcome> {
  const { handler, timeoutMs } = options;
  if (timeoutMs === undefined) return outcomeOf(handler, batch, shard);
  return callWithin(timeoutMs, batch, shard, options);
}

async function callWithin(
  timeoutMs: number,
  batch: Batch,
  shard: ShardContext,
  { clock, handler, onTimedOut }: HandlerCallOptions,
): Promise<TryOutcome> {
  using limited = new LinkedSignal(shard.signal);
  const timedOut = handlerTimedOut(shard.shardId, timeoutMs);
  let isLate = false;
  using _ = clock.startTimer(timeoutMs, () => {
    isLate = true;
    limited.abort(timedOut);
    onTimedOut();
  });
  const context = Object.freeze({ ...shard, signal: limited.signal });
  const outcome = await outcomeOf(handler, batch, context);
  return isLate && outcome.kind !== "withdrawn" ? failed(timedOut) : outcome;
}

/** Whether it throws at once or later, or says itself where it failed. */
async function outcomeOf(
  handler: BatchHandler,
  batch: Batch,
  shard: ShardContext,
): Promise<TryOutcome> {
  try {
    const result: unknown = await handler(batch, shard);
    // Whatever else a function in plain JavaScript returns by the way means nothing.
    if (typeof result !== "object" || result === null || !("failedAt" in result)) return DONE;
    return failedAt(result, batch, shard.shardId);
  } catch (error) {
    return error === WITHDRAWN ? { kind: "withdrawn" } : failed(error);
  }
}

const DONE: TryOutcome = Object.freeze({ kind: "done" });

function failed(error: unknown): TryOutcome {
  return { kind: "failed", done: 0, isFirstAtFault: false, error };
}

/**
 * A place that is none of the batch's records fails the whole batch: to take what lies before it for done, or the next
 * record for the one at fault, might be to skip something.
 */
function failedAt(
  outcome: { readonly failedAt: unknown; readonly error?: unknown },
  { records }: Batch,
  shardId: string,
): TryOutcome {
  const done = records.findIndex((record) => isAt(record, outcome.failedAt));
  if (done < 0) return failed(invalidOutcome(shardId, outcome.error));
  const error = outcome.error ?? new Error("the handler named this record in failedAt");
  return { kind: "failed", done, isFirstAtFault: true, error };
}

/** Without an index the first record that has the sequence number is meant. */
function isAt(record: Position, place: unknown): boolean {
  if (typeof place !== "object" || place === null) return false;
  const { sequenceNumber, subSequenceNumber = record.subSequenceNumber } =
    place as Partial<Position>;
  return sequenceNumber === record.sequenceNumber && subSequenceNumber === record.subSequenceNumber;
}

function handlerTimedOut(shardId: string, timeoutMs: number): KinesisError {
  return new KinesisError("HANDLER_TIMED_OUT", {
    message: `the handler of ${shardId} has not returned within ${timeoutMs} ms; end its work when its signal aborts, or raise onFailure.timeoutMs`,
    isRetryable: true,
    details: { shardId, timeoutMs },
  });
}

function invalidOutcome(shardId: string, cause: unknown): KinesisError {
  return new KinesisError("INVALID_OUTCOME", {
    message: `the handler of ${shardId} returned a failedAt that is none of the records of its batch; return one of them`,
    isRetryable: false,
    details: { shardId },
    ...(cause === undefined ? {} : { cause }),
  });
}
