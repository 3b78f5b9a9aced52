import type { TableDescription } from "@aws-sdk/client-dynamodb";
import { apiFailureOf, KinesisError } from "@shardline/core";
import { expect, test } from "vitest";
import { quietClock } from "../../../../test/support/quiet-clock.ts";
import { DynamoDbLeaseTable } from "../../src/lease/dynamodb-lease-table.ts";
import type { LeaseTableOptions } from "../../src/lease/lease-table-options.ts";
import { type Answer, scriptedClient, serviceError } from "../support/dynamodb-client.ts";
import { ANY_SIGNAL } from "../support/held.ts";
import { track } from "../support/promises.ts";
import { recordEvents } from "../support/told.ts";

/** What DescribeTable says, in turn; the last goes on. */
type Look = TableDescription | "missing" | Error;

const KeySchema: TableDescription["KeySchema"] = [{ AttributeName: "leaseKey", KeyType: "HASH" }];
const CREATING: TableDescription = { KeySchema, TableStatus: "CREATING" };
const ACTIVE: TableDescription = { KeySchema, TableStatus: "ACTIVE" };

interface Setup {
  readonly table?: LeaseTableOptions;
  readonly signal?: AbortSignal;
  /** Answers to other operations. */
  readonly answer?: Answer;
}

function ensure(looks: readonly Look[], { answer, signal = ANY_SIGNAL, table }: Setup = {}) {
  const clock = quietClock();
  const told = recordEvents();
  let described = 0;
  const { client, sent } = scriptedClient(clock, (command) => {
    if (command.operation !== "DescribeTable") return answer?.(command) ?? {};
    const look = looks[Math.min(described, looks.length - 1)];
    described += 1;
    if (look instanceof Error) throw look;
    if (look === "missing") throw serviceError("ResourceNotFoundException");
    return { Table: look };
  });
  const leaseTable = new DynamoDbLeaseTable({
    clock,
    dynamodb: client,
    events: told.events,
    tableName: "billing",
    timeoutMs: 5000,
    ...(table && { table }),
  });
  const operations = () => sent.map(({ operation }) => operation);
  return { clock, operations, sent, told, done: track(leaseTable.ensureTable(signal)) };
}

test("a table that is there costs one look", async () => {
  const { clock, done, operations } = ensure([ACTIVE]);
  await clock.advance(0);
  expect([done.state(), operations()]).toEqual(["resolved", ["DescribeTable"]]);
});

test("gsi-building: a table whose index is being built is used at once", async () => {
  const index = { IndexName: "LeaseOwnerToLeaseKeyIndex", IndexStatus: "CREATING" } as const;
  for (const TableStatus of ["UPDATING", "ACTIVE"] as const) {
    const table = { KeySchema, TableStatus, GlobalSecondaryIndexes: [index] };
    const { clock, done, operations } = ensure([table]);
    await clock.advance(0);
    expect([done.state(), operations()]).toEqual(["resolved", ["DescribeTable"]]);
  }
});

test("create-table: a table that was made is looked at after 250 ms, and then ever more rarely, until it is active", async () => {
  const { clock, done, operations, sent } = ensure(["missing", ...Array(8).fill(CREATING), ACTIVE]);
  await clock.advance(60_000);
  expect(done.state()).toBe("resolved");
  expect(operations().filter((operation) => operation === "CreateTable")).toHaveLength(1);
  const times = sent.slice(2).map(({ atMs }) => atMs);
  const gaps = times.slice(1).map((atMs, i) => Math.round(atMs - (times[i] ?? 0)));
  expect(gaps).toEqual([250, 375, 563, 844, 1266, 1898, 2848, 4271]);
});

test("create-race: a table that another worker is making is waited for", async () => {
  const { clock, done, operations } = ensure(["missing", CREATING, ACTIVE], {
    answer: () => {
      throw serviceError("ResourceInUseException");
    },
  });
  await clock.advance(60_000);
  expect(done.state()).toBe("resolved");
  expect(operations()).toEqual(["DescribeTable", "CreateTable", "DescribeTable", "DescribeTable"]);
});

test("create-race: a table that was made a moment ago, and is not seen yet, is not made again", async () => {
  const { clock, done, operations } = ensure(["missing", "missing", "missing", ACTIVE]);
  await clock.advance(60_000);
  expect(done.state()).toBe("resolved");
  expect(operations().filter((operation) => operation === "CreateTable")).toHaveLength(1);
});

test("a table that is being deleted is made anew once it is gone", async () => {
  const DELETING: TableDescription = { KeySchema, TableStatus: "DELETING" };
  const { clock, done, operations } = ensure([DELETING, "missing", ACTIVE]);
  await clock.advance(60_000);
  expect(done.state()).toBe("resolved");
  expect(operations()).toEqual(["DescribeTable", "DescribeTable", "CreateTable", "DescribeTable"]);
});

