// A little in every shard all the time, so that each reader always has a next record.
import { setTimeout as sleep } from "node:timers/promises";
import { KinesisClient, PutRecordsCommand } from "@aws-sdk/client-kinesis";
import type { EmulatorClientConfig } from "@shardline/emulator";
import { SHARDS, STREAM } from "./messages.ts";

const EVERY_MS = 50;
const DATA = new Uint8Array(100);

export class Traffic implements AsyncDisposable {
  readonly #client: KinesisClient;
  readonly #ending = new AbortController();
  readonly #done: Promise<void>;

  constructor(config: EmulatorClientConfig) {
    this.#client = new KinesisClient(config);
    this.#done = this.#put();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#ending.abort();
    await this.#done;
    this.#client.destroy();
  }

  async #put(): Promise<void> {
    const width = (1n << 128n) / BigInt(SHARDS);
    const records = Array.from({ length: SHARDS }, (_, i) => ({
      PartitionKey: "key",
      ExplicitHashKey: String(width * BigInt(i) + width / 2n),
      Data: DATA,
    }));
    while (!this.#ending.signal.aborted) {
      await this.#client.send(new PutRecordsCommand({ StreamName: STREAM, Records: records }));
      await sleep(EVERY_MS);
    }
  }
}
