// The process of an endpoint with a stream of very many shards, in which nothing is new.
import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { CREATED_S, manyShards, STREAM } from "./many-shards.ts";

const shards = manyShards(JSON.parse(process.argv[2] ?? "") as number);
const listing = JSON.stringify({
  Shards: shards.map(({ hashKeyRange, shardId, startingSequenceNumber }) => ({
    ShardId: shardId,
    HashKeyRange: {
      StartingHashKey: String(hashKeyRange?.start),
      EndingHashKey: String(hashKeyRange?.end),
    },
    SequenceNumberRange: { StartingSequenceNumber: startingSequenceNumber },
  })),
});
const description = JSON.stringify({
  StreamDescriptionSummary: {
    StreamName: STREAM,
    StreamARN: `arn:aws:kinesis:us-east-1:123456789012:stream/${STREAM}`,
    StreamStatus: "ACTIVE",
    StreamCreationTimestamp: CREATED_S,
    OpenShardCount: shards.length,
    RetentionPeriodHours: 24,
    EnhancedMonitoring: [],
  },
});

const server = createServer((request, response) => void answer(request, response));
server.keepAliveTimeout = 0;
server.listen(0, "127.0.0.1");
await once(server, "listening");
process.on("disconnect", () => process.exit());
process.send?.((server.address() as AddressInfo).port);

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const pieces: Buffer[] = [];
  for await (const piece of request as AsyncIterable<Buffer>) pieces.push(piece);
  const [, operation = ""] = String(request.headers["x-amz-target"]).split(".");
  const [shardId = ""] = /shardId-\d{12}/.exec(Buffer.concat(pieces).toString("latin1")) ?? [];
  const body = bodyFor(operation, shardId);
  response
    .writeHead(200, { "content-type": "application/x-amz-json-1.1", "content-length": body.length })
    .end(body);
}

/** All in ASCII. */
function bodyFor(operation: string, shardId: string): string {
  switch (operation) {
    case "ListShards":
      return listing;
    case "DescribeStreamSummary":
      return description;
    case "GetShardIterator":
      return JSON.stringify({ ShardIterator: shardId });
    default:
      return JSON.stringify({ Records: [], MillisBehindLatest: 0, NextShardIterator: shardId });
  }
}
