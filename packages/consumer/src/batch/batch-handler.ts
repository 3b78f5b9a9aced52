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

/**
 * Resolves when the handler has returned from the batch. Rejects with the reason of `untilSignal` when that
 * aborts between two tries; a try under way is always awaited.
 */
export async function handleBatch(
  batch: Batch,
  shard: ShardContext,
  untilSignal: AbortSignal,
  options: BatchRunnerOptions,
): Promise<void> {
  const { clock, events, handler } = options;
  for (let attempts = 1; ; attempts += 1) {
    untilSignal.throwIfAborted();
    const startedAtMs = clock.nowMs();
    try {
      await handler(batch, shard);
      events.emit("batchProcessed", {
        shardId: shard.shardId,
        records: batch.records.length,
        millisBehindLatest: batch.millisBehindLatest,
        durationMs: clock.nowMs() - startedAtMs,
      });
      return;
    } catch (error) {
      shard.signal.throwIfAborted();
      await waitForNextTry(
        { batch, shardId: shard.shardId, attempts, error },
        untilSignal,
        options,
      );
    }
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
