// Our lease table over the real DynamoDB Local: the contract that it keeps over the emulator's, how it is made, and the
// demo on top.
import {
  DeleteTableCommand,
  DescribeTableCommand,
  type DynamoDBClient,
  ListTagsOfResourceCommand,
} from "@aws-sdk/client-dynamodb";
import type { LeaseTableOptions } from "@shardline/consumer";
import { Events } from "@shardline/core";
import { expect, test } from "vitest";
import type { LeaseEvents } from "../../packages/consumer/src/lease/lease-events.ts";
import { testAgreement } from "../contract/lease-table/agreement.ts";
import { describeKclItems } from "../contract/lease-table/kcl-items.ts";
import { describeLeaseTable } from "../contract/lease-table/lease-table-contract.ts";
import {
  ANY_SIGNAL,
  leaseWithKey,
  type OpenDynamoDbTable,
  openDynamoDb,
} from "../contract/lease-table/tables.ts";
import { shardline } from "../support/shardline.ts";
import { LocalLeaseTables } from "./local-lease-tables.ts";

const local = new LocalLeaseTables();
const open = (): ReturnType<LocalLeaseTables["open"]> => local.open({});

describeLeaseTable("DynamoDbLeaseTable in DynamoDB Local", open);
describeKclItems(open);
testAgreement(open);

test("create-table: of workers that start together one makes the table, and all can use it", async () => {
  const views = await Promise.all(Array.from({ length: 8 }, () => local.view("race")));
  await Promise.all(views.map((view) => view.ensureTable(ANY_SIGNAL)));
  const listings = await Promise.all(views.map((view) => view.list(ANY_SIGNAL)));
  expect(listings.flatMap(({ leases }) => leases)).toEqual([]);
  for (const view of views) view.close();
});

/** Everything that a new table can be asked to be. */
const ALL_OPTIONS: LeaseTableOptions = {
  billing: { readUnits: 3, writeUnits: 5 },
  deletionProtection: true,
  pointInTimeRecovery: true,
  tags: { team: "billing" },
};

test("create-table: what DynamoDB Local makes of every option, and where the emulator's table does otherwise, is known", async () => {
  const told: string[] = [];
  const events = new Events<LeaseEvents>((error) => told.push(String(error)));
  events.on("pointInTimeRecoveryFailed", ({ reason }) => told.push(reason));
  await using real = await local.open(ALL_OPTIONS, events);
  await using emulated = await openDynamoDb(ALL_OPTIONS);
  expect(told).toEqual([
    "UpdateContinuousBackups failed: UnknownOperationException: An unknown operation was requested.",
  ]);
  expect(await waysOf(real)).toEqual({
    region: "ddblocal",
    readUnits: 3,
    writeUnits: 5,
    indexes: ["LeaseOwnerToLeaseKeyIndex"],
    isProtected: true,
    tags: "UnknownOperationException: Tagging is not currently supported in DynamoDB Local.",
    missingTable: "ResourceNotFoundException: Cannot do operations on a non-existent table",
    deletion:
      "ValidationException: Resource cannot be deleted as it is currently protected against deletion. " +
      "Disable deletion protection first.",
  });
  expect(await waysOf(emulated)).toEqual({
    region: "us-east-1",
    readUnits: 3,
    writeUnits: 5,
    indexes: ["LeaseOwnerToLeaseKeyIndex"],
    isProtected: undefined,
    tags: "none",
    missingTable:
      "ResourceNotFoundException: Requested resource not found: Table: no-such-table not found",
    deletion: "",
  });
});

async function waysOf({ client, tableName: TableName }: OpenDynamoDbTable): Promise<object> {
  const { Table } = await client.send(new DescribeTableCommand({ TableName }));
  const { ReadCapacityUnits, WriteCapacityUnits } = Table?.ProvisionedThroughput ?? {};
  const ResourceArn = Table?.TableArn ?? "";
  return {
    region: ResourceArn.split(":")[3],
    readUnits: ReadCapacityUnits,
    writeUnits: WriteCapacityUnits,
    indexes: Table?.GlobalSecondaryIndexes?.map(({ IndexName }) => IndexName),
    isProtected: Table?.DeletionProtectionEnabled,
    tags: await tagsOf(client, ResourceArn),
    missingTable: await errorOf(
      client.send(new DescribeTableCommand({ TableName: "no-such-table" })),
    ),
    deletion: await errorOf(client.send(new DeleteTableCommand({ TableName }))),
  };
}

/** Or why they are not told. */
async function tagsOf(client: DynamoDBClient, ResourceArn: string): Promise<string> {
  try {
    const { Tags = [] } = await client.send(new ListTagsOfResourceCommand({ ResourceArn }));
    return Tags.map(({ Key }) => Key).join() || "none";
  } catch (error) {
    return String(error);
  }
}

/** Nothing if there is none. */
async function errorOf(call: Promise<unknown>): Promise<string> {
  try {
    await call;
    return "";
  } catch (error) {
    return String(error);
  }
}

test("a conflict is told with what stands there, in one call, and capacity is counted", async () => {
  await using opened = await local.open({});
  const { table } = opened;
  const lease = leaseWithKey("shardId-000000000000", { counter: 4, owner: "you" });
  await table.create(lease, ANY_SIGNAL);
  const before = table.usage;
  const move = { expect: { counter: 3 }, patch: { counter: 4 } };
  expect(await table.update(lease.key, move, ANY_SIGNAL)).toEqual({
    kind: "conflict",
    current: lease,
  });
  await table.list(ANY_SIGNAL);
  expect(table.usage).toEqual({
    calls: before.calls + 2,
    readUnits: 0.5,
    writeUnits: before.writeUnits + 1,
    throttledCalls: 0,
  });
});

test("the demo, with its leases in DynamoDB Local: everything arrives, and the table stays to be looked at", async () => {
  const { endpoint } = await local.config;
  const { code, stderr, stdout } = await shardline([
    "demo",
    "--dynamodb-endpoint",
    endpoint,
    "--json",
  ]);
  expect(JSON.parse(stdout), stderr).toMatchObject({ lost: 0, outOfOrderPerKey: 0, failures: [] });
  expect([code, stderr]).toEqual([0, expect.stringContaining("every record arrived")]);
  const tableName = /leases are in table (\S+), which stays/.exec(stderr)?.[1] ?? "";
  const table = await local.view(tableName);
  const { leases, unreadable } = await table.list(ANY_SIGNAL);
  table.close();
  expect(unreadable).toEqual([]);
  expect(leases.length).toBeGreaterThanOrEqual(4);
});
