// What no producer can do without: one copy and one MD5 of what is put, and the bytes through a socket.
import assert from "node:assert/strict";
import { hash } from "node:crypto";
import { AggregateBuilder } from "@shardline/aggregation";
import { http1Client } from "../emulator/http1-client.ts";
import { jsonTraffic, STREAM } from "../emulator/traffic.ts";
import { CALLS, callLoad } from "./call-load.ts";
import type { Load } from "./load.ts";
import { RecordSource, type Traffic } from "./traffic.ts";

const AGGREGATES = 10;

/** Every payload copied once, and every 50 KB of them hashed. */
export function copyAndDigestLoad(_endpoint: string, traffic: Traffic): Load {
  const { dataBytes, recordsPerAggregate } = traffic;
  const source = new RecordSource(traffic);
  const target = new Uint8Array(dataBytes * recordsPerAggregate);
  return callLoad({
    call: async () => {
      for (let i = 0; i < recordsPerAggregate; i += 1)
        target.set(source.next().data, i * dataBytes);
      assert.equal(hash("md5", target, "buffer").length, 16);
      // Lets the timer fire that ends the sample.
      await new Promise((resolve) => setImmediate(resolve));
      return recordsPerAggregate;
    },
    close: () => {},
  });
}

/** Ten aggregates in each request, which was made before, to a socket and the answer back. */
export async function preparedLoad(endpoint: string, traffic: Traffic): Promise<Load> {
  const source = new RecordSource(traffic);
  const builder = new AggregateBuilder();
  const entry = (i: number): object => {
    for (const record of source.take(traffic.recordsPerAggregate)) {
      builder.add(record.partitionKey, undefined, record.data);
    }
    const Data = Buffer.from(builder.encode()).toString("base64");
    builder.clear();
    return { Data, PartitionKey: "a", ExplicitHashKey: String(BigInt(i) << 124n) };
  };
  const Records = Array.from({ length: AGGREGATES }, (_, i) => entry(i));
  const requests = jsonTraffic("PutRecords", [{ StreamName: STREAM, Records }], AGGREGATES);
  const { port, protocol } = new URL(endpoint);
  const transport = protocol === "https:" ? "tls" : "plain";
  const client = await http1Client(Number(port), requests, CALLS, transport);
  const idle = [...client.lanes];
  return callLoad({
    call: async () => {
      const lane = idle.pop();
      assert(lane !== undefined);
      await lane(0);
      idle.push(lane);
      return AGGREGATES * traffic.recordsPerAggregate;
    },
    close: () => client.close(),
  });
}
