import { DescribeTableCommand, DynamoDBClient, PutItemCommand } from "@aws-sdk/client-dynamodb";
import { createConsumer, DynamoDbLeaseTable, type LeaseTable } from "@shardline/consumer";
import { silentLogger, systemClock } from "@shardline/core";
import { type RunningEmulator, startEmulator } from "@shardline/emulator";
import { expect, test } from "vitest";
import { leaseOf, nativeLease, shardIdOf } from "../../../packages/consumer/test/support/leases.ts";
import { intercept } from "../../support/intercept.ts";
import { ANY_SIGNAL, newTable, openDynamoDb, TABLE_NAME } from "./tables.ts";

/** What the emulator was asked, without the looks. */
function requestsOf(emulator: RunningEmulator): readonly { operation: string; input: unknown }[] {
  return emulator
    .leaseTableRequests()
    .filter(({ operation }) => operation !== "DescribeTable")
    .map(({ input, operation }) => ({ operation, input }));
}

/** As if a permission were missing. */
function deny(emulator: RunningEmulator, operation: string): void {
  emulator.faults.add({
    effect: { kind: "error", type: "AccessDeniedException" },
    match: { service: "dynamodb", operations: operation },
  });
}

/** What a new table is made of, but for what the options say. */
const FORM = {
  TableName: TABLE_NAME,
  AttributeDefinitions: [
    { AttributeName: "leaseKey", AttributeType: "S" },
    { AttributeName: "leaseOwner", AttributeType: "S" },
  ],
  KeySchema: [{ AttributeName: "leaseKey", KeyType: "HASH" }],
};
const INDEX = {
  IndexName: "LeaseOwnerToLeaseKeyIndex",
  KeySchema: [
    { AttributeName: "leaseOwner", KeyType: "HASH" },
    { AttributeName: "leaseKey", KeyType: "RANGE" },
  ],
  Projection: { ProjectionType: "KEYS_ONLY" },
};

test("create-table: a table that is missing is made as the KCL makes it, on demand, with its index, and nothing is asked that needs another permission", async () => {
  await using opened = await openDynamoDb();
  expect(requestsOf(opened.emulator)).toEqual([
    {
      operation: "CreateTable",
      input: { ...FORM, BillingMode: "PAY_PER_REQUEST", GlobalSecondaryIndexes: [INDEX] },
    },
  ]);
  const { Table } = await opened.client.send(new DescribeTableCommand({ TableName: TABLE_NAME }));
  expect(Table).toMatchObject({
    TableStatus: "ACTIVE",
    KeySchema: FORM.KeySchema,
    BillingModeSummary: { BillingMode: "PAY_PER_REQUEST" },
    GlobalSecondaryIndexes: [INDEX],
  });
});

test("create-table: with capacity, deletion protection, tags and point-in-time recovery, if a consumer says so", async () => {
  await using emulator = await startEmulator({ streams: { orders: 1 } });
  const consumer = createConsumer({
    application: TABLE_NAME,
    stream: "orders",
    startAt: "TRIM_HORIZON",
    kinesis: emulator.kinesis,
    dynamodb: emulator.clientConfig("dynamodb"),
    logger: silentLogger,
    leases: {
      table: {
        billing: { readUnits: 3, writeUnits: 5 },
        deletionProtection: true,
        pointInTimeRecovery: true,
        tags: { team: "billing", stage: "test" },
      },
    },
    processBatch: () => undefined,
  });
  // dynalite knows no backups.
  const told = new Promise((resolve) => consumer.on("pointInTimeRecoveryFailed", resolve));
  const stop = new AbortController();
  const started = new Promise((resolve) => consumer.on("shardStarted", resolve));
  const running = consumer.run({ signal: stop.signal });
  await started;
  stop.abort();
  await running;
  expect(await told).toMatchObject({ table: TABLE_NAME });
  const ProvisionedThroughput = { ReadCapacityUnits: 3, WriteCapacityUnits: 5 };
  expect(requestsOf(emulator).slice(0, 2)).toEqual([
    {
      operation: "CreateTable",
      input: {
        ...FORM,
        ProvisionedThroughput,
        BillingMode: "PROVISIONED",
        GlobalSecondaryIndexes: [{ ...INDEX, ProvisionedThroughput }],
        DeletionProtectionEnabled: true,
        Tags: [
          { Key: "team", Value: "billing" },
          { Key: "stage", Value: "test" },
        ],
      },
    },
    {
      operation: "UpdateContinuousBackups",
      input: {
        TableName: TABLE_NAME,
        PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
      },
    },
  ]);
});

