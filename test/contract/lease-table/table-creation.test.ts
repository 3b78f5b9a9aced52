import {
  CreateTableCommand,
  DescribeTableCommand,
  DynamoDBClient,
  PutItemCommand,
} from "@aws-sdk/client-dynamodb";
import { createConsumer, DynamoDbLeaseTable } from "@shardline/consumer";
import { apiFailureOf, systemClock } from "@shardline/core";
import { startEmulator } from "@shardline/emulator";
import { expect, test } from "vitest";
import { leaseOf, nativeLease } from "../../../packages/consumer/test/support/leases.ts";
import { intercept } from "../../support/intercept.ts";
import { ANY_SIGNAL, newTable, openDynamoDb, TABLE_NAME } from "./tables.ts";

/** A table whose client fails every CreateTable, as without the permission. */
function withoutPermission(client: DynamoDBClient): DynamoDbLeaseTable {
  const dynamodb = intercept(client, {
    send: ((next: DynamoDBClient["send"], command: CreateTableCommand, options: object) => {
      if (!(command instanceof CreateTableCommand)) return next(command, options);
      return Promise.reject(Object.assign(new Error("no"), { name: "AccessDeniedException" }));
    }) as never,
  });
  return new DynamoDbLeaseTable({
    dynamodb,
    tableName: TABLE_NAME,
    timeoutMs: 5000,
    clock: systemClock,
  });
}

test("create-table: a table that is missing is made as the KCL makes it, on demand, with its index", async () => {
  await using opened = await openDynamoDb();
  const { Table } = await opened.client.send(new DescribeTableCommand({ TableName: TABLE_NAME }));
  expect(Table).toMatchObject({
    TableStatus: "ACTIVE",
    KeySchema: [{ AttributeName: "leaseKey", KeyType: "HASH" }],
    BillingModeSummary: { BillingMode: "PAY_PER_REQUEST" },
    GlobalSecondaryIndexes: [
      {
        IndexName: "LeaseOwnerToLeaseKeyIndex",
        KeySchema: [
          { AttributeName: "leaseOwner", KeyType: "HASH" },
          { AttributeName: "leaseKey", KeyType: "RANGE" },
        ],
        Projection: { ProjectionType: "KEYS_ONLY" },
      },
    ],
  });
});

test("a table that exists is used as it is, with what it holds", async () => {
  await using opened = await openDynamoDb();
  await opened.table.create(leaseOf(0), ANY_SIGNAL);
  const other = newTable(opened.emulator);
  await other.ensureTable(ANY_SIGNAL);
  expect((await other.list(ANY_SIGNAL)).leases).toEqual([leaseOf(0)]);
  other.close();
});

test("create-race: of workers that start together one makes the table, and all can use it", async () => {
  await using emulator = await startEmulator();
  const tables = Array.from({ length: 8 }, () => newTable(emulator));
  await Promise.all(tables.map((table) => table.ensureTable(ANY_SIGNAL)));
  const listings = await Promise.all(tables.map((table) => table.list(ANY_SIGNAL)));
  expect(listings.flatMap(({ leases }) => leases)).toEqual([]);
  for (const table of tables) table.close();
});

test("no-create-permission: a table that exists needs no permission to create one", async () => {
  await using opened = await openDynamoDb();
  const table = withoutPermission(opened.client);
  await table.ensureTable(ANY_SIGNAL);
  expect(await table.create(leaseOf(0), ANY_SIGNAL)).toBe(true);
});

test("without the permission a table that is missing is told with what AWS said", async () => {
  await using emulator = await startEmulator();
  const client = new DynamoDBClient({ ...emulator.clientConfig("dynamodb"), maxAttempts: 1 });
  const failure = withoutPermission(client).ensureTable(ANY_SIGNAL).catch(apiFailureOf);
  expect(await failure).toMatchObject({ kind: "denied", awsName: "AccessDeniedException" });
  client.destroy();
});

test("a client that was handed in is left open", async () => {
  await using opened = await openDynamoDb();
  const { client } = opened;
  const options = { tableName: TABLE_NAME, timeoutMs: 5000, clock: systemClock };
  const table = new DynamoDbLeaseTable({ ...options, dynamodb: client });
  await table.list(ANY_SIGNAL);
  table.close();
  await client.send(new DescribeTableCommand({ TableName: TABLE_NAME }));
});

test("a conflict is told with what stands there, also by a table that hands no items out", async () => {
  await using opened = await openDynamoDb();
  const mute = intercept(opened.client, {
    send: (async (next: (...args: unknown[]) => Promise<unknown>, ...args: unknown[]) => {
      try {
        return await next(...args);
      } catch (error) {
        throw Object.assign(error as object, { Item: undefined });
      }
    }) as never,
  });
  const options = { tableName: TABLE_NAME, timeoutMs: 5000, clock: systemClock };
  const table = new DynamoDbLeaseTable({ ...options, dynamodb: mute });
  const lease = nativeLease(0, "you", { counter: 4 });
  await table.create(lease, ANY_SIGNAL);
  const move = { expect: { counter: 3 }, patch: { counter: 4 } };
  expect(await table.update(lease.key, move, ANY_SIGNAL)).toEqual({
    kind: "conflict",
    current: lease,
  });
});

test.each([
  ["the application's name", {}, "billing"],
  ["the name that was given for it", { tableName: "leases-of-billing" }, "leases-of-billing"],
])(
  "a consumer keeps its leases in a table with %s, and passes over what else is there",
  async (_, leases, name) => {
    await using emulator = await startEmulator({ streams: { orders: 2 } });
    const table = newTable(emulator, name);
    await table.ensureTable(ANY_SIGNAL);
    const client = new DynamoDBClient({ ...emulator.clientConfig("dynamodb"), maxAttempts: 1 });
    const leader = {
      leaseKey: { S: "Leader" },
      entityType: { S: "LEADER" },
      ownerName: { S: "java" },
    };
    await client.send(new PutItemCommand({ TableName: name, Item: leader }));
    client.destroy();
    const consumer = createConsumer({
      leases,
      application: "billing",
      stream: "orders",
      startAt: "TRIM_HORIZON",
      workerId: "me",
      kinesis: emulator.kinesis,
      dynamodb: emulator.clientConfig("dynamodb"),
      processBatch: () => undefined,
    });
    const stop = new AbortController();
    const both = new Promise<void>((resolve) => {
      let started = 0;
      consumer.on("shardStarted", () => {
        started += 1;
        if (started === 2) resolve();
      });
    });
    const run = consumer.run({ signal: stop.signal });
    await both;
    expect((await table.list(ANY_SIGNAL)).leases.map(({ owner }) => owner)).toEqual(["me", "me"]);
    stop.abort();
    await run;
    expect((await table.list(ANY_SIGNAL)).leases.map(({ owner }) => owner)).toEqual([
      undefined,
      undefined,
    ]);
    table.close();
  },
);
