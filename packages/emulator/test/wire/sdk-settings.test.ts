// The operations that change, tag and count streams, as the AWS SDK calls them over its default transport.
import {
  AddTagsToStreamCommand,
  CreateStreamCommand,
  DecreaseStreamRetentionPeriodCommand,
  DescribeLimitsCommand,
  DescribeStreamSummaryCommand,
  IncreaseStreamRetentionPeriodCommand,
  type KinesisClient,
  LimitExceededException,
  ListTagsForResourceCommand,
  ListTagsForStreamCommand,
  ProvisionedThroughputExceededException,
  PutRecordCommand,
  RemoveTagsFromStreamCommand,
  TagResourceCommand,
  UntagResourceCommand,
  UpdateMaxRecordSizeCommand,
  UpdateStreamModeCommand,
  waitUntilStreamExists,
} from "@aws-sdk/client-kinesis";
import { startEmulator } from "@shardline/emulator";
import { expect, test } from "vitest";
import { kinesisClient } from "../support/running.ts";

const StreamName = "orders";
const StreamARN = "arn:aws:kinesis:us-east-1:000000000000:stream/orders";

async function waitUntilActive(client: KinesisClient): Promise<void> {
  await waitUntilStreamExists({ client, maxWaitTime: 10, minDelay: 1 }, { StreamName });
}

test("T01: the AWS SDK changes a stream's settings", async () => {
  await using emulator = await startEmulator({ transitions: { updateMs: 0 } });
  using client = kinesisClient(emulator);
  const Tags = { team: "a" };
  await client.send(new CreateStreamCommand({ StreamName, ShardCount: 1, Tags }));
  await waitUntilActive(client);
  const longer = { StreamName, RetentionPeriodHours: 72 };
  await client.send(new IncreaseStreamRetentionPeriodCommand(longer));
  await waitUntilActive(client);
  const shorter = { StreamARN, RetentionPeriodHours: 48 };
  await client.send(new DecreaseStreamRetentionPeriodCommand(shorter));
  await waitUntilActive(client);
  await client.send(new UpdateMaxRecordSizeCommand({ StreamARN, MaxRecordSizeInKiB: 4096 }));
  await waitUntilActive(client);
  const StreamModeDetails = { StreamMode: "ON_DEMAND" } as const;
  await client.send(new UpdateStreamModeCommand({ StreamARN, StreamModeDetails }));
  await waitUntilActive(client);
  const summary = await client.send(new DescribeStreamSummaryCommand({ StreamName }));
  expect(summary.StreamDescriptionSummary).toMatchObject({
    RetentionPeriodHours: 48,
    MaxRecordSizeInKiB: 4096,
    StreamModeDetails,
    StreamStatus: "ACTIVE",
  });
  const limits = await client.send(new DescribeLimitsCommand({}));
  expect(limits).toMatchObject({
    ShardLimit: 20_000,
    OpenShardCount: 0,
    OnDemandStreamCount: 1,
    OnDemandStreamCountLimit: 50,
  });
});

test("T01: the AWS SDK tags a stream", async () => {
  await using emulator = await startEmulator({ streams: { [StreamName]: 1 } });
  using client = kinesisClient(emulator);
  await client.send(new AddTagsToStreamCommand({ StreamName, Tags: { a: "1", b: "2", c: "é" } }));
  await client.send(new TagResourceCommand({ ResourceARN: StreamARN, Tags: { d: "" } }));
  await client.send(new RemoveTagsFromStreamCommand({ StreamName, TagKeys: ["a"] }));
  await client.send(new UntagResourceCommand({ ResourceARN: StreamARN, TagKeys: ["b"] }));
  const Tags = [
    { Key: "c", Value: "é" },
    { Key: "d", Value: "" },
  ];
  const ofStream = await client.send(new ListTagsForStreamCommand({ StreamName, Limit: 1 }));
  expect(ofStream).toMatchObject({ Tags: Tags.slice(0, 1), HasMoreTags: true });
  const ofResource = await client.send(new ListTagsForResourceCommand({ ResourceARN: StreamARN }));
  expect(ofResource.Tags).toEqual(Tags);
});

test("T06: the SDK raises what comes too often as the modelled classes, and what never comes from AWS by its name", async () => {
  await using emulator = await startEmulator({
    streams: { [StreamName]: 1 },
    limits: { writeRecordsPerSecond: 0.001, callsPerSecond: { DescribeLimits: 0.001 } },
  });
  using client = kinesisClient(emulator);
  const describe = (): Promise<unknown> => client.send(new DescribeLimitsCommand({}));
  const put = (): Promise<unknown> =>
    client.send(new PutRecordCommand({ StreamName, PartitionKey: "k", Data: Buffer.from("x") }));
  await describe();
  await expect(describe()).rejects.toThrow(LimitExceededException);
  await put();
  await expect(put()).rejects.toThrow(ProvisionedThroughputExceededException);

  await using full = await startEmulator({ streams: { [StreamName]: 1 }, maxBytes: 10_485_760 });
  using patient = kinesisClient(full, { maxAttempts: 3 });
  const Data = Buffer.alloc(1_048_575);
  const fill = (): Promise<unknown> =>
    patient.send(new PutRecordCommand({ StreamName, PartitionKey: "k", Data }));
  for (let i = 0; i < 10; i += 1) await fill();
  await expect(fill()).rejects.toMatchObject({
    name: "EmulatorFullException",
    $metadata: { attempts: 1 },
  });
});
