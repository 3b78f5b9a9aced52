// Our ways to read: the adapter, by the wire in either form and by the SDK's `send`; and the whole consumer, up to a
// handler that does nothing.
import { deaggregate } from "@shardline/aggregation";
import { createAwsKinesisApi, openKinesisClient } from "@shardline/aws";
import { createConsumer, MemoryLeaseTable } from "@shardline/consumer";
import { shardIdOf } from "./answers.ts";
import { userRecordsOf } from "./load.ts";
import { type OpenReader, pollingReader } from "./reader.ts";

const STREAM = { name: "bench" };

/** What a client needs to know. */
export function configFor(port: number) {
  const credentials = { accessKeyId: "bench", secretAccessKey: "bench" };
  return { endpoint: `http://127.0.0.1:${port}`, region: "us-east-1", credentials };
}

/** GetRecords of the port, and what is in its records. */
export function adapterReader(way: "json" | "cbor" | "send"): OpenReader {
  return async ({ http1 }, load) => {
    const { wire, ...open } = openKinesisClient(configFor(http1), { mayUseCbor: way === "cbor" });
    if (wire === undefined) throw new Error("there is no wire");
    const api = createAwsKinesisApi(way === "send" ? open : { ...open, wire });
    const fetch = async (shard: number): Promise<void> => {
      const iterator = shardIdOf(shard);
      // A signal for each call, as the consumer has.
      const { signal } = new AbortController();
      const { records } = await api.getRecords({ stream: STREAM, iterator, limit: 10_000 }, signal);
      expectRecords(records, userRecordsOf(load));
    };
    if (way === "cbor") {
      await api.listShards({ stream: STREAM }, new AbortController().signal);
      await fetch(0);
    }
    return pollingReader(load, fetch);
  };
}

/** As much of a Kinesis record as is counted. */
export interface Fetched {
  readonly data: Uint8Array;
}

/** Takes the user records out of Kinesis records. @throws unless there are so many */
export function expectRecords(records: readonly Fetched[], expected: number): void {
  let count = 0;
  for (const { data } of records) {
    const content = deaggregate(data);
    count += content.kind === "aggregate" ? content.records.length : 1;
  }
  if (count !== expected) throw new Error(`${count} records instead of ${expected}`);
}

/** A consumer that runs as long as its process. */
export const consumerReader: OpenReader = ({ http1 }, load) => {
  let records = 0;
  const consumer = createConsumer({
    application: "bench",
    stream: STREAM.name,
    startAt: "TRIM_HORIZON",
    kinesis: configFor(http1),
    leaseTable: new MemoryLeaseTable(),
    read: { readsPerSecond: 5, bytesPerSecond: Number.MAX_SAFE_INTEGER },
    processBatch: (batch) => {
      records += batch.records.length;
    },
  });
  void consumer.run();
  return {
    read: async (limit) => {
      const before = records;
      while (!limit.isOver) await new Promise((resolve) => setTimeout(resolve, 5));
      return (records - before) / userRecordsOf(load);
    },
  };
};
