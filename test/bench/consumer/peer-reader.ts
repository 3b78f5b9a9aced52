// What people use otherwise: the AWS SDK, with our de-aggregation or with aws-kinesis-agg; and what nobody can do without,
// the bytes through a socket and their digests.
import { Agent, request } from "node:http";
import { GetRecordsCommand, KinesisClient } from "@aws-sdk/client-kinesis";
import { isAggregate } from "@shardline/aggregation";
import { NodeHttpHandler } from "@smithy/node-http-handler";
import { deaggregateSync } from "aws-kinesis-agg";
import { shardIdOf } from "./answers.ts";
import { storedRecords, shardsOf, userRecordsOf } from "./load.ts";
import { configFor, expectRecords, type Fetched } from "./our-reader.ts";
import { type OpenReader, pollingReader } from "./reader.ts";

type Expect = (records: readonly Fetched[], expected: number) => void;

/** The client as it comes, over HTTP/2 with a connection for each call, or over HTTP/1.1 with connections that are kept. */
export function sdkReader(
  transport: "default" | "http1",
  expect: Expect = expectRecords,
): OpenReader {
  return ({ http1, http2 }, load) => {
    const client =
      transport === "default"
        ? new KinesisClient(configFor(http2))
        : new KinesisClient({ ...configFor(http1), requestHandler: new NodeHttpHandler() });
    return pollingReader(load, async (shard) => {
      const input = { ShardIterator: shardIdOf(shard), Limit: 10_000 };
      const { Records = [] } = await client.send(new GetRecordsCommand(input));
      const records = Records.map(({ Data }) => ({ data: Data as Uint8Array }));
      expect(records, userRecordsOf(load));
    });
  };
}

/** Takes them out with aws-kinesis-agg, which is handed bytes, because it takes them faster than base64. */
export const expectByPeer: Expect = (records, expected) => {
  let count = 0;
  for (const { data } of records) {
    const bytes = Buffer.from(data.buffer, data.byteOffset, data.length);
    const record = { partitionKey: "a", sequenceNumber: "1", data: bytes };
    deaggregateSync(record, true, (error, found) => {
      if (error || found === undefined) throw error ?? new Error("nothing found");
      count += found.length;
    });
  }
  if (count !== expected) throw new Error(`${count} records instead of ${expected}`);
};

/** Bodies thrown away, unsigned calls; and the digests of as many aggregates, if they are any. */
export const floorReader: OpenReader = ({ http1 }, load) => {
  const agent = new Agent({ keepAlive: true, maxSockets: load.pollers });
  const [shard] = shardsOf(load);
  const hasAggregates = shard !== undefined && load.perAggregate > 0;
  const aggregates = hasAggregates ? storedRecords(load, shard) : [];
  return pollingReader(load, async (shardIndex) => {
    await call(http1, agent, shardIdOf(shardIndex));
    for (const { data } of aggregates) if (!isAggregate(data)) throw new Error("no aggregate");
  });
};

function call(port: number, agent: Agent, iterator: string): Promise<void> {
  const headers = {
    "content-type": "application/x-amz-json-1.1",
    "x-amz-target": "Kinesis_20131202.GetRecords",
  };
  return new Promise((resolve, reject) => {
    const sent = request({ port, method: "POST", agent, headers }, (answer) => {
      answer.resume().once("end", resolve);
    });
    sent.once("error", reject).end(JSON.stringify({ ShardIterator: iterator }));
  });
}
