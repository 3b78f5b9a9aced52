// The checkpointer that a record processor gets, as it has it from aws-kcl; lease-checkpointer.ts is one.
import type { KinesisError } from "@shardline/core";

/** Hears of a checkpoint; `sequenceNumber` is what was asked for. */
export type CheckpointCallback = (
  error: KinesisError | undefined,
  sequenceNumber: string | undefined,
) => void;

/**
 * Says how far a shard is done, at once. Each call tells its end twice, by its callback and its promise, and either may be
 * left alone. Several calls may be under way; in aws-kcl the second fails. They fail with KinesisError LEASE_LOST, where the KCL
 * says ShutdownException, and INVALID_CHECKPOINT, where it says IllegalArgumentException; throttling is waited out.
 */
export interface ProcessorCheckpointer {
  /** Everything handed out so far, the records in hand included. */
  checkpoint(callback?: CheckpointCallback): Promise<void>;
  /**
   * Up to a record. Of an aggregate that is its first user record only, unless `subSequenceNumber` tells which; the others would
   * come again after a crash, as they do with the KCL.
   */
  checkpoint(sequenceNumber: string | null, callback?: CheckpointCallback): Promise<void>;
  checkpoint(
    sequenceNumber: string | null,
    subSequenceNumber: number | undefined,
    callback?: CheckpointCallback,
  ): Promise<void>;
}
