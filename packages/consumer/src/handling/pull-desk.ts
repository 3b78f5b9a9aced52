// Where shards that have something meet whoever pulls batches: a shard hands out a batch when somebody waits for one,
// and not before. It takes the place of a handler; a call of it returns when its batch is acknowledged.
//
//   a shard waits ---> somebody pulls: it is promised ---> the batch is handed out ---> ack, fail
//                                                   \---> the lease is lost meanwhile: another shard is promised
import type { Position } from "@shardline/core";
import type { Batch, BatchHandler, BatchOutcome, ShardContext } from "../batch/handler.ts";
import { WITHDRAWN } from "./handler-call.ts";

/** A batch that was pulled. The methods need no `this`, and only the first call of one counts. */
export interface PulledBatch extends Batch {
  readonly shard: ShardContext;
  /** The batch is done. Batches may be acknowledged in any order. */
  readonly ack: () => void;
  /**
   * The batch failed and meets `onFailure`: it comes again, perhaps in parts. What lies before `failedAt`, a record of it or
   * its position, is done.
   */
  readonly fail: (error: unknown, failedAt?: Position) => void;
}

/** A shard that waits for a pull. */
interface Waiting {
  readonly grant: () => void;
}

export class PullDesk {
  /** In the order in which they came. */
  readonly #waiting = new Set<Waiting>();
  #pull: ((batch: PulledBatch | undefined) => void) | undefined;
  /** Whether a shard was promised the pull that waits. */
  #isPromised = false;
  #isClosed = false;
  #withdrawLast: () => void = () => undefined;

  /** Hands out a batch to the pull that its shard was promised. */
  readonly handler: BatchHandler = (batch, shard) => {
    return new Promise<BatchOutcome | undefined>((resolve, reject) => {
      const withdraw = (): void => reject(WITHDRAWN);
      const pull = this.#pull;
      if (pull === undefined) return withdraw();
      this.#pull = undefined;
      this.#isPromised = false;
      this.#withdrawLast = withdraw;
      const ack = (): void => resolve(undefined);
      const fail = (error: unknown, failedAt?: Position): void => {
        if (failedAt === undefined) reject(error);
        else resolve({ failedAt, error });
      };
      pull(Object.freeze({ ...batch, shard, ack, fail }));
    });
  };

  /** Resolves with the next batch of any shard; `undefined` when there will be no more. One at a time. */
  pull(): Promise<PulledBatch | undefined> {
    return new Promise((resolve) => {
      if (this.#isClosed) return resolve(undefined);
      this.#pull = resolve;
      this.#promise();
    });
  }

  /** There will be no more batches. */
  close(): void {
    this.#isClosed = true;
    this.#pull?.(undefined);
    this.#pull = undefined;
  }

  /** Nobody pulls any more, nor has a use for the batch that was handed out last: unless it is settled it is not done. */
  leave(): void {
    this.#pull = undefined;
    this.#withdrawLast();
  }

  /** Resolves when a pull is promised; rejects with the signal's reason when it aborts. */
  untilPromised(signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const onAbort = (): void => {
        this.#waiting.delete(waiting);
        reject(signal.reason);
      };
      const waiting: Waiting = {
        grant: () => {
          signal.removeEventListener("abort", onAbort);
          resolve();
        },
      };
      if (signal.aborted) return onAbort();
      signal.addEventListener("abort", onAbort, { once: true });
      this.#waiting.add(waiting);
      this.#promise();
    });
  }

  /** The promise is of no use to the shard that has it. */
  giveBack(): void {
    this.#isPromised = false;
    this.#promise();
  }

  #promise(): void {
    const [first] = this.#waiting;
    if (first === undefined || this.#pull === undefined || this.#isPromised) return;
    this.#waiting.delete(first);
    this.#isPromised = true;
    first.grant();
  }
}
