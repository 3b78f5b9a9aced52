// The ways to have records outstanding, by name.
import { PutRecordsCommand, type KinesisClient } from "@aws-sdk/client-kinesis";
import { STREAM } from "../emulator/traffic.ts";
import type { Comparison } from "../suite.ts";
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

/** Those in processes of Node's. */
export const OUTSTANDING_WAYS = {
  "write()": ours("write"),
  "put().then()": ours("put"),
  SDK: sdk(sdkClient),
  "SDK, tuned": sdk(tunedSdkClient),
  "lifion-kinesis": { role: "peer", open: lifion },
} as const satisfies Readonly<Record<string, OutstandingWay>>;

/** What a way is called. */
export type OutstandingWayName = keyof typeof OUTSTANDING_WAYS;
