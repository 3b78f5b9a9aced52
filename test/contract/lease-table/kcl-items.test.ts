// The lease table as the KCL sees it, and the KCL's items as we see them. Ids: the acceptance tests of the lease table.
import {
  type AttributeValue,
  CreateTableCommand,
  DynamoDBClient,
  PutItemCommand,
  ScanCommand,
} from "@aws-sdk/client-dynamodb";
import { createConsumer, DynamoDbLeaseTable, type LeaseMove } from "@shardline/consumer";
import { silentLogger, systemClock } from "@shardline/core";
import type { RunningEmulator } from "@shardline/emulator";
import { startEmulator } from "@shardline/emulator";
import { expect, test, vi } from "vitest";
import { readAsKcl } from "../../../packages/consumer/test/support/kcl-item-reader.ts";
import { ANY_SIGNAL, leaseWithKey, openDynamoDb, TABLE_NAME } from "./tables.ts";

const signal = ANY_SIGNAL;
const consistent = { consistent: true };
type Item = Record<string, AttributeValue>;

/** DynamoDB as somebody else uses it. */
class Neighbour implements Disposable {
  readonly #client: DynamoDBClient;

  constructor(emulator: RunningEmulator) {
    this.#client = new DynamoDBClient(emulator.clientConfig("dynamodb"));
  }

  async put(item: Item): Promise<void> {
    await this.#client.send(new PutItemCommand({ TableName: TABLE_NAME, Item: item }));
  }

  async items(): Promise<Item[]> {
    const { Items } = await this.#client.send(new ScanCommand({ TableName: TABLE_NAME }));
    return Items ?? [];
  }

  [Symbol.dispose](): void {
    this.#client.destroy();
  }
}

/** As a worker of the KCL 2.x writes it. */
const WRITTEN_BY_KCL: Item = {
  leaseKey: { S: "shardId-000000000002" },
  leaseOwner: { S: "java-worker" },
  leaseCounter: { N: "41" },
  ownerSwitchesSinceCheckpoint: { N: "1" },
  checkpoint: { S: "49590338271490256608559692538361571095921575989136588898" },
  checkpointSubSequenceNumber: { N: "3" },
  parentShardId: { SS: ["shardId-000000000000", "shardId-000000000001"] },
  childShardIds: { SS: ["shardId-000000000003"] },
  startingHashKey: { S: "0" },
  endingHashKey: { S: "340282366920938463463374607431768211455" },
};

function without(...names: readonly string[]): Item {
  const entries = Object.entries(WRITTEN_BY_KCL).filter(([name]) => !names.includes(name));
  return Object.fromEntries(entries);
}

