// A stream is split, merged and scaled while the AWS SDK, over its default transport, follows it to the end of its
// shards: pushed by enhanced fan-out, and then polled.
import {
  DeleteStreamCommand,
  DescribeStreamCommand,
  DescribeStreamConsumerCommand,
  GetRecordsCommand,
  GetShardIteratorCommand,
  type KinesisClient,
  MergeShardsCommand,
  PutRecordsCommand,
  RegisterStreamConsumerCommand,
  SplitShardCommand,
  SubscribeToShardCommand,
  type SubscribeToShardEvent,
  UpdateShardCountCommand,
} from "@aws-sdk/client-kinesis";
import { startEmulator } from "@shardline/emulator";
import { expect, test } from "vitest";
import { kinesisClient } from "../support/running.ts";

const StreamName = "orders";
const StreamARN = `arn:aws:kinesis:us-east-1:000000000000:stream/${StreamName}`;
const ROOTS = ["shardId-000000000000", "shardId-000000000001"] as const;
const BATCH = 20;
/** Between two looks at a status: less often than the limits of AWS allow. */
const LOOK_MS = 110;

/** Texts by the shard that they were read from. */
type Texts = Map<string, string[]>;

function textsOf({ Records = [] }: Pick<SubscribeToShardEvent, "Records">): string[] {
  return (Records ?? []).map(({ Data = new Uint8Array() }) => Buffer.from(Data).toString());
}

async function register(client: KinesisClient): Promise<string> {
  const consumer = { StreamARN, ConsumerName: "c" };
  await client.send(new RegisterStreamConsumerCommand(consumer));
  const describe = new DescribeStreamConsumerCommand(consumer);
  const described = async () => (await client.send(describe)).ConsumerDescription;
  await expect
    .poll(async () => (await described())?.ConsumerStatus, { interval: LOOK_MS })
    .toBe("ACTIVE");
  return (await described())?.ConsumerARN ?? "";
}

/** Follows shards and, from each end, the children whose parents have all ended. */
async function follow(
  client: KinesisClient,
  ConsumerARN: string,
  shardIds: readonly string[],
  read: Texts,
  ended: Set<string>,
): Promise<void> {
  const followOne = async (ShardId: string): Promise<void> => {
    const from = { ConsumerARN, ShardId, StartingPosition: { Type: "TRIM_HORIZON" } } as const;
    const { EventStream = [] } = await client.send(new SubscribeToShardCommand(from));
    const texts: string[] = [];
    read.set(ShardId, texts);
    for await (const { SubscribeToShardEvent: event } of EventStream) {
      if (event === undefined) continue;
      texts.push(...textsOf(event));
      if (event.ContinuationSequenceNumber !== undefined) continue;
      ended.add(ShardId);
      const { ChildShards = [] } = event;
      const ready = ChildShards.filter(({ ParentShards = [] }) =>
        ParentShards.every((id) => ended.has(id)),
      );
      const children = ready.map((child) => child.ShardId ?? "");
      await follow(client, ConsumerARN, children, read, ended);
    }
  };
  await Promise.all(shardIds.map(followOne));
}

/** Polls shards and their descendants, each once, to the end or the tip. */
async function poll(client: KinesisClient, shardIds: readonly string[]): Promise<Texts> {
  const read: Texts = new Map();
  const queue = [...shardIds];
  for (let ShardId = queue.shift(); ShardId !== undefined; ShardId = queue.shift()) {
    if (read.has(ShardId)) continue;
    const from = { StreamName, ShardId, ShardIteratorType: "TRIM_HORIZON" } as const;
    const { ShardIterator } = await client.send(new GetShardIteratorCommand(from));
    const page = await client.send(new GetRecordsCommand({ ShardIterator }));
    const { ChildShards = [], NextShardIterator } = page;
    expect(ChildShards.length === 0).toBe(NextShardIterator !== undefined);
    read.set(ShardId, textsOf(page));
    queue.push(...ChildShards.map((child) => child.ShardId ?? ""));
  }
  return read;
}

test.each(["off", "aws"] as const)(
  "T39: with limits %s the AWS SDK follows a stream through split, merge and scaling to the end of every shard",
  async (limits) => {
    await using emulator = await startEmulator({ limits, streams: { [StreamName]: 2 } });
    using client = kinesisClient(emulator);
    const read: Texts = new Map();
    const following = follow(client, await register(client), ROOTS, read, new Set());
    const describe = async () =>
      (await client.send(new DescribeStreamCommand({ StreamName }))).StreamDescription;
    let count = 0;
    const put = async (): Promise<void> => {
      const status = async () => (await describe())?.StreamStatus;
      await expect.poll(status, { interval: LOOK_MS }).toBe("ACTIVE");
      const Records = Array.from({ length: BATCH }, (_, i) => ({
        PartitionKey: `${i}`,
        Data: Buffer.from(`${count + i}`),
      }));
      const put = await client.send(new PutRecordsCommand({ StreamName, Records }));
      expect(put.FailedRecordCount).toBe(0);
      count += BATCH;
    };
    await put();
    const [ShardToSplit, AdjacentShardToMerge] = ROOTS;
    const split = { StreamName, ShardToSplit, NewStartingHashKey: `${1n << 126n}` };
    await client.send(new SplitShardCommand(split));
    await put();
    const merge = { StreamName, ShardToMerge: "shardId-000000000003", AdjacentShardToMerge };
    await client.send(new MergeShardsCommand(merge));
    await put();
    const scaling = { StreamName, TargetShardCount: 3, ScalingType: "UNIFORM_SCALING" } as const;
    const scaled = await client.send(new UpdateShardCountCommand(scaling));
    expect(scaled).toMatchObject({ StreamARN, CurrentShardCount: 2, TargetShardCount: 3 });
    await put();
    await expect.poll(() => [...read.values()].flat().length).toBe(count);
    const shards = (await describe())?.Shards ?? [];
    expect([...read.keys()].sort()).toEqual(shards.map(({ ShardId }) => ShardId));
    const polled = await poll(client, ROOTS);
    expect(polled).toEqual(read);
    expect(new Set([...polled.values()].flat()).size).toBe(count);
    await client.send(new DeleteStreamCommand({ StreamName, EnforceConsumerDeletion: true }));
    await expect(following).rejects.toThrow(`Stream ${StreamName} under account 000000000000`);
  },
);
