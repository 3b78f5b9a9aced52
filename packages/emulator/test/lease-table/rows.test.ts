// The rows behind the lease tables, read past dynalite: the same items that a scan answers with, table by table.
import {
  CreateTableCommand,
  DeleteTableCommand,
  DynamoDBClient,
  PutItemCommand,
  ScanCommand,
  TagResourceCommand,
} from "@aws-sdk/client-dynamodb";
import { resolveOptions } from "@shardline/core";
import fc from "fast-check";
import { expect, test } from "vitest";
import { httpHandleOf, leaseTableOf, requestHandlerOf } from "../../src/create-request-handler.ts";
import { type LeaseRow, LeaseRows } from "../../src/lease-table/lease-rows.ts";
import type { LeaseTableProxy } from "../../src/lease-table/lease-table-proxy.ts";
import { readRowKey } from "../../src/lease-table/row-key.ts";
import { CHANGES } from "../../src/persist/change-checks.ts";
import { newEmulator } from "../support/emulator.ts";
import { untilActive } from "../support/running.ts";

/** Names that contain each other, and those of other rows. */
const NAMES = ["abc", "abc.d", "item-abc", "tag-abc", "index-global", "table"];
const OWNER = { accountId: "000000000000", region: "us-east-1" };

interface Tables extends Disposable {
  readonly proxy: LeaseTableProxy;
  readonly client: DynamoDBClient;
}

function newTables(): Tables {
  const { emulator } = newEmulator();
  const proxy = leaseTableOf(emulator);
  const client = new DynamoDBClient({
    region: OWNER.region,
    credentials: { accessKeyId: OWNER.accountId, secretAccessKey: "unchecked" },
    requestHandler: requestHandlerOf(emulator, httpHandleOf(emulator, proxy)),
  });
  return { proxy, client, [Symbol.dispose]: () => client.destroy() };
}

/** A table by whose index a scan does not find items twice. */
async function createTable(client: DynamoDBClient, TableName: string): Promise<void> {
  const key = { AttributeName: "leaseKey", KeyType: "HASH" } as const;
  await client.send(
    new CreateTableCommand({
      TableName,
      BillingMode: "PAY_PER_REQUEST",
      AttributeDefinitions: [
        { AttributeName: "leaseKey", AttributeType: "S" },
        { AttributeName: "leaseOwner", AttributeType: "S" },
      ],
      KeySchema: [key],
      GlobalSecondaryIndexes: [
        {
          IndexName: "byOwner",
          KeySchema: [{ AttributeName: "leaseOwner", KeyType: "HASH" }],
          Projection: { ProjectionType: "ALL" },
        },
      ],
    }),
  );
  await untilActive(client, TableName);
}

async function put(client: DynamoDBClient, TableName: string, key: string): Promise<void> {
  const Item = {
    leaseKey: { S: key },
    leaseOwner: { S: `worker of ${TableName}` },
    leaseCounter: { N: "7.50" },
  };
  await client.send(new PutItemCommand({ TableName, Item }));
}

const sorted = (items: readonly unknown[]): string[] =>
  items.map((item) => JSON.stringify(item)).sort();

test("the items of a table are those that a scan finds, whatever the tables beside it are called", async () => {
  using tables = newTables();
  const { client, proxy } = tables;
  for (const [i, name] of NAMES.entries()) {
    await createTable(client, name);
    for (let item = 0; item <= i; item += 1) await put(client, name, `~${item}~item-abc~`);
    const ResourceArn = `arn:aws:dynamodb:us-east-1:000000000000:table/${name}`;
    const Tags = [{ Key: "team", Value: "blue" }];
    await client.send(new TagResourceCommand({ ResourceArn, Tags }));
  }
  const rows = proxy.rows().map((owned) => ({ kind: "lease-rows", ...owned }));
  expect(resolveOptions("changes", CHANGES, rows)).toEqual(rows);
  const seen = proxy.items();
  expect(seen.map(({ name }) => name)).toEqual(NAMES.toSorted());
  for (const { name, items, ...owner } of seen) {
    expect(owner).toEqual(OWNER);
    const { Items = [] } = await client.send(new ScanCommand({ TableName: name }));
    expect(sorted(items), name).toEqual(sorted(Items));
    expect(items).toHaveLength(NAMES.indexOf(name) + 1);
  }
});

