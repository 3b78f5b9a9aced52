// The application of a worker of the KCL 2.x, and what stands between it and the reader (ProcessTask and
// ShardRecordProcessorCheckpointer): records are taken out of their aggregates, those of the checkpoint and before are left
// out, and every few records a checkpoint is made.
import type { Lease } from "@shardline/consumer";
import { comparePositions, type KinesisRecord, type Position } from "@shardline/core";
import { decodeAsKcl, type KclRecord } from "./kcl-records.ts";
import type { HeldLease, LeaseRenewer } from "./lease-renewer.ts";
import { forgiving } from "./repeat.ts";

/** Must not fail: the KCL skips what fails. */
export type Application = (records: readonly KclRecord[], lease: Lease) => Promise<void>;

export interface RecordProcessorOptions {
  readonly held: HeldLease;
  readonly renewer: LeaseRenewer;
  /** The application makes a checkpoint after so many user records. */
  readonly batchRecords: number;
  readonly deliver: Application;
  /** Told of the records of each aggregate of two shards. */
  readonly passedOver: (records: readonly KclRecord[], lease: Lease) => void;
}

export class RecordProcessor {
  readonly #options: RecordProcessorOptions;
  #lastCheckpoint: Position;
  #largestPermitted: Position;

  constructor(options: RecordProcessorOptions, checkpoint: Position) {
    this.#options = options;
    this.#lastCheckpoint = checkpoint;
    this.#largestPermitted = checkpoint;
  }

  /** As Amazon's examples do, it goes on when a checkpoint fails, also if it is told that the lease is not held any more. */
  async process(records: readonly KinesisRecord[]): Promise<void> {
    const { batchRecords, deliver, held } = this.#options;
    const fresh = this.#decoded(records).filter(
      ({ position }) => comparePositions(position, this.#lastCheckpoint) > 0,
    );
    this.#largestPermitted = fresh.at(-1)?.position ?? this.#largestPermitted;
    for (let at = 0; at < fresh.length; at += batchRecords) {
      const batch = fresh.slice(at, at + batchRecords);
      await deliver(batch, held.lease);
      await this.#checkpoint(batch.at(-1)?.position ?? this.#largestPermitted);
    }
  }

  /** At the last record that was handed out. */
  checkpoint(): Promise<void> {
    return this.#checkpoint(this.#largestPermitted);
  }

  #decoded(records: readonly KinesisRecord[]): readonly KclRecord[] {
    const { held, passedOver } = this.#options;
    return records.flatMap((record) => {
      const decoded = decodeAsKcl(record, held.lease.hashKeyRange);
      if (decoded.passedOver.length > 0) passedOver(decoded.passedOver, held.lease);
      return decoded.handedOut;
    });
  }

  async #checkpoint(position: Position): Promise<void> {
    const { held, renewer } = this.#options;
    if (comparePositions(position, this.#lastCheckpoint) === 0) return;
    await forgiving(async () => {
      const isHeld = await renewer.checkpoint(held.lease.key, held.token, position);
      if (isHeld) this.#lastCheckpoint = position;
    });
  }
}
