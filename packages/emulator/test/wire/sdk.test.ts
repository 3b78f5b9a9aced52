import { once } from "node:events";
import { connect } from "node:http2";
import {
  CreateStreamCommand,
  DeleteStreamCommand,
  DescribeStreamSummaryCommand,
  ExpiredIteratorException,
  GetRecordsCommand,
  GetShardIteratorCommand,
  InvalidArgumentException,
  type KinesisClient,
  ListShardsCommand,
  ListStreamsCommand,
  MergeShardsCommand,
  ProvisionedThroughputExceededException,
  PutRecordCommand,
  PutRecordsCommand,
  ResourceInUseException,
  ResourceNotFoundException,
  SplitShardCommand,
  UpdateShardCountCommand,
  waitUntilStreamExists,
} from "@aws-sdk/client-kinesis";
import { VirtualClock } from "@shardline/core/testing";
import { NodeHttpHandler } from "@smithy/node-http-handler";
import { startEmulator } from "@shardline/emulator";
import { expect, test } from "vitest";
import { kinesisClient } from "../support/running.ts";

const StreamName = "orders";
const FIRST = "shardId-000000000000";

async function readTexts(client: KinesisClient, ShardId: string): Promise<string[]> {
  const { ShardIterator } = await client.send(
    new GetShardIteratorCommand({ StreamName, ShardId, ShardIteratorType: "TRIM_HORIZON" }),
  );
  const { Records = [] } = await client.send(new GetRecordsCommand({ ShardIterator }));
  return Records.map(({ Data }) => Buffer.from(Data ?? "").toString());
}

test.each([
  ["HTTP/2, its default", {}],
  ["HTTP/1.1", { requestHandler: new NodeHttpHandler() }],
])("T01: the AWS SDK creates, puts, gets and lists over %s", async (_, config) => {
  await using emulator = await startEmulator();
  using client = kinesisClient(emulator, config);
  await client.send(new CreateStreamCommand({ StreamName, ShardCount: 1 }));
  await waitUntilStreamExists({ client, maxWaitTime: 10, minDelay: 1 }, { StreamName });
  const Records = ["a", "é", ""].map((text) => ({ PartitionKey: "k", Data: Buffer.from(text) }));
  const put = await client.send(new PutRecordsCommand({ StreamName, Records }));
  expect(put.FailedRecordCount).toBe(0);
  await client.send(
    new PutRecordCommand({ StreamName, PartitionKey: "k", Data: Buffer.from("z") }),
  );
  expect(await readTexts(client, FIRST)).toEqual(["a", "é", "", "z"]);
  const { StreamNames, StreamSummaries } = await client.send(new ListStreamsCommand({}));
  expect(StreamNames).toEqual([StreamName]);
  const createdAt = StreamSummaries?.[0]?.StreamCreationTimestamp;
  expect(Math.abs((createdAt?.getTime() ?? 0) - Date.now())).toBeLessThan(60_000);
  const { Shards } = await client.send(new ListShardsCommand({ StreamName }));
  expect(Shards).toMatchObject([{ ShardId: FIRST, HashKeyRange: { StartingHashKey: "0" } }]);
});

test("both protocols of the SDK are served on one port at the same time", async () => {
  await using emulator = await startEmulator({ streams: { [StreamName]: 1 } });
  using http2 = kinesisClient(emulator);
  using http1 = kinesisClient(emulator, { requestHandler: new NodeHttpHandler() });
  const Data = Buffer.from("x");
  await Promise.all(
    Array.from({ length: 20 }, (_, i) =>
      (i % 2 === 0 ? http1 : http2).send(
        new PutRecordCommand({ StreamName, PartitionKey: `${i}`, Data }),
      ),
    ),
  );
  expect(emulator.inspect(StreamName)?.shards[0]?.records).toHaveLength(20);
});

