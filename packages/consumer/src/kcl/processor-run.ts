// One record processor under one lease of its shard, called at the turns of the shard's life:
//
//   working --- lease lost, or given up after shutdownRequested: leaseLost ---> over
//           --- shardEnded done -------------------------------------------------> over
import type { Batch, ConsumedRecord, ShardContext } from "../batch/handler.ts";
import type { ShardStart } from "../shard/shard-hooks.ts";
import { completeCall } from "./complete-call.ts";
import { LeaseCheckpointer } from "./lease-checkpointer.ts";
import type { ProcessorRecord, ShardRecordProcessor } from "./record-processor.ts";

export class ProcessorRun {
  readonly #processor: ShardRecordProcessor;
  readonly #shardId: string;
  readonly #checkpointer: LeaseCheckpointer;
  #state: "working" | "over" = "working";

  constructor(processor: ShardRecordProcessor, shard: ShardContext) {
    this.#processor = processor;
    this.#shardId = shard.shardId;
    this.#checkpointer = new LeaseCheckpointer(shard);
  }

  initialize({ checkpoint }: ShardStart): Promise<void> {
    const { sequenceNumber, subSequenceNumber } = checkpoint;
    const input = { shardId: this.#shardId, sequenceNumber, subSequenceNumber };
    return completeCall(this.#processor, "initialize", input);
  }

  processRecords({ millisBehindLatest, records }: Batch, { signal }: ShardContext): Promise<void> {
    this.#checkpointer.handOut(records);
    const input = {
      records: records.map(processorRecord),
      checkpointer: this.#checkpointer,
      millisBehindLatest,
      signal,
    };
    return completeCall(this.#processor, "processRecords", input);
  }

  shardEnded(): Promise<void> {
    const input = { checkpointer: this.#checkpointer };
    return completeCall(this.#processor, "shardEnded", input);
  }

  /** The lease is given up when this has resolved: as in the KCL, `leaseLost` is the last that the processor hears. */
  async shutdownRequested(): Promise<void> {
    const input = { checkpointer: this.#checkpointer };
    try {
      await completeCall(this.#processor, "shutdownRequested", input);
    } finally {
      await this.leaseLost();
    }
  }

  async leaseLost(): Promise<void> {
    if (this.#state === "over") return;
    this.#state = "over";
    await this.#checkpointer.close();
    await completeCall(this.#processor, "leaseLost", {});
  }
}

function processorRecord(record: ConsumedRecord): ProcessorRecord {
  const { arrivedAtMs, data, partitionKey = "", sequenceNumber, subSequenceNumber } = record;
  return {
    data: Buffer.from(data.buffer, data.byteOffset, data.length).toString("base64"),
    partitionKey,
    sequenceNumber,
    subSequenceNumber,
    approximateArrivalTimestamp: arrivedAtMs,
  };
}
