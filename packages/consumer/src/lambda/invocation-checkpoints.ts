// Checkpoints in an invocation: where there is no lease to write them to, they say from where on records come again if the
// handler fails later, or the time is over. They have the bounds of any other checkpoint.
import { KinesisError, type Position, sentinelPosition } from "@shardline/core";
import { later, planCheckpoint } from "../checkpoint/checkpoint-plan.ts";

export class InvocationCheckpoints {
  readonly #shardId: string;
  readonly #signal: AbortSignal;
  #last = sentinelPosition("TRIM_HORIZON");
  #done = this.#last;
  #inHand: Position | undefined;

  /** After `signal` has aborted none is taken. */
  constructor(shardId: string, signal: AbortSignal) {
    this.#shardId = shardId;
    this.#signal = signal;
  }

  /** How far the application has asked for. */
  get last(): Position {
    return this.#last;
  }

  /** Up to where records come no more: they are done, or the application has said so. */
  get reached(): Position {
    return later(this.#done, this.#last);
  }

  /** The handler has records up to here in hand; `undefined` when it has settled. */
  takeInHand(upTo: Position | undefined): void {
    this.#inHand = upTo;
  }

  /** Everything up to here is done. */
  pass(upTo: Position): void {
    this.#done = upTo;
  }

  /** See `ShardContext.checkpoint`. */
  checkpoint(at?: Position): Promise<void> {
    return settledAlone(async () => {
      this.#signal.throwIfAborted();
      const largest = later(this.#last, this.#inHand ?? this.#done);
      const plan = planCheckpoint(at, { last: this.#last, largest, isAtEnd: false });
      if (plan.kind === "invalid") throw invalidCheckpoint(this.#shardId, at, plan.problem);
      this.#last = plan.position;
    });
  }

  /** Nothing of an invocation lasts that another could find. */
  prepareCheckpoint(at?: Position): Promise<never> {
    return settledAlone(() =>
      Promise.reject(
        invalidCheckpoint(this.#shardId, at, "a Lambda function has nowhere to announce one"),
      ),
    );
  }
}

/** Applications may leave it alone: a checkpoint that comes too late must not end their process. */
function settledAlone<T>(work: () => Promise<T>): Promise<T> {
  const settled = work();
  settled.catch(() => undefined);
  return settled;
}

function invalidCheckpoint(
  shardId: string,
  at: Position | undefined,
  problem: string,
): KinesisError {
  const { sequenceNumber = "TRIM_HORIZON", subSequenceNumber = 0 } = at ?? {};
  return new KinesisError("INVALID_CHECKPOINT", {
    message: `no checkpoint of ${shardId} at ${sequenceNumber}/${subSequenceNumber}: ${problem}`,
    isRetryable: false,
    details: { shardId, sequenceNumber, subSequenceNumber },
  });
}
