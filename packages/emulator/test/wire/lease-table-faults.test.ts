// The lease table under faults, and the requests that it keeps.
import {
  ConditionalCheckFailedException,
  CreateTableCommand,
  type DynamoDBClient,
  GetItemCommand,
  ListTablesCommand,
  ProvisionedThroughputExceededException,
  UpdateContinuousBackupsCommand,
  UpdateItemCommand,
} from "@aws-sdk/client-dynamodb";
import { type FaultEffect, type RunningEmulator, startEmulator } from "@shardline/emulator";
import { expect, test } from "vitest";
import { dynamoDbClient, untilActive } from "../support/running.ts";

const TableName = "leases";
const Key = { leaseKey: { S: "shardId-000000000000" } };
const count = new UpdateItemCommand({
  TableName,
  Key,
  UpdateExpression: "ADD leaseCounter :one",
  ExpressionAttributeValues: { ":one": { N: "1" } },
});

async function startWithTable(effect: FaultEffect): Promise<RunningEmulator> {
  const emulator = await startEmulator();
  using client = dynamoDbClient(emulator);
  await client.send(
    new CreateTableCommand({
      TableName,
      KeySchema: [{ AttributeName: "leaseKey", KeyType: "HASH" }],
      AttributeDefinitions: [{ AttributeName: "leaseKey", AttributeType: "S" }],
      BillingMode: "PAY_PER_REQUEST",
      DeletionProtectionEnabled: true,
      Tags: [{ Key: "app", Value: "billing" }],
    }),
  );
  await untilActive(client, TableName);
  const match = { service: "dynamodb", operations: "UpdateItem", table: TableName } as const;
  emulator.faults.add({ effect, match, times: 1 });
  return emulator;
}

async function counter(client: DynamoDBClient): Promise<number> {
  const { Item } = await client.send(new GetItemCommand({ TableName, Key, ConsistentRead: true }));
  return Number(Item?.["leaseCounter"]?.N ?? 0);
}

test.each<[string, FaultEffect, object, number]>([
  [
    "throttled",
    { kind: "throttle" },
    { name: "ProvisionedThroughputExceededException", $metadata: { httpStatusCode: 400 } },
    0,
  ],
  [
    "throttled as a caller",
    { kind: "error", type: "ThrottlingException" },
    { name: "ThrottlingException", message: "Rate exceeded" },
    0,
  ],
  [
    "refused for its condition",
    { kind: "error", type: "ConditionalCheckFailedException" },
    { name: "ConditionalCheckFailedException", message: "The conditional request failed" },
    0,
  ],
  [
    "failed by the service",
    { kind: "error", type: "InternalServerError" },
    { name: "InternalServerError", $metadata: { httpStatusCode: 500 } },
    0,
  ],
  [
    "sent to a service that is down",
    { kind: "unavailable" },
    { $metadata: { httpStatusCode: 503 } },
    0,
  ],
  ["reset", { kind: "reset" }, { code: "ECONNRESET" }, 0],
  ["robbed of its answer", { kind: "commitThenDrop" }, { code: "ECONNRESET" }, 1],
  ["answered in half", { kind: "cutBody" }, { code: "ECONNRESET" }, 1],
])("an update can be %s", async (_, effect, expected, stored) => {
  await using emulator = await startWithTable(effect);
  using client = dynamoDbClient(emulator);
  await expect(client.send(count)).rejects.toMatchObject(expected);
  expect(await counter(client)).toBe(stored);
  expect(emulator.faults.log()).toMatchObject([
    { service: "dynamodb", operation: "UpdateItem", table: TableName, effect: effect.kind },
  ]);
  await client.send(count);
});

test("the SDK raises its classes for what is injected", async () => {
  await using emulator = await startWithTable({ kind: "throttle" });
  using client = dynamoDbClient(emulator);
  await expect(client.send(count)).rejects.toThrow(ProvisionedThroughputExceededException);
  const type = "ConditionalCheckFailedException";
  emulator.faults.add({ effect: { kind: "error", type }, match: { service: "dynamodb" } });
  await expect(client.send(count)).rejects.toThrow(ConditionalCheckFailedException);
});

test("a rule for one service leaves the other alone", async () => {
  await using emulator = await startWithTable({ kind: "throttle" });
  emulator.faults.add({ effect: { kind: "unavailable" } });
  using client = dynamoDbClient(emulator);
  expect((await client.send(new ListTablesCommand({}))).TableNames).toEqual([TableName]);
  await expect(emulator.call("ListStreams", {})).rejects.toThrow("ServiceUnavailable");
});

test("latency of the lease table passes with the emulator's clock", async () => {
  await using emulator = await startWithTable({ kind: "latency", ms: 3_600_000 });
  using client = dynamoDbClient(emulator);
  const call = client.send(count);
  while (emulator.faults.log().length === 0) await new Promise((resolve) => setImmediate(resolve));
  expect(await counter(client)).toBe(0);
  emulator.clock.advance(3_600_000);
  await call;
  expect(await counter(client)).toBe(1);
});

test("requests are kept with their table and input, also what dynalite ignores or does not understand", async () => {
  await using emulator = await startWithTable({ kind: "throttle" });
  using client = dynamoDbClient(emulator);
  await expect(client.send(count)).rejects.toThrow(ProvisionedThroughputExceededException);
  const PointInTimeRecoverySpecification = { PointInTimeRecoveryEnabled: true };
  const recovery = new UpdateContinuousBackupsCommand({
    TableName,
    PointInTimeRecoverySpecification,
  });
  await expect(client.send(recovery)).rejects.toThrow();
  const atMs = expect.any(Number);
  const requests = emulator.leaseTableRequests();
  expect(requests.filter(({ operation }) => operation !== "DescribeTable")).toMatchObject([
    {
      atMs,
      operation: "CreateTable",
      table: TableName,
      input: { DeletionProtectionEnabled: true, Tags: [{ Key: "app", Value: "billing" }] },
    },
    { atMs, operation: "UpdateItem", table: TableName, input: { Key } },
    {
      atMs,
      operation: "UpdateContinuousBackups",
      table: TableName,
      input: { PointInTimeRecoverySpecification },
    },
  ]);
});