test("create-table: a table that exists keeps its capacity, protection and tags, and gets point-in-time recovery", async () => {
  await using opened = await openDynamoDb();
  const before = requestsOf(opened.emulator).length;
  const table = newTable(opened.emulator, TABLE_NAME, {
    billing: { readUnits: 3, writeUnits: 5 },
    deletionProtection: true,
    pointInTimeRecovery: true,
    tags: { team: "billing" },
  });
  await table.ensureTable(ANY_SIGNAL);
  table.close();
  expect(requestsOf(opened.emulator).slice(before)).toMatchObject([
    { operation: "UpdateContinuousBackups" },
  ]);
});

test("a table that has just become active and is not ready for backups is asked again", async () => {
  await using emulator = await startEmulator();
  const match = { service: "dynamodb", operations: "UpdateContinuousBackups" } as const;
  const unready = { kind: "error", type: "ContinuousBackupsUnavailableException" } as const;
  emulator.faults.add({ match, effect: unready });
  const table = newTable(emulator, TABLE_NAME, { pointInTimeRecovery: true });
  await table.ensureTable(ANY_SIGNAL);
  table.close();
  expect(emulator.faults.log().map(({ operation }) => operation)).toEqual(
    Array(4).fill("UpdateContinuousBackups"),
  );
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
  deny(opened.emulator, "CreateTable");
  const table = newTable(opened.emulator);
  await table.ensureTable(ANY_SIGNAL);
  expect(await table.create(leaseOf(0), ANY_SIGNAL)).toBe(true);
  table.close();
});

test("no-create-permission: a consumer whose table is missing says which permission it lacks, and for which table", async () => {
  await using emulator = await startEmulator({ streams: { orders: 1 } });
  deny(emulator, "CreateTable");
  const consumer = createConsumer({
    application: "billing",
    stream: "orders",
    startAt: "TRIM_HORIZON",
    kinesis: emulator.kinesis,
    dynamodb: emulator.clientConfig("dynamodb"),
    processBatch: () => undefined,
  });
  const error = await consumer.run().catch((reason: unknown) => reason);
  expect(error).toMatchObject({ code: "API_CALL_FAILED", isRetryable: false });
  expect((error as Error).message).toContain(
    "CreateTable on lease table billing was denied: grant dynamodb:CreateTable",
  );
});

test("no-create-permission: a consumer that is not to create its table says that it is missing, and makes none", async () => {
  await using emulator = await startEmulator({ streams: { orders: 1 } });
  const consumer = createConsumer({
    application: "billing",
    stream: "orders",
    startAt: "TRIM_HORIZON",
    kinesis: emulator.kinesis,
    dynamodb: emulator.clientConfig("dynamodb"),
    leases: { table: { create: false } },
    processBatch: () => undefined,
  });
  await expect(consumer.run()).rejects.toMatchObject({ code: "LEASE_TABLE_UNUSABLE" });
  expect(requestsOf(emulator)).toEqual([]);
});

test.each([
  ["Scan", "leaseTableFailed"],
  ["UpdateItem", "leaseTableFailed"],
  ["PutItem", "shardSyncFailed"],
] as const)(
  "a consumer that lacks the permission to %s says so with %s, and goes on when it is granted",
  async (operation, event) => {
    await using emulator = await startEmulator({ streams: { orders: 1 } });
    deny(emulator, operation);
    const consumer = createConsumer({
      application: "billing",
      stream: "orders",
      startAt: "TRIM_HORIZON",
      kinesis: emulator.kinesis,
      dynamodb: emulator.clientConfig("dynamodb"),
      leases: { failoverMs: 1000 },
      logger: silentLogger,
      processBatch: () => undefined,
    });
    const stop = new AbortController();
    const started = new Promise((resolve) => consumer.on("shardStarted", resolve));
    const told = new Promise<string>((resolve) => {
      consumer.on(event, ({ reason }) => resolve(reason));
    });
    const running = consumer.run({ signal: stop.signal });
    expect(await told).toContain(
      `${operation} on lease table billing was denied: grant dynamodb:${operation}`,
    );
    emulator.faults.clear();
    await started;
    stop.abort();
    await running;
  },
);

test.each([
  ["GetItem", (table: LeaseTable) => table.get(shardIdOf(0), { consistent: true }, ANY_SIGNAL)],
  ["DeleteItem", (table: LeaseTable) => table.delete(shardIdOf(0), {}, ANY_SIGNAL)],
] as const)(
  "a table without the permission to %s names it, and does it when it is granted",
  async (operation, call) => {
    await using opened = await openDynamoDb();
    await opened.table.create(leaseOf(0), ANY_SIGNAL);
    deny(opened.emulator, operation);
    await expect(call(opened.table)).rejects.toMatchObject({
      code: "API_CALL_FAILED",
      message: expect.stringContaining(
        `${operation} on lease table ${TABLE_NAME} was denied: grant dynamodb:${operation}`,
      ) as string,
    });
    expect((await opened.table.list(ANY_SIGNAL)).leases).toEqual([leaseOf(0)]);
    opened.emulator.faults.clear();
    expect(await call(opened.table)).toBeTruthy();
  },
);

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
