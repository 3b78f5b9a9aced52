// The AWS SDK alone: 500 records in each PutRecords; and with aws-kinesis-agg before it, which tells nothing of single
// records.
import assert from "node:assert/strict";
import {
  type KinesisClient,
  PutRecordsCommand,
  type PutRecordsRequestEntry,
} from "@aws-sdk/client-kinesis";
import { STREAM } from "../emulator/traffic.ts";
import { AGGREGATES, aggregatedEntry } from "./aggregated-entry.ts";
import { callLoad } from "./call-load.ts";
import type { Load } from "./load.ts";
import { sdkClient, tunedSdkClient } from "./peer-clients.ts";
import { RecordSource, type Traffic } from "./traffic.ts";

const RECORDS = 500;

/** With the client as it comes. */
export function sdkLoad(endpoint: string, traffic: Traffic): Load {
  return plainLoad(sdkClient(endpoint), traffic);
}

/** With all that its configuration can do. */
export function tunedSdkLoad(endpoint: string, traffic: Traffic): Load {
  return plainLoad(tunedSdkClient(endpoint), traffic);
}

/** With the client as it comes, and ten aggregates of 50 KB in each call. */
export function aggregatingLoad(endpoint: string, traffic: Traffic): Load {
  return aggregatedLoad(sdkClient(endpoint), traffic);
}

/** The same with all that the client's configuration can do. */
export function tunedAggregatingLoad(endpoint: string, traffic: Traffic): Load {
  return aggregatedLoad(tunedSdkClient(endpoint), traffic);
}

function plainLoad(client: KinesisClient, traffic: Traffic): Load {
  const source = new RecordSource(traffic);
  return callLoad({
    call: async () => {
      const entries = source
        .take(RECORDS)
        .map(({ data, partitionKey }) => ({ Data: data, PartitionKey: partitionKey }));
      await send(client, entries);
      return RECORDS;
    },
    close: () => client.destroy(),
  });
}

function aggregatedLoad(client: KinesisClient, traffic: Traffic): Load {
  const source = new RecordSource(traffic);
  const nextEntry = (): PutRecordsRequestEntry =>
    aggregatedEntry(source.take(traffic.recordsPerAggregate));
  return callLoad({
    call: async () => {
      await send(client, Array.from({ length: AGGREGATES }, nextEntry));
      return AGGREGATES * traffic.recordsPerAggregate;
    },
    close: () => client.destroy(),
  });
}

async function send(client: KinesisClient, entries: PutRecordsRequestEntry[]): Promise<void> {
  const { Records = [] } = await client.send(
    new PutRecordsCommand({ StreamName: STREAM, Records: entries }),
  );
  assert.equal(Records.length, entries.length);
  for (const { SequenceNumber } of Records) assert(SequenceNumber !== undefined);
}
