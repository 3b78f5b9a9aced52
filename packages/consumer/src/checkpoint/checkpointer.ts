// Carries what is done to the lease, and gives the lease up in good order. While the shard is read, automatic checkpoints
// travel with the renewals; at the end the position is written at once, and the write is repeated until it succeeds or
// the lease is lost. A lost lease is an outcome, not an error.
import type { Position } from "@shardline/core";
import { ApplicationCheckpoints, type CheckpointMode } from "./application-checkpoints.ts";
import { CheckpointTracker, type Delivery, type DeliveryOrigin } from "./checkpoint-tracker.ts";
import { type RepeatedWriteOptions, repeatWrite } from "./repeated-write.ts";

export interface CheckpointerOptions extends RepeatedWriteOptions {
  readonly mode: CheckpointMode;
}

export class Checkpointer {
  /** What the application asks for. */
  readonly asked: ApplicationCheckpoints;
  readonly #options: CheckpointerOptions;
  readonly #tracker: CheckpointTracker;

  constructor(options: CheckpointerOptions) {
    this.#options = options;
    this.#tracker = new CheckpointTracker(options.held.lease.checkpoint);
    this.asked = new ApplicationCheckpoints(options.mode, options);
  }

  /** Everything up to here is done. */
  get safe(): Position {
    return this.#tracker.safe;
  }

  /** Whether everything handed out is done. */
  get isSettled(): boolean {
    return this.#tracker.isSettled;
  }

  /** How many were handed out from the first that is not done, those done behind it included. */
  get pending(): number {
    return this.#tracker.pending;
  }

  /** The first that is not done. */
  get oldest(): Delivery | undefined {
    return this.#tracker.oldest;
  }

  /** Records up to a position are to be handled; positions must rise from call to call. */
  handOut(upTo: Position, origin?: DeliveryOrigin): Delivery {
    return this.#tracker.handOut(upTo, origin);
  }

  /** What was handed out is done, or the part of it up to a position. */
  complete(delivery: Delivery, upTo: Position = delivery.upTo): void {
    const { held, mode } = this.#options;
    const before = this.#tracker.safe;
    this.#tracker.complete(delivery, upTo);
    if (this.#tracker.safe === before) return;
    this.asked.pass(this.#tracker.safe);
    if (mode === "auto") held.reach(this.#tracker.safe);
  }

  /** Gives the lease up. Resolves when that is done, the lease is lost, or nobody waits any more. */
  release(): Promise<void> {
    return this.#giveUp(() => this.#options.held.release());
  }

  /** Marks the shard as handled to its end and gives the lease up. Resolves as `release` does. */
  end(childShardIds: readonly string[]): Promise<void> {
    return this.#giveUp(() => this.#options.held.end(childShardIds));
  }

  async #giveUp(write: () => Promise<void>): Promise<void> {
    await this.asked.settled();
    await repeatWrite(write, () => !this.#options.held.isValid(), this.#options);
  }
}
