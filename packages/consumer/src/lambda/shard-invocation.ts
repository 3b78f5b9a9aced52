// The records of one shard in one invocation: cut into batches and handed out, as a worker does it, until all are done, one
// cannot be handled, or the time is over.
import {
  comparePositions,
  type Events,
  invariant,
  KinesisError,
  LinkedSignal,
  type Position,
  untilAborted,
} from "@shardline/core";
import { buildBatches, type BuiltBatch } from "../batch/batch-builder.ts";
import type { BatchHandler, ConsumedRecord, ShardContext } from "../batch/handler.ts";
import { HashRangeFilter } from "../batch/hash-range-filter.ts";
import { type BatchTenure, ShardBatchHandler } from "../handling/batch-handler.ts";
import { HandlingTally } from "../handling/handling-tally.ts";
import { InvocationCheckpoints } from "./invocation-checkpoints.ts";
import type { InvocationDeadline } from "./invocation-deadline.ts";
import type { LambdaEvents } from "./lambda-events.ts";
import type { LambdaSettings } from "./lambda-options.ts";
import type { ShardRecords } from "./shard-records.ts";

/** What all shards of all invocations share. */
export interface ShardInvocationOptions {
  readonly handler: BatchHandler;
  readonly settings: LambdaSettings;
  readonly events: Events<LambdaEvents>;
}

/** From where on records of a shard are not done. */
export type NotDone = LambdaEvents["recordsNotDone"];

/** The range of the shard is not in the event, so every record belongs. */
const ANYWHERE = new HashRangeFilter(undefined);
/** Nothing is fenced by a lease: an invocation that Lambda gave up may still run while the next one does. */
const NO_LEASE = 0;
/** The reason with which a shard ends at a record that cannot be handled. */
const HALTED = Symbol("halted");

export class ShardInvocation {
  readonly #shard: ShardRecords;
  readonly #deadline: InvocationDeadline;
  readonly #options: ShardInvocationOptions;
  /** Aborts when no further try is wanted. */
  readonly #trying: LinkedSignal;
  /** Aborts when what the handler does is not counted. */
  readonly #handling: LinkedSignal;
  readonly #checkpoints: InvocationCheckpoints;
  readonly #handler: ShardBatchHandler;
  #lastError: unknown;

  constructor(shard: ShardRecords, deadline: InvocationDeadline, options: ShardInvocationOptions) {
    this.#shard = shard;
    this.#deadline = deadline;
    this.#options = options;
    this.#trying = new LinkedSignal(deadline.ending);
    this.#handling = new LinkedSignal(deadline.ending);
    this.#checkpoints = new InvocationCheckpoints(shard.shardId, this.#handling.signal);
    const { events, handler, settings } = options;
    const { clock, onFailure, random } = settings;
    this.#handler = new ShardBatchHandler(this.#context(), this.#tenure(), {
      handler,
      clock,
      random,
      events,
      policy: onFailure,
      deadLetter: onFailure.deadLetter,
      tally: new HandlingTally(),
    });
  }

  /** Resolves when its records are done, or with what is not; never rejects for what the user's handler does. */
  async run(): Promise<NotDone | undefined> {
    const { events } = this.#options;
    using _ = events.on("batchFailed", ({ error, shardId }) => {
      if (shardId === this.#shard.shardId) this.#lastError = error;
    });
    try {
      for (const built of this.#batches()) {
        const failure = await this.#handle(built);
        if (failure === undefined) continue;
        events.emit("recordsNotDone", failure);
        return failure;
      }
      return undefined;
    } finally {
      this.#handling.abort(invocationAnswered(this.#shard.shardId));
      this.#trying[Symbol.dispose]();
    }
  }

  #batches(): Iterable<BuiltBatch> {
    const { records } = this.#shard;
    const { batch, clock } = this.#options.settings;
    const newestMs = records.at(-1)?.arrivedAtMs ?? clock.wallTimeMs();
    const millisBehindLatest = Math.max(0, clock.wallTimeMs() - newestMs);
    const rules = { limits: batch, filter: ANYWHERE, outOfRange: "deliver" } as const;
    return buildBatches({ millisBehindLatest, records }, undefined, rules);
  }

  async #handle(built: BuiltBatch): Promise<NotDone | undefined> {
    const { shardId, stream } = this.#shard;
    const { ending, over } = this.#deadline;
    const { events } = this.#options;
    if (built.isMalformed) events.emit("aggregatesMalformed", { shardId, records: 1 });
    try {
      await untilAborted(this.#handler.handle(built), over);
      return undefined;
    } catch (reason) {
      const isHalted = reason === HALTED;
      if (!isHalted && reason !== ending.reason && reason !== over.reason) throw reason;
      const { sequenceNumber } = this.#firstNotDone(built);
      const error = this.#lastError ?? reason;
      return { stream, shardId, sequenceNumber, why: isHalted ? "halted" : "out-of-time", error };
    }
  }

  /** At least the last one: that its batch is not done is why it is asked for. */
  #firstNotDone({ batch: { records } }: BuiltBatch): ConsumedRecord {
    const { reached } = this.#checkpoints;
    const first = records.find((record) => comparePositions(record, reached) > 0) ?? records.at(-1);
    invariant(first !== undefined, "where nothing is filtered a batch has a record");
    return first;
  }

  #context(): ShardContext {
    const { shardId, stream } = this.#shard;
    return Object.freeze({
      stream,
      shardId,
      leaseEpoch: NO_LEASE,
      signal: this.#handling.signal,
      checkpoint: (at?: Position) => this.#checkpoints.checkpoint(at),
      prepareCheckpoint: (at?: Position) => this.#checkpoints.prepareCheckpoint(at),
    });
  }

  #tenure(): BatchTenure {
    return {
      untilSignal: this.#trying.signal,
      untilTurn: () => Promise.resolve(),
      check: () => this.#handling.signal.throwIfAborted(),
      checkpointed: () => this.#checkpoints.last,
      onInHand: (upTo) => this.#checkpoints.takeInHand(upTo),
      // The handler of batches would rest there; Lambda does that with the rest of the shard.
      onHalted: (at) => at !== undefined && this.#trying.abort(HALTED),
      onDone: (upTo) => {
        this.#checkpoints.pass(upTo);
        this.#lastError = undefined;
      },
    };
  }
}

function invocationAnswered(shardId: string): KinesisError {
  return new KinesisError("INVOCATION_OVER", {
    message: `the invocation with these records of ${shardId} is answered; nothing that is done now counts`,
    isRetryable: false,
    details: {},
  });
}
