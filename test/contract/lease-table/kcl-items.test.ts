// The lease table as the KCL sees it, and the KCL's items as we see them. Ids: the acceptance tests of the lease table.
import { CreateTableCommand, DynamoDBClient, PutItemCommand } from "@aws-sdk/client-dynamodb";
import { createConsumer, DynamoDbLeaseTable } from "@shardline/consumer";
import { silentLogger, systemClock } from "@shardline/core";
import { startEmulator } from "@shardline/emulator";
import { expect, onTestFinished, test } from "vitest";
import { readAsKcl } from "../../../packages/consumer/test/support/kcl-item-reader.ts";
import { describeKclItems, type Item, Neighbour } from "./kcl-items.ts";
import { ANY_SIGNAL, openDynamoDb, TABLE_NAME } from "./tables.ts";

const signal = ANY_SIGNAL;

describeKclItems(openDynamoDb);

test("java-readable: every lease that a consumer writes, from its creation to the end of its shard", async () => {
  await using emulator = await startEmulator({ streams: { orders: 2 } });
  const client = new DynamoDBClient(emulator.clientConfig("dynamodb"));
  onTestFinished(() => client.destroy());
  const neighbour = new Neighbour({ client, tableName: TABLE_NAME });
  const { kinesis } = emulator;
  const stream = { name: "orders" };
  const seen = new Map<string, Item>();
  const look = async (): Promise<void> => {
    for (const item of await neighbour.items()) {
      const lease = readAsKcl(item);
      seen.set(`${item["leaseKey"]?.S} ${item["checkpoint"]?.S} ${"leaseOwner" in lease}`, item);
    }
  };
  const stop = new AbortController();
  const consumer = createConsumer({
    application: TABLE_NAME,
    stream: stream.name,
    startAt: "TRIM_HORIZON",
    workerId: "worker-1",
    kinesis,
    dynamodb: emulator.clientConfig("dynamodb"),
    leases: { failoverMs: 1000 },
    read: { idleMs: 200 },
    processBatch: look,
  });
  const ended = new Promise((resolve) => consumer.on("shardEnded", resolve));
  const childStarted = new Promise<void>((resolve) => {
    consumer.on("shardStarted", ({ shardId }) => {
      if (shardId === "shardId-000000000002") resolve();
    });
  });
  const running = consumer.run({ signal: stop.signal });
  const entries = ["a", "b", "c", "d"].map((partitionKey) => {
    return { partitionKey, data: Buffer.from(partitionKey) };
  });
  await kinesis.putRecords({ stream, entries }, signal);
  const [low, high] = ["shardId-000000000000", "shardId-000000000001"];
  await kinesis.mergeShards({ stream, shardId: low, adjacentShardId: high }, signal);
  await ended;
  await childStarted;
  await kinesis.putRecords({ stream, entries }, signal);
  stop.abort();
  await running;
  await look();
  const checkpoints = [...seen.values()].map((item) => item["checkpoint"]?.S);
  expect(checkpoints).toContain("TRIM_HORIZON");
  expect(checkpoints).toContain("SHARD_END");
  const parents = [...seen.values()].map((item) => item["parentShardId"]?.SS?.length ?? 0);
  expect(Math.max(...parents)).toBe(2);
});

test("foreign-items: what a KCL before 3.5 keeps in a table of its own is told where there is one", async () => {
  await using opened = await openDynamoDb();
  const { client, emulator } = opened;
  expect(await opened.table.coordinatorState(signal)).toEqual([]);
  const TableName = "billing-CoordinatorState";
  await client.send(
    new CreateTableCommand({
      TableName,
      BillingMode: "PAY_PER_REQUEST",
      AttributeDefinitions: [{ AttributeName: "key", AttributeType: "S" }],
      KeySchema: [{ AttributeName: "key", KeyType: "HASH" }],
    }),
  );
  const Item = { key: { S: "Migration3.0" }, cv: { S: "CLIENT_VERSION_3X" }, mts: { N: "1" } };
  const putItem = () => client.send(new PutItemCommand({ TableName, Item })).then(() => "put");
  await expect.poll(putItem).toBe("put");
  const table = new DynamoDbLeaseTable({
    application: "billing",
    dynamodb: emulator.clientConfig("dynamodb"),
    tableName: TABLE_NAME,
    timeoutMs: 5000,
    clock: systemClock,
  });
  expect(await table.coordinatorState(signal)).toEqual([
    {
      key: "Migration3.0",
      entityType: "",
      attributes: { key: "Migration3.0", cv: "CLIENT_VERSION_3X", mts: "1" },
    },
  ]);
  const denied = { kind: "error", type: "AccessDeniedException" } as const;
  emulator.faults.add({ effect: denied, match: { service: "dynamodb", operations: "Scan" } });
  expect(await table.coordinatorState(signal)).toEqual([]);
  table.close();
});

test("corrupt-item: a shard whose item is one is told of, and the others are read", async () => {
  await using emulator = await startEmulator({ streams: { orders: 2 } });
  const client = new DynamoDBClient(emulator.clientConfig("dynamodb"));
  onTestFinished(() => client.destroy());
  const neighbour = new Neighbour({ client, tableName: TABLE_NAME });
  const stop = new AbortController();
  const consumer = createConsumer({
    application: TABLE_NAME,
    stream: "orders",
    startAt: "TRIM_HORIZON",
    kinesis: emulator.kinesis,
    dynamodb: emulator.clientConfig("dynamodb"),
    logger: silentLogger,
    processBatch: () => undefined,
  });
  const told: unknown[] = [];
  consumer.on("leaseUnreadable", (event) => told.push(event));
  const started = new Promise<{ shardId: string }>((resolve) =>
    consumer.on("shardStarted", resolve),
  );
  const table = new DynamoDbLeaseTable({
    dynamodb: emulator.clientConfig("dynamodb"),
    tableName: TABLE_NAME,
    timeoutMs: 5000,
    clock: systemClock,
  });
  await table.ensureTable(signal);
  table.close();
  const corrupt = { leaseKey: { S: "shardId-000000000000" }, checkpoint: { S: "TRIM_HORIZON" } };
  await neighbour.put(corrupt);
  const running = consumer.run({ signal: stop.signal });
  expect((await started).shardId).toBe("shardId-000000000001");
  stop.abort();
  await running;
  const key = "shardId-000000000000";
  const problem = "leaseCounter is missing";
  expect(told).toEqual([{ leaseKey: key, problem, waitingShardIds: [] }]);
  expect(await neighbour.items()).toContainEqual(corrupt);
});
