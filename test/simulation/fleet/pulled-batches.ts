// An application that pulls its batches: works on each in a task of its own, and acknowledges them as these end, in any order.
import type { BatchOutcome, PulledBatch } from "@shardline/consumer";

interface Application {
  readonly handle: (batch: PulledBatch) => Promise<BatchOutcome | void>;
  /** Asked with each batch: whether the loop is left before anything is done with it. */
  readonly isToLeave: () => boolean;
}

/** Resolves when the loop has ended, or was left; rejects with what ended it. */
export async function pullBatches(
  batches: AsyncIterable<PulledBatch>,
  { handle, isToLeave }: Application,
): Promise<void> {
  for await (const batch of batches) {
    if (isToLeave()) break;
    void settle(batch, handle);
  }
}

async function settle(batch: PulledBatch, handle: Application["handle"]): Promise<void> {
  try {
    const outcome = await handle(batch);
    if (outcome === undefined) batch.ack();
    else batch.fail(outcome.error, outcome.failedAt);
  } catch (error) {
    batch.fail(error);
  }
}