test("java-readable: every lease that a consumer writes, from its creation to the end of its shard", async () => {
  await using emulator = await startEmulator({ streams: { orders: 2 } });
  using neighbour = new Neighbour(emulator);
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

test("java-readable: what the KCL wrote, we read, field by field", async () => {
  await using opened = await openDynamoDb();
  using neighbour = new Neighbour(opened.emulator);
  await neighbour.put(WRITTEN_BY_KCL);
  expect((await opened.table.list(signal)).leases).toEqual([
    leaseWithKey("shardId-000000000002", {
      owner: "java-worker",
      counter: 41,
      ownerSwitches: 1,
      checkpoint: {
        sequenceNumber: "49590338271490256608559692538361571095921575989136588898",
        subSequenceNumber: 3,
      },
      parentShardIds: ["shardId-000000000000", "shardId-000000000001"],
      childShardIds: ["shardId-000000000003"],
      hashKeyRange: { start: 0n, end: (1n << 128n) - 1n },
    }),
  ]);
});

test("java-written-1x: an item without children, hash range or parents is a lease", async () => {
  await using opened = await openDynamoDb();
  using neighbour = new Neighbour(opened.emulator);
  await neighbour.put(
    without("childShardIds", "parentShardId", "startingHashKey", "endingHashKey"),
  );
  const [lease] = (await opened.table.list(signal)).leases;
  expect(lease).toMatchObject({ counter: 41, parentShardIds: [], childShardIds: [] });
  expect(lease).not.toHaveProperty("hashKeyRange");
});

test.each([
  "STREAM",
  "LEADER",
  "CLIENT_VERSION_MIGRATION",
  "TABLE_MIGRATION",
  "WORKER_METRIC_STATS",
])("foreign-items: a %s is no lease, and is left alone", async (entityType) => {
  await using opened = await openDynamoDb();
  using neighbour = new Neighbour(opened.emulator);
  const foreign = { ...WRITTEN_BY_KCL, leaseKey: { S: "other" }, entityType: { S: entityType } };
  await neighbour.put(foreign);
  await neighbour.put({ ...WRITTEN_BY_KCL, entityType: { S: "LEASE" } });
  const listing = await opened.table.list(signal);
  expect(listing.leases.map(({ key }) => key)).toEqual(["shardId-000000000002"]);
  expect(listing.unreadable).toEqual([]);
  expect(listing.foreign).toMatchObject([
    { key: "other", entityType, attributes: { leaseCounter: "41", leaseOwner: "java-worker" } },
  ]);
  const problem = `entityType is ${entityType}`;
  expect(await opened.table.get("other", consistent, signal)).toEqual({
    kind: "unreadable",
    problem,
  });
  expect(await neighbour.items()).toContainEqual(foreign);
});

test("foreign-items: a write that names one changes nothing", async () => {
  await using opened = await openDynamoDb();
  using neighbour = new Neighbour(opened.emulator);
  const leader = { ...WRITTEN_BY_KCL, leaseKey: { S: "Leader" }, entityType: { S: "LEADER" } };
  await neighbour.put(leader);
  const move: LeaseMove = { expect: {}, patch: { counter: 42 } };
  expect(await opened.table.update("Leader", move, signal)).toEqual({ kind: "conflict" });
  expect(await opened.table.delete("Leader", { counter: 41 }, signal)).toBe(false);
  expect(await neighbour.items()).toEqual([leader]);
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
  await vi.waitFor(() => client.send(new PutItemCommand({ TableName, Item })));
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

test.each<[string, Item]>([
  ["leaseCounter is missing", without("leaseCounter")],
  ["leaseCounter is not a whole number", { ...WRITTEN_BY_KCL, leaseCounter: { S: "41" } }],
  ["ownerSwitchesSinceCheckpoint is missing", without("ownerSwitchesSinceCheckpoint")],
  ["checkpoint is not a position", { ...WRITTEN_BY_KCL, checkpoint: { S: "yesterday" } }],
  ["parentShardId is not a set of texts", { ...WRITTEN_BY_KCL, parentShardId: { S: "0" } }],
])("corrupt-item: one whose %s does not keep the others from being read", async (problem, item) => {
  await using opened = await openDynamoDb();
  using neighbour = new Neighbour(opened.emulator);
  await neighbour.put({ ...item, leaseKey: { S: "corrupt" } });
  await neighbour.put(WRITTEN_BY_KCL);
  const { leases, unreadable } = await opened.table.list(signal);
  expect(leases.map(({ key }) => key)).toEqual(["shardId-000000000002"]);
  expect(unreadable).toEqual([{ key: "corrupt", problem }]);
  // Not gone: who waits for it to end goes on waiting.
  expect(await opened.table.get("corrupt", consistent, signal)).toEqual({
    kind: "unreadable",
    problem,
  });
  expect(await opened.table.create(leaseWithKey("corrupt"), signal)).toBe(false);
});

test("corrupt-item: a shard whose item is one is told of, and the others are read", async () => {
  await using emulator = await startEmulator({ streams: { orders: 2 } });
  using neighbour = new Neighbour(emulator);
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

test("unknown-attribute: what others keep in a lease outlives every move of ours", async () => {
  await using opened = await openDynamoDb();
  using neighbour = new Neighbour(opened.emulator);
  const extra = { throughputKBps: { N: "12.5" }, note: { M: { by: { S: "a person" } } } };
  await neighbour.put({ ...WRITTEN_BY_KCL, ...extra });
  const move: LeaseMove = {
    expect: { counter: 41 },
    patch: {
      counter: 42,
      owner: null,
      checkpoint: { sequenceNumber: "SHARD_END", subSequenceNumber: 0 },
    },
  };
  await opened.table.update("shardId-000000000002", move, signal);
  const [item] = await neighbour.items();
  expect(item).toMatchObject(extra);
  expect(item).not.toHaveProperty("leaseOwner");
  expect(readAsKcl(item as Item).checkpoint.sequenceNumber).toBe("SHARD_END");
});

test("a prepared checkpoint goes with the next checkpoint, and only with that", async () => {
  await using opened = await openDynamoDb();
  using neighbour = new Neighbour(opened.emulator);
  const pending = {
    pendingCheckpoint: { S: "49590338271490256608559692538361571095921575989136588899" },
    pendingCheckpointSubSequenceNumber: { N: "0" },
    pendingCheckpointState: { B: Uint8Array.of(1, 2, 3) },
  };
  await neighbour.put({ ...WRITTEN_BY_KCL, ...pending });
  const renewal: LeaseMove = { expect: { counter: 41 }, patch: { counter: 42 } };
  await opened.table.update("shardId-000000000002", renewal, signal);
  expect((await neighbour.items())[0]).toMatchObject(pending);
  const checkpoint = { sequenceNumber: "SHARD_END", subSequenceNumber: 0 };
  const move: LeaseMove = { expect: { counter: 42 }, patch: { counter: 43, checkpoint } };
  await opened.table.update("shardId-000000000002", move, signal);
  const names = Object.keys((await neighbour.items())[0] as Item);
  expect(names.filter((name) => name.startsWith("pending"))).toEqual([]);
});
