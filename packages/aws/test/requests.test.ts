// What each call of the data plane says on the wire.
import { parseStreamRef, type StreamRef } from "@shardline/core";
import { describe, expect, test } from "vitest";
import { apiFor, json, noAbort, serve } from "./support/kinesis-server.ts";

const ARN = "arn:aws:kinesis:eu-west-1:123456789012:stream/orders";
const byName: StreamRef = { name: "orders" };
const byArn = parseStreamRef(ARN) as StreamRef;
const shardId = "shardId-000000000000";

/** Answers any call, and tells the bodies of all requests. */
async function wire() {
  const { requests, url } = await serve(
    json({
      Records: [
        { ShardId: shardId, SequenceNumber: "1", Data: "", ApproximateArrivalTimestamp: 1 },
      ],
      NextShardIterator: "next",
      Shards: [],
      ShardIterator: "iterator",
    }),
  );
  return { api: apiFor(url), bodies: () => requests.map(({ body }) => body), requests };
}

describe("a stream", () => {
  test("is named by its name, or by its ARN alone where that is known", async () => {
    const { api, bodies } = await wire();
    const entries = [{ data: Buffer.from("x"), partitionKey: "k" }];
    const start = { type: "LATEST" } as const;
    for (const stream of [byName, byArn]) {
      await api.putRecords({ stream, entries }, noAbort());
      await api.listShards({ stream }, noAbort());
      await api.getShardIterator({ stream, shardId, start }, noAbort());
    }
    const named = bodies().map(({ StreamARN, StreamName }) => StreamARN ?? StreamName);
    expect(named).toEqual(["orders", "orders", "orders", ARN, ARN, ARN]);
    expect(bodies().filter((body) => "StreamARN" in body && "StreamName" in body)).toEqual([]);
  });

  test("is named in GetRecords by its ARN only", async () => {
    const { api, bodies } = await wire();
    await api.getRecords({ stream: byName, iterator: "i", limit: 10 }, noAbort());
    await api.getRecords({ stream: byArn, iterator: "i", limit: 10 }, noAbort());
    expect(bodies()).toEqual([
      { ShardIterator: "i", Limit: 10 },
      { ShardIterator: "i", Limit: 10, StreamARN: ARN },
    ]);
  });
});

test("PutRecords sends data, keys and the explicit hash keys that there are", async () => {
  const { api, bodies, requests } = await wire();
  const data = new Uint8Array([0, 255, 128]).subarray(1);
  const entries = [
    { data, partitionKey: "ключ", explicitHashKey: "340282366920938463463374607431768211455" },
  ];
  await api.putRecords({ stream: byName, entries }, noAbort());
  await api.putRecords(
    { stream: byName, entries: [{ data: new Uint8Array(0), partitionKey: "k" }] },
    noAbort(),
  );
  expect(bodies()).toEqual([
    {
      StreamName: "orders",
      Records: [
        {
          Data: "/4A=",
          PartitionKey: "ключ",
          ExplicitHashKey: "340282366920938463463374607431768211455",
        },
      ],
    },
    { StreamName: "orders", Records: [{ Data: "", PartitionKey: "k" }] },
  ]);
  expect(requests[0]?.operation).toBe("PutRecords");
});

describe("ListShards", () => {
  test("names on a following page nothing of the stream", async () => {
    const { api, bodies } = await wire();
    await api.listShards({ stream: byArn, nextToken: "t" }, noAbort());
    await api.listShards({ stream: byName, nextToken: "t", maxResults: 7 }, noAbort());
    expect(bodies()).toEqual([{ NextToken: "t" }, { NextToken: "t", MaxResults: 7 }]);
  });

  test.each([
    [{ type: "AT_LATEST" } as const, { Type: "AT_LATEST" }],
    [{ type: "FROM_TRIM_HORIZON" } as const, { Type: "FROM_TRIM_HORIZON" }],
    [
      { type: "FROM_TIMESTAMP", timestampMs: 1_700_000_000_123 } as const,
      { Type: "FROM_TIMESTAMP", Timestamp: 1_700_000_000.123 },
    ],
    [{ type: "AFTER_SHARD_ID", shardId } as const, { Type: "AFTER_SHARD_ID", ShardId: shardId }],
  ])("sends the filter %j", async (filter, onTheWire) => {
    const { api, bodies } = await wire();
    await api.listShards({ stream: byName, filter, maxResults: 100 }, noAbort());
    expect(bodies()).toEqual([{ StreamName: "orders", ShardFilter: onTheWire, MaxResults: 100 }]);
  });
});

describe("GetShardIterator", () => {
  test.each([
    [{ type: "TRIM_HORIZON" } as const, {}],
    [{ type: "LATEST" } as const, {}],
    [
      { type: "AT_TIMESTAMP", timestampMs: 1_700_000_000_001 } as const,
      { Timestamp: 1_700_000_000.001 },
    ],
    [
      { type: "AT_SEQUENCE_NUMBER", sequenceNumber: "495" } as const,
      { StartingSequenceNumber: "495" },
    ],
    [
      { type: "AFTER_SEQUENCE_NUMBER", sequenceNumber: "495" } as const,
      { StartingSequenceNumber: "495" },
    ],
  ])("starts at %j", async (start, fields) => {
    const { api, bodies } = await wire();
    const request = { stream: byName, shardId, start };
    expect(await api.getShardIterator(request, noAbort())).toBe("iterator");
    expect(bodies()).toEqual([
      { StreamName: "orders", ShardId: shardId, ShardIteratorType: start.type, ...fields },
    ]);
  });
});
