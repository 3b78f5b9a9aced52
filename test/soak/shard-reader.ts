// Reads a stream as the KCL would, all its shards as they come and go, and counts how often each id is delivered.
import { type KinesisApi, listAllShards, type Shard } from "@shardline/core";
import { readShardAsKcl } from "../../packages/producer/test/support/kcl-reader.ts";

const LIMIT = 10_000;
const SIGNAL = new AbortController().signal;

/** How far a shard was read. */
type Progress =
  | { readonly kind: "reading"; readonly shard: Shard; readonly iterator: string }
  | { readonly kind: "done" };

export class ShardReader {
  /** By id; the id of a record is the number that its data begins with. */
  readonly deliveries: Uint8Array;
  readonly #kinesis: KinesisApi;
  readonly #stream: { readonly name: string };
  readonly #progress = new Map<string, Progress>();
  #reading: Promise<number> = Promise.resolve(0);

  constructor(kinesis: KinesisApi, name: string, maxIds: number) {
    this.#kinesis = kinesis;
    this.#stream = { name };
    this.deliveries = new Uint8Array(maxIds);
  }

  /** Reads a page of every shard; answers how many records that were. One call after the other. */
  readOn(): Promise<number> {
    this.#reading = this.#reading.then(() => this.#readPages());
    return this.#reading;
  }

  /** Reads until nothing more is there. */
  async readToEnd(): Promise<void> {
    while ((await this.readOn()) > 0);
  }

  async #readPages(): Promise<number> {
    const shards = await listAllShards(this.#kinesis, this.#stream, undefined, SIGNAL);
    let records = 0;
    for (const shard of shards) records += await this.#readPage(await this.#progressOf(shard));
    return records;
  }

  async #progressOf(shard: Shard): Promise<Progress> {
    const known = this.#progress.get(shard.shardId);
    if (known !== undefined) return known;
    const start = { type: "TRIM_HORIZON" } as const;
    const request = { stream: this.#stream, shardId: shard.shardId, start };
    const iterator = await this.#kinesis.getShardIterator(request, SIGNAL);
    return { kind: "reading", shard, iterator };
  }

  async #readPage(progress: Progress): Promise<number> {
    if (progress.kind === "done") return 0;
    const { iterator, shard } = progress;
    const request = { stream: this.#stream, iterator, limit: LIMIT };
    const { next, records } = await this.#kinesis.getRecords(request, SIGNAL);
    for (const { data } of readShardAsKcl({ ...shard, records })) this.#count(parseInt(data, 10));
    this.#progress.set(
      shard.shardId,
      next.kind === "iterator" ? { ...progress, iterator: next.iterator } : { kind: "done" },
    );
    return records.length;
  }

  #count(id: number): void {
    const times = this.deliveries[id];
    if (times === undefined) throw new Error(`record ${id} was never put`);
    if (times < 255) this.deliveries[id] = times + 1;
  }
}
