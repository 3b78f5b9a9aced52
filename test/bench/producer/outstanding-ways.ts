// The ways to have records outstanding, by name.
import {
  type KinesisClient,
  PutRecordsCommand,
  type PutRecordsRequestEntry,
} from "@aws-sdk/client-kinesis";
import { STREAM } from "../emulator/traffic.ts";
import type { Comparison } from "../suite.ts";
import { AGGREGATES, aggregatedEntry } from "./aggregated-entry.ts";
import { newProducer } from "./new-producer.ts";
import { lifionClient, sdkClient, tunedSdkClient } from "./peer-clients.ts";
import type { InputRecord } from "./traffic.ts";

/** Takes some records. */
export type PutSome = (records: readonly InputRecord[]) => void;

interface OutstandingWay {
  readonly role: Comparison["variants"][number]["role"];
  /** Makes a client with room for so many records; it tells when any of them is settled. */
  readonly open: (endpoint: string, room: number, onSettled: () => void) => PutSome;
}

const ROOMY_BYTES = 1 << 30;
const TEN_MINUTES_MS = 600_000;

const ours = (by: "put" | "write"): OutstandingWay => ({
  role: "ours",
  open: (endpoint, room, onSettled) => {
    const producer = newProducer(endpoint, {
      buffer: { maxRecords: room, maxBytes: ROOMY_BYTES },
      recordTtlMs: Number.POSITIVE_INFINITY,
      http: { requestTimeoutMs: TEN_MINUTES_MS },
    });
    return (records) => {
      for (const record of records) {
        if (by === "put") producer.put(record).then(onSettled, onSettled);
        else producer.write(record, onSettled);
      }
    };
  },
});

const sdk = (newClient: (endpoint: string) => KinesisClient): OutstandingWay => ({
  role: "peer",
  open: (endpoint, _room, onSettled) => {
    const client = newClient(endpoint);
    return (records) => {
      const Records = records.map(({ data, partitionKey }) => ({
        Data: data,
        PartitionKey: partitionKey,
      }));
      client
        .send(new PutRecordsCommand({ StreamName: STREAM, Records }))
        .then(onSettled, onSettled);
    };
  },
});

/** Ten aggregates in each call, and a promise for each call. */
const aggregating: OutstandingWay["open"] = (endpoint, _room, onSettled) => {
  const client = tunedSdkClient(endpoint);
  let Records: PutRecordsRequestEntry[] = [];
  return (records) => {
    Records.push(aggregatedEntry(records));
    if (Records.length < AGGREGATES) return;
    client.send(new PutRecordsCommand({ StreamName: STREAM, Records })).then(onSettled, onSettled);
    Records = [];
  };
};

const lifion: OutstandingWay["open"] = (endpoint, _room, onSettled) => {
  const client = lifionClient(endpoint);
  return (some) => {
    const records = some.map(({ data, partitionKey }) => ({
      data: data.toString("latin1"),
      partitionKey,
    }));
    client.putRecords({ records }).then(onSettled, onSettled);
  };
};

/** Keys and data one behind the other, with nothing between them: who is to send them again has to keep them. */
const bytesAlone: OutstandingWay["open"] = () => {
  const held: Buffer[] = [];
  return (records) => {
    const pieces = records.flatMap(({ data, partitionKey }) => [Buffer.from(partitionKey), data]);
    held.push(Buffer.concat(pieces));
  };
};

/** Those in processes of Node's. */
export const OUTSTANDING_WAYS = {
  "write()": ours("write"),
  "put().then()": ours("put"),
  "keys and data alone": { role: "floor", open: bytesAlone },
  SDK: sdk(sdkClient),
  "SDK, tuned": sdk(tunedSdkClient),
  "aws-kinesis-agg and SDK, tuned": { role: "peer", open: aggregating },
  "lifion-kinesis": { role: "peer", open: lifion },
} as const satisfies Readonly<Record<string, OutstandingWay>>;

/** What a way is called. */
export type OutstandingWayName = keyof typeof OUTSTANDING_WAYS;
