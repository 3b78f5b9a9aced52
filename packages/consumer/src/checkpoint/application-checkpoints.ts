// The checkpoints that an application asks for, in both modes. With automatic checkpoints they are ahead of those; with
// manual ones nothing else is written, but for what lies behind the last of them and was never the application's:
// records that were filtered out or given up.
import {
  apiFailureOf,
  comparePositions,
  isSentinel,
  KinesisError,
  type Position,
  SHARD_END,
} from "@shardline/core";
import type { HeldLease } from "../lease/held-lease.ts";
import { isSamePending } from "../lease/lease-move.ts";
import { later, planCheckpoint } from "./checkpoint-plan.ts";
import { type RepeatedWriteOptions, repeatWrite } from "./repeated-write.ts";

/** How checkpoints come about: by themselves, or only when the application asks. */
export type CheckpointMode = "auto" | "manual";

/** A checkpoint that may be made later. */
interface Prepared {
  readonly position: Position;
  readonly checkpoint: () => Promise<void>;
}

export class ApplicationCheckpoints {
  readonly #mode: CheckpointMode;
  readonly #options: RepeatedWriteOptions;
  readonly #confirmed = new AbortController();
  /** The last that was asked for, perhaps not written yet. */
  #last: Position;
  /** Everything up to here is done. */
  #done: Position;
  #inHand: Position | undefined;
  /** The handler returned from everything up to here: what a manual checkpoint has to reach. */
  #handled: Position;
  /** Whether every record of a closed shard is done. */
  #isAtEnd = false;
  /** Writes go one after the other. */
  #lastWrite: Promise<unknown> = Promise.resolve();

  constructor(mode: CheckpointMode, options: RepeatedWriteOptions) {
    const { checkpoint } = options.held.lease;
    this.#mode = mode;
    this.#options = options;
    this.#last = checkpoint;
    this.#done = checkpoint;
    this.#handled = checkpoint;
  }

  /** How far the application has asked for, or where the shard was begun. */
  get last(): Position {
    return this.#last;
  }

  /** Aborts when the application agrees that the shard is done. */
  get endConfirmed(): AbortSignal {
    return this.#confirmed.signal;
  }

  /**
   * The handler has records up to here in hand, and may checkpoint them; `undefined` when it has settled: then what is not
   * done may not be checkpointed any more.
   */
  takeInHand(upTo: Position | undefined): void {
    this.#inHand = upTo;
  }

  /** The handler has returned from records up to here. */
  handled(upTo: Position): void {
    this.#handled = upTo;
  }

  /** Everything up to here is done, filtered records and those that were given up included. */
  pass(upTo: Position): void {
    this.#done = upTo;
    if (this.#mode === "auto") return;
    if (!this.#owesNothing()) return;
    this.#last = later(this.#last, upTo);
    this.#options.held.reach(this.#last);
  }

  /** Every record of a closed shard is done. With nothing left to checkpoint that is agreed to. */
  reachEnd(): void {
    this.#isAtEnd = true;
    if (this.#mode === "auto") this.#confirmed.abort();
    else this.#confirmEnd();
  }

  /** Resolves when everything asked for so far is written, or will not be. */
  async settled(): Promise<void> {
    await this.#lastWrite;
  }

  /** See `ShardContext.checkpoint`. */
  checkpoint(at?: Position): Promise<void> {
    return unwatched(this.#checkpoint(at));
  }

  /** See `ShardContext.prepareCheckpoint`. */
  prepareCheckpoint(at?: Position, state?: Uint8Array): Promise<Prepared> {
    return unwatched(this.#prepare(at, state?.slice()));
  }

  async #checkpoint(at: Position | undefined): Promise<void> {
    const position = this.#plan(at);
    this.#last = later(this.#last, position);
    this.#confirmEnd();
    await this.#write(position);
  }

  async #prepare(at: Position | undefined, state: Uint8Array | undefined): Promise<Prepared> {
    const reached = this.#plan(at);
    const isEnd = this.#isAtEnd && comparePositions(reached, this.#handled) >= 0;
    const position = isEnd ? SHARD_END : reached;
    const pending = { position, ...(state === undefined ? {} : { state }) };
    const { held } = this.#options;
    await this.#inTurn(
      () => held.prepare(pending),
      () => this.#stands(position) || isSamePending(pending, held.lease.pendingCheckpoint),
    );
    // One that the application has gone past meanwhile is made already.
    return { position, checkpoint: () => this.checkpoint(later(position, this.#last)) };
  }

  /** What is asked for, if it may be had. */
  #plan(at: Position | undefined): Position {
    const { held } = this.#options;
    const { shardId } = held.lease;
    if (!held.isValid()) throw notHeld(held);
    const last = this.#last;
    const largest = later(last, this.#inHand ?? this.#done);
    const range = { last, largest, isAtEnd: this.#isAtEnd };
    const plan = planCheckpoint(at, range);
    if (plan.kind === "checkpoint") return plan.position;
    const { sequenceNumber, subSequenceNumber } = at ?? last;
    throw new KinesisError("INVALID_CHECKPOINT", {
      message: `no checkpoint of ${shardId} at ${sequenceNumber}/${subSequenceNumber}: ${plan.problem}; last is ${last.sequenceNumber}/${last.subSequenceNumber}`,
      isRetryable: false,
      details: { shardId, sequenceNumber, subSequenceNumber },
    });
  }

  /** The newest of those that wait is written, and the others then stand there already. */
  #write(position: Position): Promise<void> {
    if (isSentinel(position)) return Promise.resolve();
    return this.#inTurn(
      () => this.#options.held.checkpoint(this.#last),
      () => this.#stands(position),
    );
  }

  #inTurn(write: () => Promise<void>, isThere: () => boolean): Promise<void> {
    const turn = this.#lastWrite.then(() => this.#writeNow(write, isThere));
    this.#lastWrite = turn.catch(() => undefined);
    return turn;
  }

  async #writeNow(write: () => Promise<void>, isThere: () => boolean): Promise<void> {
    let refusal: KinesisError | undefined;
    const attempt = async (): Promise<void> => {
      try {
        await write();
      } catch (error) {
        if (apiFailureOf(error)?.kind !== "rejected") throw error;
        refusal = error as KinesisError;
      }
    };
    await repeatWrite(attempt, () => refusal !== undefined || isThere(), this.#options);
    // For instance a state that is larger than an item may be: no repetition would mend that.
    if (refusal !== undefined) throw refusal;
    if (!isThere()) throw notHeld(this.#options.held);
  }

  #stands(position: Position): boolean {
    return comparePositions(this.#options.held.lease.checkpoint, position) >= 0;
  }

  /**
   * The last record's checkpoint is the end's. Asked of what was agreed to and not of whether there is something to
   * write: that record's position may stand there already.
   */
  #confirmEnd(): void {
    if (this.#isAtEnd && this.#owesNothing()) this.#confirmed.abort();
  }

  /** Whether the application has checkpointed everything that it handled. */
  #owesNothing(): boolean {
    return comparePositions(this.#last, this.#handled) >= 0;
  }
}

/** Applications may leave it alone: a lost lease must not end their process. */
function unwatched<T>(work: Promise<T>): Promise<T> {
  work.catch(() => undefined);
  return work;
}

function notHeld(held: HeldLease): unknown {
  if (held.signal.aborted) return held.signal.reason;
  const { shardId } = held.lease;
  return new KinesisError("LEASE_LOST", {
    message: `lease of ${shardId} was given up; its records will be delivered elsewhere from the last checkpoint on`,
    isRetryable: false,
    details: { shardId },
  });
}
