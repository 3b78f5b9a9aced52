import { ConditionalCheckFailedException } from "@aws-sdk/client-dynamodb";
import { expect, test } from "vitest";
import { quietClock } from "../../../../test/support/quiet-clock.ts";
import { DynamoDbLeaseTable } from "../../src/lease/dynamodb-lease-table.ts";
import { type SentCommand, scriptedClient, serviceError } from "../support/dynamodb-client.ts";
import { ANY_SIGNAL } from "../support/held.ts";
import { leaseOf } from "../support/leases.ts";
import { recordEvents } from "../support/told.ts";

const lease = leaseOf(0);
const KeySchema = [{ AttributeName: "leaseKey" }];
const PROVISIONED = {
  KeySchema,
  TableStatus: "ACTIVE",
  ProvisionedThroughput: { ReadCapacityUnits: 1, WriteCapacityUnits: 5 },
};
const ON_DEMAND = {
  KeySchema,
  TableStatus: "ACTIVE",
  BillingModeSummary: { BillingMode: "PAY_PER_REQUEST" },
  ProvisionedThroughput: { ReadCapacityUnits: 0, WriteCapacityUnits: 0 },
};

function open(answer: (command: SentCommand) => object) {
  const clock = quietClock();
  const { events, of } = recordEvents();
  const { client, sent } = scriptedClient(clock, answer);
  const options = { clock, events, dynamodb: client, tableName: "billing", timeoutMs: 5000 };
  const table = new DynamoDbLeaseTable(options);
  const touch = (): Promise<unknown> =>
    table
      .update(lease.key, { expect: {}, patch: { counter: 1 } }, ANY_SIGNAL)
      .catch(() => "failed");
  return { clock, sent, table, touch, throttled: () => of("leaseTableThrottled") };
}

const throttle = (): never => {
  throw serviceError("ProvisionedThroughputExceededException");
};

test("every call asks what it consumes, and the answers are summed up", async () => {
  const units: Record<string, number> = {
    Scan: 2.5,
    GetItem: 1,
    PutItem: 2,
    DeleteItem: 1,
    UpdateItem: 3,
  };
  const { sent, table, touch } = open(({ operation }) => ({
    ConsumedCapacity: { CapacityUnits: units[operation] },
  }));
  expect(table.usage).toEqual({ calls: 0, readUnits: 0, writeUnits: 0, throttledCalls: 0 });
  const { readUnits } = await table.list(ANY_SIGNAL);
  await table.get("a", { consistent: true }, ANY_SIGNAL);
  await table.create(lease, ANY_SIGNAL);
  await touch();
  await table.delete("a", {}, ANY_SIGNAL);
  expect(readUnits).toBe(2.5);
  expect(table.usage).toEqual({ calls: 5, readUnits: 3.5, writeUnits: 6, throttledCalls: 0 });
  for (const { input } of sent) expect(input["ReturnConsumedCapacity"]).toBe("TOTAL");
});

test("a write whose condition failed is counted, because it is charged for", async () => {
  const { table } = open(() => {
    throw new ConditionalCheckFailedException({ message: "no", $metadata: {} });
  });
  expect(await table.create(lease, ANY_SIGNAL)).toBe(false);
  expect(table.usage).toMatchObject({ calls: 1, writeUnits: 1 });
});

test("throttled writes are told at once with what to raise, and then every ten seconds with their number", async () => {
  const { clock, table, throttled, touch } = open(({ operation }) =>
    operation === "DescribeTable" ? { Table: PROVISIONED } : throttle(),
  );
  await table.ensureTable(ANY_SIGNAL);
  await touch();
  const told = {
    table: "billing",
    capacity: "write",
    throttledCalls: 1,
    advice:
      "raise the write capacity of table billing and of its index from 5 units, or make it on-demand",
  };
  expect(throttled()).toEqual([told]);
  for (let i = 0; i < 19; i += 1) {
    await clock.advance(500);
    await touch();
  }
  expect(throttled()).toHaveLength(1);
  await clock.advance(500);
  await touch();
  expect(throttled()).toEqual([told, { ...told, throttledCalls: 20 }]);
  expect(table.usage.throttledCalls).toBe(21);
});

test("throttled reads are told beside throttled writes", async () => {
  const { table, throttled, touch } = open(({ operation }) =>
    operation === "DescribeTable" ? { Table: PROVISIONED } : throttle(),
  );
  await table.ensureTable(ANY_SIGNAL);
  await touch();
  await expect(table.list(ANY_SIGNAL)).rejects.toThrow("ProvisionedThroughputExceeded");
  expect(throttled()).toMatchObject([
    { capacity: "write" },
    {
      capacity: "read",
      advice: "raise the read capacity of table billing from 1 unit, or make it on-demand",
    },
  ]);
});

test.each([
  [
    "on-demand",
    ON_DEMAND,
    "table billing is on-demand: raise its maximum write throughput if it has one, or the account's limit",
  ],
  [
    "of unknown capacity",
    undefined,
    "raise the write capacity of table billing and of its index, or make it on-demand",
  ],
])("a table %s gets advice of its own", async (_, Table, advice) => {
  const { table, throttled, touch } = open(({ operation }) =>
    operation === "DescribeTable" ? { Table } : throttle(),
  );
  if (Table !== undefined) await table.ensureTable(ANY_SIGNAL);
  await touch();
  expect(throttled()).toMatchObject([{ advice }]);
});

test("other failures are calls, but no throttling", async () => {
  const { table, throttled, touch } = open(() => {
    throw serviceError("ValidationException");
  });
  await touch();
  expect(table.usage).toEqual({ calls: 1, readUnits: 0, writeUnits: 0, throttledCalls: 0 });
  expect(throttled()).toEqual([]);
});
