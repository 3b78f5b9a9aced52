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
  /** What is written for sure, and what lies behind it and was never the application's. */
  #agreed: Position;
  /** Asked for, and neither written nor refused yet. */
  readonly #waiting = new Set<{ readonly position: Position }>();
  /** Everything up to here is done. */
  #done: Position;
  #inHand: Position | undefined;
  /** No handler returned from anything behind it: what a manual checkpoint has to reach. */
  #handled: Position;
  /** Whether every record of a closed shard is done. */
  #isAtEnd = false;
  /** Writes go one after the other. */
  #lastWrite: Promise<unknown> = Promise.resolve();

  constructor(mode: CheckpointMode, options: RepeatedWriteOptions) {
    const { checkpoint } = options.held.lease;
    this.#mode = mode;
    this.#options = options;
    this.#agreed = checkpoint;
    this.#done = checkpoint;
    this.#handled = checkpoint;
  }

  /** How far the application has asked for, or where the shard was begun. */
  get last(): Position {
    let last = this.#agreed;
    for (const { position } of this.#waiting) last = later(last, position);
    return last;
  }

  /** Aborts when the application agrees that the shard is done. */
  get endConfirmed(): AbortSignal {
    return this.#confirmed.signal;
  }

  /**
   * The one handler has records up to here in hand, and may checkpoint them; `undefined` when it has settled: then what is
   * not done may not be checkpointed any more. Not called where handlers run side by side: what one of them vouches for
   * says nothing of what the others have.
   */
  takeInHand(upTo: Position | undefined): void {
    this.#inHand = upTo;
  }

  /** A handler has returned from a record here, and where there is one handler, from all before it. */
  handled(upTo: Position): void {
    this.#handled = later(this.#handled, upTo);
  }

  /** Everything up to here is done, filtered records and those that were given up included. */
  pass(upTo: Position): void {
    this.#done = upTo;
    this.#goPast();
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
    const asked = { position: this.#plan(at) };
    this.#waiting.add(asked);
    try {
      await this.#write(asked.position);
    } finally {
      this.#waiting.delete(asked);
    }
  }

  async #prepare(at: Position | undefined, state: Uint8Array | undefined): Promise<Prepared> {
    const reached = this.#plan(at);
    const isEnd = this.#isAtEnd && comparePositions(reached, this.#handled) >= 0;
    const position = isEnd ? SHARD_END : reached;
    const pending = { position, ...(state === undefined ? {} : { state }) };
    const { held } = this.#options;
    const isThere = (): boolean =>
      this.#stands(position) || isSamePending(pending, held.lease.pendingCheckpoint);
    await this.#inTurn(() => this.#writeNow(() => held.prepare(pending), isThere));
    // One that the application has gone past meanwhile is made already.
    return { position, checkpoint: () => this.checkpoint(later(position, this.last)) };
  }

  /** What is asked for, if it may be had. */
  #plan(at: Position | undefined): Position {
    const { held } = this.#options;
    const { shardId } = held.lease;
    if (!held.isValid()) throw notHeld(held);
    const { last } = this;
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
  async #write(position: Position): Promise<void> {
    if (isSentinel(position)) {
      this.#confirmEnd();
      return;
    }
    await this.#inTurn(async () => {
      const write = () => this.#options.held.checkpoint(this.last);
      await this.#writeNow(write, () => this.#stands(position));
      this.#agreed = later(this.#agreed, position);
      this.#goPast();
      this.#confirmEnd();
    });
  }

  /** Renewals write what they are told to reach: nothing that may still be refused. */
  #goPast(): void {
    if (this.#mode === "auto" || comparePositions(this.#agreed, this.#handled) < 0) return;
    this.#agreed = later(this.#agreed, this.#done);
    this.#options.held.reach(this.#agreed);
  }

  #inTurn(write: () => Promise<void>): Promise<void> {
    const turn = this.#lastWrite.then(write);
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
   * The last record's checkpoint is the end's, once it is made: the end must not be written over one that was refused.
   * Asked of what was agreed to and not of whether there is something to write: that record's position may stand there
   * already.
   */
  #confirmEnd(): void {
    const owesNothing = comparePositions(this.#agreed, this.#handled) >= 0;
    if (this.#isAtEnd && owesNothing) this.#confirmed.abort();
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
