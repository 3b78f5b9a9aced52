// A record processor as people know it from aws-kcl, whose interface is that of the KCL's ShardRecordProcessor in JSON. Each
// method may call back when it is done, as there, or return a promise.
import type { ProcessorCheckpointer } from "./processor-checkpointer.ts";

/** To be called when a method is done. An error fails it, where aws-kcl looks at none. */
export type CompleteCallback = (error?: unknown) => void;

/** A user record, taken out of its aggregate. */
export interface ProcessorRecord {
  /** In base64. */
  readonly data: string;
  /** Empty only on service-managed streams. */
  readonly partitionKey: string;
  /** Decimal. Records of one aggregate share it. */
  readonly sequenceNumber: string;
  /** Index inside the aggregate; 0 for a plain record. */
  readonly subSequenceNumber: number;
  /** When Kinesis took the record, in epoch milliseconds. */
  readonly approximateArrivalTimestamp: number;
}

/** Where a shard begins: behind this place, a record's or a sentinel such as TRIM_HORIZON. */
export interface InitializeInput {
  readonly shardId: string;
  readonly sequenceNumber: string;
  readonly subSequenceNumber: number;
}

export interface ProcessRecordsInput {
  readonly records: ProcessorRecord[];
  readonly checkpointer: ProcessorCheckpointer;
  /** How far the fetch that brought them was behind the tip of the shard, in ms. */
  readonly millisBehindLatest: number;
  /** Aborts when the lease is lost, the time to drain is over, or `onFailure.timeoutMs` is. aws-kcl has no such thing. */
  readonly signal: AbortSignal;
}

/** What shardEnded and shutdownRequested get. */
export interface CheckpointInput {
  readonly checkpointer: ProcessorCheckpointer;
}

/**
 * Processes the records of one shard for as long as this worker has its lease. A method that takes two parameters is done when
 * it calls the second; one that takes fewer when it has returned, or what it returned has resolved. One at a time is called.
 */
export interface ShardRecordProcessor {
  /** Once, before any record. Repeated while it fails. */
  initialize(input: InitializeInput, completeCallback: CompleteCallback): Promise<void> | void;
  /** Records in their order. What it fails on comes again, see `onFailure`. */
  processRecords(
    input: ProcessRecordsInput,
    completeCallback: CompleteCallback,
  ): Promise<void> | void;
  /** The last call: the lease is lost or given up, and nothing can be checkpointed. */
  leaseLost(input: object, completeCallback: CompleteCallback): Promise<void> | void;
  /**
   * The last call: every record of a closed shard is done. Has to checkpoint, unless the last record is checkpointed already, and is
   * repeated until that is done.
   */
  shardEnded(input: CheckpointInput, completeCallback: CompleteCallback): Promise<void> | void;
  /** The lease is about to be given up: the last chance to checkpoint. `leaseLost` follows. */
  shutdownRequested?(
    input: CheckpointInput,
    completeCallback: CompleteCallback,
  ): Promise<void> | void;
}
