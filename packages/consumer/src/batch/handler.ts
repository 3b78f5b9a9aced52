// What a handler of batches gets. Free of worker types, so that code that is handed records by other means can share it.
import type { Position } from "@shardline/core";

/** A user record, as it was put; also a position, that of itself. */
export interface ConsumedRecord extends Position {
  /** Absent only on service-managed streams. */
  readonly partitionKey?: string;
  /** Decimal; only if the record travelled in an aggregate and was put with one. */
  readonly explicitHashKey?: string;
  /**
   * A view of the fetched bytes, up to 10 MB that all records of a fetch share: copy it if you keep it for long, or want to
   * write into it. What you write is there when the record is tried again, and in its dead letter.
   */
  readonly data: Uint8Array;
  /** Decimal. Records of one aggregate share it. */
  readonly sequenceNumber: string;
  /** Index inside the aggregate; 0 for a plain record. */
  readonly subSequenceNumber: number;
  /** When Kinesis took the record, in epoch milliseconds. */
  readonly arrivedAtMs: number;
  /** True for a record whose hash key does not belong to the shard it was read from; see `outOfRange`. */
  readonly isOutOfRange: boolean;
}

/** Records of one shard, in the order of the shard. */
export interface Batch {
  /** At least one. */
  readonly records: readonly ConsumedRecord[];
  /** How far the fetch that brought them was behind the tip of the shard, in ms. */
  readonly millisBehindLatest: number;
}

/** A checkpoint that was announced and not made yet. */
export interface PreparedCheckpoint {
  readonly position: Position;
  /** Makes it; resolves and rejects as `ShardContext.checkpoint` does. */
  readonly checkpoint: () => Promise<void>;
}

/** Where a batch comes from, and the way to say how far its shard is done. The methods need no `this`. */
export interface ShardContext {
  readonly stream: string;
  readonly shardId: string;
  /** Grows each time the shard's lease changes hands: a fencing token for writes to other systems. */
  readonly leaseEpoch: number;
  /**
   * Aborts when the lease is lost, the time to drain is over, or the handler has taken too long: what it does then is
   * not counted.
   */
  readonly signal: AbortSignal;
  /**
   * Writes down that everything up to a record or position is done, at once: it is not delivered again after a crash,
   * nor when the handler fails later in the same batch.
   * Without one: everything handed out so far, the batch in hand included. Where `ordering` is not "shard", everything up to
   * the first record from which no handler has returned: what one handler has in hand says nothing of what others have. Of
   * several calls that wait for the lease table only the newest is written. Resolves when it is written, or stands there
   * already; repeats what the table fails until then.
   *
   * May be called at any time, also after the handler has returned. In an aggregate it stops at the very record. At the
   * end of the shard, which `onShardEnded` tells, the last position stands for the end itself.
   * @throws KinesisError LEASE_LOST; INVALID_CHECKPOINT for what lies behind the last checkpoint, was not handed out
   * yet, or has something before it that is not done
   */
  readonly checkpoint: (at?: Position) => Promise<void>;
  /**
   * Announces a checkpoint, with bytes of the application's own, and leaves the one that stands: whoever continues gets
   * both from `onShardStarted` and decides. The checkpoint that reaches it takes it away. Defaults and errors as for
   * `checkpoint`. Large bytes make every renewal of the lease dearer: keep them under a kilobyte.
   */
  readonly prepareCheckpoint: (at?: Position, state?: Uint8Array) => Promise<PreparedCheckpoint>;
}

/** That a batch was done in part: what lies before `failedAt` is, the record there and those behind it come again. */
export interface BatchOutcome {
  /** The record of the batch that failed, or its position; any other place fails the whole batch. */
  readonly failedAt: Position;
  /** Why, for events and dead letters. */
  readonly error?: unknown;
}

type Outcome = BatchOutcome | void;

/**
 * Handles a batch. When it returns, the batch is done; when it throws, what it has not checkpointed comes again, perhaps
 * in halves; when it returns a `BatchOutcome`, the part before `failedAt` is done.
 */
export type BatchHandler = (batch: Batch, shard: ShardContext) => Promise<Outcome> | Outcome;
