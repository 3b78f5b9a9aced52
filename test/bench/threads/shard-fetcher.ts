// One shard as the consumer reads it: answers in CBOR, and the user records in them.
import { type AggregatedRecord, deaggregate } from "@shardline/aggregation";
import { createAwsKinesisApi, openKinesisClient } from "@shardline/aws";
import type { KinesisApi } from "@shardline/core";
import { shardIdOf } from "../consumer/answers.ts";
import type { EndpointPorts } from "../consumer/endpoint-process.ts";
import { type Load, userRecordsOf } from "../consumer/load.ts";
import { configFor } from "../consumer/our-reader.ts";

const STREAM = { name: "bench" };

/** As much of a user record as a handler is given here. */
export type Decoded = Pick<AggregatedRecord, "data" | "partitionKey">;

export class ShardFetcher {
  readonly #api: KinesisApi;
  readonly #expected: number;

  private constructor(api: KinesisApi, load: Load) {
    this.#api = api;
    this.#expected = userRecordsOf(load);
  }

  static async open({ http1 }: EndpointPorts, load: Load): Promise<ShardFetcher> {
    const { wire, ...open } = openKinesisClient(configFor(http1), { mayUseCbor: true });
    if (wire === undefined) throw new Error("there is no wire");
    const fetcher = new ShardFetcher(createAwsKinesisApi({ ...open, wire }), load);
    // A whole answer in CBOR, and then one more on trial: from there on all go so.
    await fetcher.#api.listShards({ stream: STREAM }, new AbortController().signal);
    await fetcher.next();
    return fetcher;
  }

  /** The Kinesis records of the next answer. */
  async next(): Promise<readonly Fetched[]> {
    const { signal } = new AbortController();
    const request = { stream: STREAM, iterator: shardIdOf(0), limit: 10_000 };
    return (await this.#api.getRecords(request, signal)).records;
  }

  /** @throws unless they are as many as there should be */
  decode(records: readonly Fetched[]): Decoded[] {
    const decoded: Decoded[] = [];
    for (const { data, partitionKey = "" } of records) {
      const content = deaggregate(data);
      if (content.kind === "aggregate") decoded.push(...content.records);
      else decoded.push({ data, partitionKey });
    }
    if (decoded.length !== this.#expected) {
      throw new Error(`${decoded.length} records instead of ${this.#expected}`);
    }
    return decoded;
  }
}

/** As much of a Kinesis record as is decoded. */
interface Fetched {
  readonly data: Uint8Array;
  readonly partitionKey?: string;
}
