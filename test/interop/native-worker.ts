// One of our workers, and what it was handed.
import {
  type Batch,
  type Consumer,
  type ConsumerOptions,
  createConsumer,
  type ShardContext,
  type ShardStart,
} from "@shardline/consumer";
import { type Position, silentLogger } from "@shardline/core";
import type { EmulatorClientConfig } from "@shardline/emulator";
import { onTestFinished } from "vitest";
import type { Delivery } from "./delivery.ts";
import { STREAM } from "./stage.ts";

export interface NativeWorkerOptions extends Partial<ConsumerOptions> {
  readonly application: string;
  readonly kinesis: EmulatorClientConfig;
  /** Checkpoints each shard once, at its record of this number, and takes no more; otherwise by itself. */
  readonly checkpointAt?: number;
  /** With that: prepares one more, with this state, at the record behind. */
  readonly prepare?: string;
  readonly onDelivery: (delivery: Delivery) => void;
}

export class NativeWorker {
  readonly consumer: Consumer;
  /** Where each shard was begun, by its id. */
  readonly starts = new Map<string, ShardStart>();
  /** The checkpoint of each shard that was asked for, by its id. */
  readonly checkpoints = new Map<string, Position>();
  /** And the one that was prepared behind it. */
  readonly prepared = new Map<string, Position>();
  readonly #options: NativeWorkerOptions;
  readonly #taken = new Map<string, number>();
  readonly #stopping = new AbortController();
  readonly #done: Promise<void>;

  private constructor(options: NativeWorkerOptions) {
    const { checkpointAt, onDelivery: _, prepare: __, ...rest } = options;
    this.#options = options;
    this.consumer = createConsumer({
      stream: STREAM,
      startAt: "TRIM_HORIZON",
      dynamodb: options.kinesis,
      logger: silentLogger,
      checkpoint: checkpointAt === undefined ? "auto" : "manual",
      hooks: { onShardStarted: ({ shardId }, start) => void this.starts.set(shardId, start) },
      ...rest,
      processBatch: (batch, shard) => this.#take(batch, shard),
    });
    this.#done = this.consumer.run({ signal: this.#stopping.signal });
    // A test that failed before does not wait for it.
    this.#done.catch(() => undefined);
  }

  /** Starts a worker; it is drained at the end of the test if it still runs. */
  static start(options: NativeWorkerOptions): NativeWorker {
    const worker = new NativeWorker(options);
    onTestFinished(() => worker.stop());
    return worker;
  }

  /** Drains; rejects if the worker ended by itself. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#done;
  }

  async #take({ records }: Batch, shard: ShardContext): Promise<void> {
    const { checkpointAt = Number.POSITIVE_INFINITY, onDelivery, prepare } = this.#options;
    const { shardId } = shard;
    for (const { data, partitionKey = "", ...record } of records) {
      const number = (this.#taken.get(shardId) ?? 0) + 1;
      this.#taken.set(shardId, number);
      const { explicitHashKey, sequenceNumber, subSequenceNumber } = record;
      const position = { sequenceNumber, subSequenceNumber };
      if (number > checkpointAt) {
        if (number > checkpointAt + 1 || prepare === undefined) return;
        await shard.prepareCheckpoint(position, Buffer.from(prepare));
        this.prepared.set(shardId, position);
        return;
      }
      const text = Buffer.from(data).toString();
      onDelivery({ shardId, partitionKey, explicitHashKey, data: text, ...position });
      if (number < checkpointAt) continue;
      await shard.checkpoint(position);
      this.checkpoints.set(shardId, position);
    }
  }
}
