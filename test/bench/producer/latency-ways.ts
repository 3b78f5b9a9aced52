// The ways to put one record and wait for its receipt, by name, as they are at low load.
import assert from "node:assert/strict";
import {
  type KinesisClient,
  PutRecordCommand,
  type PutRecordCommandInput,
} from "@aws-sdk/client-kinesis";
import type { ProducerOptions } from "@shardline/producer";
import { http1Client } from "../emulator/http1-client.ts";
import { putRecordTraffic, STREAM } from "../emulator/traffic.ts";
import type { Comparison } from "../suite.ts";
import { aggregatedEntry } from "./aggregated-entry.ts";
import { CALLS } from "./call-load.ts";
import { newProducer } from "./new-producer.ts";
import { lifionClient, sdkClient, tunedSdkClient } from "./peer-clients.ts";
import type { InputRecord } from "./traffic.ts";

/** Puts one record; resolves when it is stored. */
export type PutOne = (record: InputRecord) => Promise<unknown>;

/** A way, in a process of ours, or the KPL's. */
export type LatencyWay = NodeWay | KplWay;

interface NodeWay {
  readonly role: Comparison["variants"][number]["role"];
  readonly open: (endpoint: string) => PutOne | Promise<PutOne>;
}

interface KplWay {
  readonly role: "peer";
  readonly maxBufferedMs: number;
}

type Entry = Pick<PutRecordCommandInput, "Data" | "PartitionKey">;

const ours = (batch: ProducerOptions["batch"] = {}): NodeWay => ({
  role: "ours",
  open: (endpoint) => {
    const producer = newProducer(endpoint, { batch });
    return (record) => producer.put(record);
  },
});
const sdk = (
  newClient: (endpoint: string) => KinesisClient,
  entryOf: (record: InputRecord) => Entry = plainEntry,
): NodeWay => ({
  role: "peer",
  open: (endpoint) => {
    const client = newClient(endpoint);
    return async (record) => {
      const input = { StreamName: STREAM, ...entryOf(record) };
      const { SequenceNumber } = await client.send(new PutRecordCommand(input));
      assert(SequenceNumber !== undefined);
    };
  },
});
const lifion = (endpoint: string): PutOne => {
  const client = lifionClient(endpoint);
  return async ({ data, partitionKey }) => {
    const { sequenceNumber } = await client.putRecord({
      data: data.toString("latin1"),
      partitionKey,
    });
    assert(sequenceNumber !== undefined);
  };
};
const readyBytes = async (endpoint: string): Promise<PutOne> => {
  const { port } = new URL(endpoint);
  const { lanes } = await http1Client(Number(port), putRecordTraffic(), CALLS, "tls");
  const turns = lanes.map(async () => {});
  let next = 0;
  return () => {
    const at = next;
    next = (next + 1) % lanes.length;
    // On a connection one call waits for the other, should the machine be so slow.
    const turn = (turns[at] as Promise<void>).then(async () => void (await lanes[at]?.(0)));
    turns[at] = turn;
    return turn;
  };
};

export const LATENCY_WAYS = {
  "put()": ours(),
  "put(), maxDelayMs 5": ours({ maxDelayMs: 5 }),
  "put(), maxDelayMs 0": ours({ maxDelayMs: 0 }),
  "ready bytes, HTTP/1.1": { role: "floor", open: readyBytes },
  "SDK, PutRecord": sdk(sdkClient),
  "SDK, tuned, PutRecord": sdk(tunedSdkClient),
  "aws-kinesis-agg and SDK, tuned": sdk(tunedSdkClient, (record) => aggregatedEntry([record])),
  "lifion-kinesis, putRecord": { role: "peer", open: lifion },
  KPL: { role: "peer", maxBufferedMs: 100 },
  "KPL, RecordMaxBufferedTime 0": { role: "peer", maxBufferedMs: 0 },
} as const satisfies Readonly<Record<string, LatencyWay>>;

/** What a way is called. */
export type LatencyWayName = keyof typeof LATENCY_WAYS;

function plainEntry({ data, partitionKey }: InputRecord): Entry {
  return { Data: data, PartitionKey: partitionKey };
}
