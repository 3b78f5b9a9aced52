// The KCL's checkpointer, over the context of a shard. Open from the first record to the last call of the processor.
import { KinesisError, type Position } from "@shardline/core";
import type { ConsumedRecord, ShardContext } from "../batch/handler.ts";
import type { CheckpointCallback, ProcessorCheckpointer } from "./processor-checkpointer.ts";

export class LeaseCheckpointer implements ProcessorCheckpointer {
  readonly #shard: ShardContext;
  /** The records handed out last. */
  #records: readonly ConsumedRecord[] = [];
  #isClosed = false;
  readonly #pending = new Set<Promise<void>>();

  constructor(shard: ShardContext) {
    this.#shard = shard;
  }

  /** See `ProcessorCheckpointer`; as in aws-kcl, a callback may come in the place of any argument. */
  checkpoint(
    ...args: readonly (string | number | null | undefined | CheckpointCallback)[]
  ): Promise<void> {
    const callback = args.find((arg) => typeof arg === "function");
    const [sequenceNumber, subSequenceNumber] = args.map((arg) =>
      typeof arg === "function" ? undefined : (arg ?? undefined),
    ) as [string | undefined, number | undefined];
    const work = this.#checkpoint(sequenceNumber, subSequenceNumber);
    this.#pending.add(work);
    void work
      .then(
        () => callback?.(undefined, sequenceNumber),
        (error: KinesisError) => callback?.(error, sequenceNumber),
      )
      .finally(() => this.#pending.delete(work));
    return work;
  }

  /** These are in the processor's hands. */
  handOut(records: readonly ConsumedRecord[]): void {
    this.#records = records;
  }

  /** Nothing is checkpointed from now on. Resolves when everything asked for before is, or has failed. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await Promise.allSettled(this.#pending);
  }

  async #checkpoint(
    sequenceNumber: string | undefined,
    subSequenceNumber: number | undefined,
  ): Promise<void> {
    if (this.#isClosed) throw leaseLost(this.#shard.shardId);
    if (sequenceNumber === undefined) return this.#shard.checkpoint();
    return this.#shard.checkpoint(this.#place(sequenceNumber, subSequenceNumber));
  }

  /** An aggregate may be handed out in parts, of which the later ones begin behind its first record. */
  #place(sequenceNumber: string, index: number | undefined): Position {
    const first = this.#records.find((record) => record.sequenceNumber === sequenceNumber);
    return { sequenceNumber, subSequenceNumber: index ?? first?.subSequenceNumber ?? 0 };
  }
}

function leaseLost(shardId: string): KinesisError {
  return new KinesisError("LEASE_LOST", {
    message: `the processor of ${shardId} has had its last call; nothing can be checkpointed any more`,
    isRetryable: false,
    details: { shardId },
  });
}
