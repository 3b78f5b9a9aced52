// An emulator with something to see: streams, records, consumers, leases and faults, some of them with hostile names.
import {
  CreateTableCommand,
  DescribeTableCommand,
  DynamoDBClient,
  PutItemCommand,
} from "@aws-sdk/client-dynamodb";
import {
  type RunningEmulator,
  startEmulator,
  type StartEmulatorOptions,
} from "@shardline/emulator";
import { onTestFinished } from "vitest";

/** A name that would do harm wherever it is taken for markup, and is too long for every column. */
export const HOSTILE = `<img src=x onerror="alert(1)">'"&amp;</td><script>alert(2)</script>${"w".repeat(90)}`;

/** Starts an emulator that ends with the test. */
export async function startStage(options: StartEmulatorOptions): Promise<RunningEmulator> {
  const emulator = await startEmulator({ limits: "aws", ...options });
  onTestFinished(() => emulator.close());
  return emulator;
}

/** The id of the nth shard. */
export function shardId(index: number): string {
  return `shardId-${String(index).padStart(12, "0")}`;
}

/** Puts so many records of 100 bytes into the shard that has the lowest hash keys. */
export async function put(
  emulator: RunningEmulator,
  StreamName: string,
  count: number,
): Promise<void> {
  const record = {
    Data: Buffer.alloc(99).toString("base64"),
    PartitionKey: "k",
    ExplicitHashKey: "0",
  };
  await emulator.call("PutRecords", {
    StreamName,
    Records: Array.from({ length: count }, () => record),
  });
}

/** Splits a shard in the middle; resolves when that has taken effect. */
export async function split(
  emulator: RunningEmulator,
  StreamName: string,
  ShardToSplit: string,
): Promise<void> {
  const shard = emulator.inspect(StreamName)?.shards.find((one) => one.shardId === ShardToSplit);
  const { end, start } = shard?.hashKeyRange ?? { start: 0n, end: 0n };
  const NewStartingHashKey = String((start + end + 1n) / 2n);
  await emulator.call("SplitShard", { StreamName, ShardToSplit, NewStartingHashKey });
  while (emulator.inspect(StreamName)?.status !== "ACTIVE") await new Promise(setImmediate);
}

/** Merges two shards; resolves when that has taken effect. */
export async function merge(
  emulator: RunningEmulator,
  StreamName: string,
  [ShardToMerge, AdjacentShardToMerge]: readonly [string, string],
): Promise<void> {
  await emulator.call("MergeShards", { StreamName, ShardToMerge, AdjacentShardToMerge });
  while (emulator.inspect(StreamName)?.status !== "ACTIVE") await new Promise(setImmediate);
}

/** Registers a consumer and subscribes it to the first shard, until the test ends. */
export async function subscribe(
  emulator: RunningEmulator,
  stream: string,
  ConsumerName: string,
): Promise<void> {
  const StreamARN = emulator.inspect(stream)?.arn;
  await emulator.call("RegisterStreamConsumer", { StreamARN, ConsumerName });
  const isActive = (): boolean =>
    emulator
      .inspect(stream)
      ?.consumers.some(({ name, status }) => name === ConsumerName && status === "ACTIVE") === true;
  while (!isActive()) await new Promise(setImmediate);
  const ConsumerARN = emulator
    .inspect(stream)
    ?.consumers.find(({ name }) => name === ConsumerName)?.arn;
  const StartingPosition = { Type: "LATEST" };
  const input = { ConsumerARN, ShardId: shardId(0), StartingPosition };
  const { EventStream } = (await emulator.call("SubscribeToShard", input)) as {
    readonly EventStream: AsyncIterableIterator<unknown>;
  };
  const read = (async () => {
    for await (const _ of EventStream);
  })();
  onTestFinished(async () => {
    emulator.close().catch(() => undefined);
    await read.catch(() => undefined);
  });
}

/** Writes leases of the first shards, one for each checkpoint. */
export async function lease(
  emulator: RunningEmulator,
  TableName: string,
  leases: readonly { readonly owner?: string; readonly checkpoint: string }[],
): Promise<void> {
  const client = new DynamoDBClient({
    ...emulator.clientConfig("dynamodb"),
    requestHandler: emulator.requestHandler(),
  });
  await client.send(
    new CreateTableCommand({
      TableName,
      BillingMode: "PAY_PER_REQUEST",
      AttributeDefinitions: [{ AttributeName: "leaseKey", AttributeType: "S" }],
      KeySchema: [{ AttributeName: "leaseKey", KeyType: "HASH" }],
    }),
  );
  const isActive = async (): Promise<boolean> => {
    const { Table } = await client.send(new DescribeTableCommand({ TableName }));
    return Table?.TableStatus === "ACTIVE";
  };
  while (!(await isActive()));
  for (const [i, { checkpoint, owner }] of leases.entries()) {
    const Item = {
      leaseKey: { S: shardId(i) },
      checkpoint: { S: checkpoint },
      ...(owner === undefined ? {} : { leaseOwner: { S: owner } }),
    };
    await client.send(new PutItemCommand({ TableName, Item }));
  }
  client.destroy();
}