test("a table that does not become active within ten minutes is given up", async () => {
  const { clock, done } = ensure([CREATING]);
  await clock.advance(599_000);
  expect(done.state()).toBe("pending");
  await clock.advance(10_000);
  expect(done.reason()).toMatchObject({
    code: "LEASE_TABLE_UNUSABLE",
    message: "lease table billing is CREATING after 600 s; start again when it is active",
    isRetryable: true,
    details: { table: "billing", problem: "not-active" },
  });
});

test("waiting ends with the signal", async () => {
  const stop = new AbortController();
  const { clock, done } = ensure([CREATING], { signal: stop.signal });
  await clock.advance(1000);
  stop.abort(new Error("over"));
  await clock.advance(0);
  expect(done.reason()).toEqual(new Error("over"));
});

test("a table that is missing and is not to be created is told as such, and none is created", async () => {
  const { clock, done, operations } = ensure(["missing"], { table: { create: false } });
  await clock.advance(0);
  expect(done.reason()).toMatchObject({
    code: "LEASE_TABLE_UNUSABLE",
    message:
      "lease table billing does not exist and leases.table.create is false; create it with leaseKey, a string, " +
      "as its only key, or let the consumer create it",
    isRetryable: false,
    details: { table: "billing", problem: "missing" },
  });
  expect(operations()).toEqual(["DescribeTable"]);
});

test("a table that is not to be created is waited for while somebody else creates it", async () => {
  const { clock, done } = ensure([CREATING, ACTIVE], { table: { create: false } });
  await clock.advance(60_000);
  expect(done.state()).toBe("resolved");
});

test.each([
  ["another key", [{ AttributeName: "id", KeyType: "HASH" }], "id"],
  [
    "a key of two",
    [
      { AttributeName: "leaseKey", KeyType: "HASH" },
      { AttributeName: "at", KeyType: "RANGE" },
    ],
    "leaseKey, at",
  ],
] as const)(
  "a table with %s belongs to somebody else and is left alone",
  async (_, schema, key) => {
    const { clock, done } = ensure([{ KeySchema: [...schema], TableStatus: "ACTIVE" }]);
    await clock.advance(0);
    expect(done.reason()).toMatchObject({
      message: `lease table billing is none: its key is ${key} and not leaseKey; choose another name with leases.tableName`,
      details: { problem: "no-lease-table" },
    });
  },
);

test.each([
  [
    "DescribeTable",
    "User: arn:aws:iam::1:user/x is not authorized to perform: dynamodb:DescribeTable on",
    "dynamodb:DescribeTable",
  ],
  ["CreateTable", "no", "dynamodb:CreateTable"],
  [
    "CreateTable",
    "User: x is not authorized to perform: dynamodb:TagResource on resource: y",
    "dynamodb:TagResource",
  ],
])(
  "no-create-permission: a denied %s names the permission and the table",
  async (operation, reason, permission) => {
    const denied = serviceError("AccessDeniedException", reason);
    const { clock, done } = ensure([operation === "DescribeTable" ? denied : "missing"], {
      answer: () => {
        throw denied;
      },
    });
    await clock.advance(0);
    const error = done.reason();
    expect(apiFailureOf(error)?.kind).toBe("denied");
    expect(KinesisError.is(error, "API_CALL_FAILED") && error.details.permission).toBe(permission);
    expect(error).toMatchObject({
      message: `${operation} on lease table billing was denied: grant ${permission}; AccessDeniedException: ${reason}`,
      isRetryable: false,
    });
  },
);

test("point-in-time recovery is switched on for a table that is there", async () => {
  const { clock, done, sent } = ensure([ACTIVE], { table: { pointInTimeRecovery: true } });
  await clock.advance(0);
  expect(done.state()).toBe("resolved");
  expect(sent.slice(1)).toMatchObject([
    {
      operation: "UpdateContinuousBackups",
      input: {
        TableName: "billing",
        PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
      },
    },
  ]);
});

test("point-in-time recovery that is denied is told, with what to grant, and the table is used without it", async () => {
  const { clock, done, told } = ensure([ACTIVE], {
    table: { pointInTimeRecovery: true },
    answer: () => {
      throw serviceError("AccessDeniedException", "no");
    },
  });
  await clock.advance(0);
  expect(done.state()).toBe("resolved");
  expect(told.of("pointInTimeRecoveryFailed")).toEqual([
    {
      table: "billing",
      reason:
        "UpdateContinuousBackups on lease table billing was denied: grant dynamodb:UpdateContinuousBackups; " +
        "AccessDeniedException: no",
    },
  ]);
});
