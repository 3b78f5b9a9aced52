// Carries the tracker's position to the lease, and gives the lease up in good order. While the shard is read the
// position travels with the renewals; at the end it is written at once, and the write is repeated until it
// succeeds or the lease is lost. A lost lease is an outcome, not an error.
import { type BackoffPlan, backoffMs, type Clock, type Random, sleep } from "@shardline/core";
import type { HeldLease } from "../lease/held-lease.ts";
import { type CheckpointTracker, type Delivery } from "./checkpoint-tracker.ts";

const BACKOFF: BackoffPlan = { baseMs: 100, maxMs: 2000 };

export interface CheckpointerOptions {
  readonly held: HeldLease;
  readonly tracker: CheckpointTracker;
  readonly clock: Clock;
  readonly random: Random;
  /** Aborts when nobody waits for the writes any more. */
  readonly signal: AbortSignal;
}

export class Checkpointer {
  readonly #options: CheckpointerOptions;

  constructor(options: CheckpointerOptions) {
    this.#options = options;
  }

  /** What was handed out is done. */
  complete(delivery: Delivery): void {
    const { held, tracker } = this.#options;
    tracker.complete(delivery);
    held.reach(tracker.safe);
  }

  /** Gives the lease up. Resolves when that is done, the lease is lost, or nobody waits any more. */
  release(): Promise<void> {
    return this.#untilDone(() => this.#options.held.release());
  }

  /** Marks the shard as handled to its end and gives the lease up. Resolves as `release` does. */
  end(childShardIds: readonly string[]): Promise<void> {
    return this.#untilDone(() => this.#options.held.end(childShardIds));
  }

  async #untilDone(write: () => Promise<void>): Promise<void> {
    const { clock, held, random, signal } = this.#options;
    for (let failures = 1; held.isValid() && !signal.aborted; failures += 1) {
      try {
        return await write();
      } catch {
        // The table failed; how often is told by the renewals that fail with it.
        const pause = sleep(clock, backoffMs(BACKOFF, failures, random), signal);
        await pause.catch(() => undefined);
      }
    }
  }
}
