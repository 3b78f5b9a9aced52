// Calls the user's handler, times it, and repeats it until it returns: one batch at a time.
import { type Clock, type EventSink, type Random, sleep } from "@shardline/core";
import type { BatchEvents } from "./batch-events.ts";
import { type FailurePolicy, planFailure } from "./failure-plan.ts";
import type { Batch, BatchHandler, ConsumedRecord, ShardContext } from "./handler.ts";

export interface BatchRunnerOptions {
  readonly handler: BatchHandler;
  readonly policy: FailurePolicy;
  readonly clock: Clock;
  readonly random: Random;
  readonly events: EventSink<BatchEvents>;
}

/** For how long a batch may be handed out. */
export interface BatchTenure {
  /** Aborts when no further try is wanted. */
  readonly untilSignal: AbortSignal;
  /**
   * Throws when the batch is not ours any more. Asked before a try, because a process may have been paused since the
   * last one, and after it, because what is done without the lease does not count.
   */
  readonly check: () => void;
}

/**
 * Resolves when the handler has returned from the batch. Rejects with the reason of `untilSignal` when that
 * aborts between two tries, and with what `check` throws; a try under way is always awaited.
 */
export async function handleBatch(
  batch: Batch,
  shard: ShardContext,
  tenure: BatchTenure,
  options: BatchRunnerOptions,
): Promise<void> {
  const { shardId } = shard;
  for (let attempts = 1; ; attempts += 1) {
    tenure.untilSignal.throwIfAborted();
    tenure.check();
    const startedAtMs = options.clock.nowMs();
    const failure = await failureOf(options.handler, batch, shard);
    tenure.check();
    if (failure === undefined) {
      options.events.emit("batchProcessed", {
        shardId,
        records: batch.records.length,
        millisBehindLatest: batch.millisBehindLatest,
        durationMs: options.clock.nowMs() - startedAtMs,
      });
      return;
    }
    const failed = { batch, shardId, attempts, error: failure.error };
    await waitForNextTry(failed, tenure.untilSignal, options);
  }
}

/** What the handler threw, at once or later; `undefined` if it returned. */
async function failureOf(
  handler: BatchHandler,
  batch: Batch,
  shard: ShardContext,
): Promise<{ readonly error: unknown } | undefined> {
  try {
    await handler(batch, shard);
    return undefined;
  } catch (error) {
    return { error };
  }
}

interface FailedTry {
  readonly batch: Batch;
  readonly shardId: string;
  readonly attempts: number;
  readonly error: unknown;
}

async function waitForNextTry(
  { attempts, batch, error, shardId }: FailedTry,
  untilSignal: AbortSignal,
  { clock, events, policy, random }: BatchRunnerOptions,
): Promise<void> {
  const { afterMs: retryAfterMs, kind } = planFailure(attempts, policy, random);
  const records = batch.records.length;
  events.emit("batchFailed", { shardId, records, attempts, retryAfterMs, error });
  if (kind === "halt") {
    const { sequenceNumber, subSequenceNumber } = batch.records[0] as ConsumedRecord;
    const place = { shardId, sequenceNumber, subSequenceNumber };
    events.emit("shardHalted", { ...place, attempts, retryAfterMs, error });
  }
  await sleep(clock, retryAfterMs, untilSignal);
}
