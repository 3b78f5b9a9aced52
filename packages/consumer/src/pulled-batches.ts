// The iteration of a consumer's batches: its first pull starts the worker, leaving it drains.
import { LinkedSignal } from "@shardline/core";
import type { PullDesk, PulledBatch } from "./handling/pull-desk.ts";

/** The reason with which a worker ends whose batches nobody pulls any more. */
const LEFT = new Error("the iteration was left");

/** Ends when `run` does, and throws what that rejects with. `signal` ends it in good order. */
export async function* pulledBatches(
  desk: PullDesk,
  run: (signal: AbortSignal) => Promise<void>,
  signal: AbortSignal | undefined,
): AsyncGenerator<PulledBatch, void, void> {
  using leaving = signal === undefined ? new LinkedSignal() : new LinkedSignal(signal);
  const running = run(leaving.signal).finally(() => desk.close());
  // It is awaited in the end, which may be long after it has failed.
  running.catch(() => undefined);
  try {
    for (;;) {
      const batch = await desk.pull();
      if (batch === undefined) break;
      yield batch;
    }
  } finally {
    desk.leave();
    leaving.abort(LEFT);
    await running;
  }
}