test("a table that is deleted is not there, and one of its name is another", async () => {
  using tables = newTables();
  const { client, proxy } = tables;
  for (const name of ["abc", "abcd"]) {
    await createTable(client, name);
    await put(client, name, "a");
  }
  await client.send(new DeleteTableCommand({ TableName: "abc" }));
  expect(proxy.items()).toMatchObject([{ name: "abcd", items: [{ leaseKey: { S: "a" } }] }]);
  await expect.poll(() => createTable(client, "abc").then(() => "created", String)).toBe("created");
  expect(proxy.items()).toMatchObject([
    { name: "abc", items: [] },
    { name: "abcd", items: [{}] },
  ]);
});

test("every change counts as one, and what is taken up or forgotten as well", async () => {
  using tables = newTables();
  const { client, proxy } = tables;
  const counted = [proxy.writes];
  const count = (): void => void counted.push(proxy.writes);
  await createTable(client, "abc");
  count();
  await put(client, "abc", "a");
  count();
  const rows = proxy.rows();
  await client.send(new ScanCommand({ TableName: "abc" }));
  expect(proxy.writes, "after a scan").toBe(counted.at(-1));
  proxy.resume([]);
  count();
  expect(proxy.items()).toEqual([]);
  proxy.resume(rows);
  count();
  expect(proxy.items()).toMatchObject([{ name: "abc", items: [{ leaseKey: { S: "a" } }] }]);
  expect(counted).toEqual([...new Set(counted)].sort((a, b) => a - b));
});

const name = fc.stringMatching(/^[a-zA-Z0-9_.-]{3,12}$/);
const rest = fc.string({ maxLength: 8 });

test("a key is of the table that it was made for, whatever comes behind it", () => {
  fc.assert(
    fc.property(name, rest, (table, key) => {
      expect(readRowKey(`table~${table}`)).toEqual({ kind: "table", table });
      expect(readRowKey(`item-${table}~${key}`)).toEqual({ kind: "item", table });
      expect(readRowKey(`tag-${table}~${key}`)).toEqual({ kind: "tag", table });
      for (const index of ["index-global", "index-local"]) {
        expect(readRowKey(`${index}~${table}~byOwner~${key}`)).toEqual({ kind: "index", table });
      }
    }),
  );
});

const row = (key: string, value: unknown = { S: key }): LeaseRow => [key, JSON.stringify(value)];

function taken(rows: readonly LeaseRow[]): LeaseRows {
  const taken = new LeaseRows(() => {});
  taken.resume(rows);
  return taken;
}

test("a table that was being deleted is gone with everything of it, and no other", () => {
  const others = ["table~abcd", "item-abcd~1", "tag-abcd~t", "index-global~abcd~abc~1"];
  const rows = taken([
    row("table~abc", { TableStatus: "DELETING" }),
    ...["item-abc~1", "tag-abc~t", "index-global~abc~i~1", "index-local~abc~i~1"].map((key) =>
      row(key),
    ),
    ...others.map((key) => row(key)),
  ]);
  expect(rows.all().map(([key]) => key)).toEqual(others);
});

test("no more items are told than asked for, and none of a table that is not ready", () => {
  const rows = taken([
    row("table~abc"),
    ...Array.from({ length: 5 }, (_, i) => row(`item-abc~${i}`)),
    row("item-nobodys~1"),
    row("nothing at all"),
  ]);
  expect(rows.items(10)).toEqual([
    { name: "abc", items: Array.from({ length: 5 }, (_, i) => ({ S: `item-abc~${i}` })) },
  ]);
  expect(rows.items(3)[0]?.items).toHaveLength(3);
  rows.write([row("table~abc", { TableStatus: "CREATING" })]);
  expect(rows.items(10)).toEqual([]);
});