test("the SDK reshards a stream and reads its shards' ends", async () => {
  await using emulator = await startEmulator({
    streams: { [StreamName]: 2 },
    transitions: { updateMs: 0, deleteMs: 0 },
  });
  using client = kinesisClient(emulator, { requestHandler: new NodeHttpHandler() });
  const active = async (): Promise<void> => {
    const { StreamDescriptionSummary } = await client.send(
      new DescribeStreamSummaryCommand({ StreamName }),
    );
    if (StreamDescriptionSummary?.StreamStatus !== "ACTIVE") await active();
  };
  const names = { StreamName, ShardToMerge: FIRST, AdjacentShardToMerge: "shardId-000000000001" };
  await client.send(new MergeShardsCommand(names));
  await active();
  const split = { StreamName, ShardToSplit: "shardId-000000000002", NewStartingHashKey: "7" };
  await client.send(new SplitShardCommand(split));
  await active();
  await client.send(
    new UpdateShardCountCommand({
      StreamName,
      TargetShardCount: 3,
      ScalingType: "UNIFORM_SCALING",
    }),
  );
  await active();
  const { ShardIterator } = await client.send(
    new GetShardIteratorCommand({ StreamName, ShardId: FIRST, ShardIteratorType: "LATEST" }),
  );
  const end = await client.send(new GetRecordsCommand({ ShardIterator }));
  expect(end.NextShardIterator).toBeUndefined();
  expect(end.ChildShards).toMatchObject([
    { ShardId: "shardId-000000000002", ParentShards: [FIRST, "shardId-000000000001"] },
  ]);
  const { Shards } = await client.send(
    new ListShardsCommand({ StreamName, ShardFilter: { Type: "AT_LATEST" } }),
  );
  expect(Shards).toHaveLength(3);
  await client.send(new DeleteStreamCommand({ StreamName }));
});

test("T06: the SDK raises the modelled class of each exception, with its message", async () => {
  const clock = new VirtualClock(Date.now());
  await using emulator = await startEmulator({
    clock,
    limits: "aws",
    streams: { [StreamName]: 1 },
  });
  using client = kinesisClient(emulator);
  const unknown = client.send(new DescribeStreamSummaryCommand({ StreamName: "unknown" }));
  await expect(unknown).rejects.toThrow(ResourceNotFoundException);
  await expect(unknown).rejects.toThrow("Stream unknown under account 000000000000 not found.");
  const again = client.send(new CreateStreamCommand({ StreamName, ShardCount: 1 }));
  await expect(again).rejects.toThrow(ResourceInUseException);
  const garbage = client.send(new GetRecordsCommand({ ShardIterator: "garbage" }));
  await expect(garbage).rejects.toThrow(InvalidArgumentException);
  const invalid = client.send(new ListStreamsCommand({ Limit: 0 }));
  await expect(invalid).rejects.toMatchObject({
    name: "ValidationException",
    $metadata: { httpStatusCode: 400 },
  });
  const { ShardIterator } = await client.send(
    new GetShardIteratorCommand({ StreamName, ShardId: FIRST, ShardIteratorType: "LATEST" }),
  );
  await clock.advance(300_001);
  const expired = client.send(new GetRecordsCommand({ ShardIterator }));
  await expect(expired).rejects.toThrow(ExpiredIteratorException);
  const put = { StreamName, PartitionKey: "k", Data: Buffer.alloc(1_000_000) };
  await client.send(new PutRecordCommand(put));
  const throttled = client.send(new PutRecordCommand(put));
  await expect(throttled).rejects.toThrow(ProvisionedThroughputExceededException);
});

test("T09: the scope of the signature chooses account and region", async () => {
  await using emulator = await startEmulator({ streams: { [StreamName]: 1 } });
  const elsewhere = { accountId: "111122223333", region: "eu-west-1" };
  using client = kinesisClient(emulator, emulator.clientConfig("kinesis", elsewhere));
  expect((await client.send(new ListStreamsCommand({}))).StreamNames).toEqual([]);
  await client.send(new CreateStreamCommand({ StreamName, ShardCount: 2 }));
  expect(emulator.inspect(StreamName, elsewhere)?.arn).toBe(
    `arn:aws:kinesis:eu-west-1:111122223333:stream/${StreamName}`,
  );
});

test("T64: a record of 10 MiB fits through both protocols", async () => {
  await using emulator = await startEmulator();
  for (const config of [{}, { requestHandler: new NodeHttpHandler() }]) {
    using client = kinesisClient(emulator, config);
    const name = `large-${Object.keys(config).length}`;
    await client.send(
      new CreateStreamCommand({ StreamName: name, ShardCount: 1, MaxRecordSizeInKiB: 10_240 }),
    );
    await waitUntilStreamExists({ client, maxWaitTime: 10, minDelay: 1 }, { StreamName: name });
    const Data = Buffer.alloc(10_485_759, 7);
    await client.send(new PutRecordCommand({ StreamName: name, PartitionKey: "k", Data }));
    expect(emulator.inspect(name)?.shards[0]?.records[0]?.data.length).toBe(Data.length);
  }
});

test("T64: over HTTP/2 a client may send a MiB of a body at once, and 16 MiB over all of a session", async () => {
  await using emulator = await startEmulator();
  const session = connect(emulator.endpoint);
  await once(session, "remoteSettings");
  expect(session.remoteSettings.initialWindowSize).toBe(1_048_576);
  const stream = session.request({ ":path": "/healthcheck" });
  await once(stream.resume(), "close");
  expect(session.state.remoteWindowSize).toBe(16_777_216);
  session.destroy();
});
