// One of our workers, and what it was handed.
import { type Consumer, type ConsumerOptions, createConsumer } from "@shardline/consumer";
import { silentLogger } from "@shardline/core";
import type { EmulatorClientConfig } from "@shardline/emulator";
import { onTestFinished } from "vitest";
import type { Delivery } from "./delivery.ts";
import { STREAM } from "./stage.ts";

export interface NativeWorkerOptions extends Partial<ConsumerOptions> {
  readonly application: string;
  readonly kinesis: EmulatorClientConfig;
  readonly onDelivery: (delivery: Delivery) => void;
}

export class NativeWorker {
  readonly consumer: Consumer;
  readonly #stopping = new AbortController();
  readonly #done: Promise<void>;

  private constructor({ onDelivery, ...options }: NativeWorkerOptions) {
    this.consumer = createConsumer({
      stream: STREAM,
      startAt: "TRIM_HORIZON",
      dynamodb: options.kinesis,
      logger: silentLogger,
      ...options,
      processBatch: ({ records }, { shardId }) => {
        for (const { data, partitionKey = "", ...record } of records) {
          const text = Buffer.from(data).toString();
          const { explicitHashKey, sequenceNumber, subSequenceNumber } = record;
          onDelivery({
            shardId,
            partitionKey,
            explicitHashKey,
            data: text,
            sequenceNumber,
            subSequenceNumber,
          });
        }
      },
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
}
