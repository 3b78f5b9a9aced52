// Lease tables on the page: whose shards they are about, how far they are behind, and what is left open.
import { expect, test } from "vitest";
import { readLease, type SeenLease } from "../../src/page/lease-items.ts";
import { PageFeed } from "../../src/page/page-feed.ts";
import type { PageState } from "../../src/page/page-state.ts";
import type { SeenTable } from "../../src/page/seen-tables.ts";
import { ACCOUNT, base64, newEmulator, type TestEmulator } from "../support/emulator.ts";

const OWNER = { accountId: ACCOUNT, region: "us-east-1" };

function item(shardId: string, checkpoint: string, owner?: string): object {
  return {
    leaseKey: { S: shardId },
    checkpoint: { S: checkpoint },
    ...(owner === undefined ? {} : { leaseOwner: { S: owner } }),
  };
}

async function see(
  { emulator }: TestEmulator,
  items: readonly unknown[],
): Promise<SeenTable | undefined> {
  const tables = { writes: 1, items: () => [{ ...OWNER, name: "billing", items }] };
  const [table] = await tablesOf(new PageFeed(emulator, tables));
  return table;
}

/** The tables as somebody sees them who looks once. */
async function tablesOf(feed: PageFeed): Promise<readonly SeenTable[]> {
  const gone = new AbortController();
  const events = feed.events(gone.signal);
  const { value } = await events.next();
  gone.abort();
  await events.next();
  const data = String(value).slice("event: state\ndata: ".length);
  return (JSON.parse(data) as PageState).tables;
}

/** Puts so many records, a second apart; answers their numbers. */
async function put(
  { call, clock }: TestEmulator,
  stream: string,
  count: number,
): Promise<string[]> {
  const numbers: string[] = [];
  for (let i = 0; i < count; i += 1) {
    const record = {
      StreamName: stream,
      Data: base64("x"),
      PartitionKey: "k",
      ExplicitHashKey: "0",
    };
    numbers.push((await call<{ SequenceNumber: string }>("PutRecord", record)).SequenceNumber);
    await clock.advance(1000);
  }
  return numbers;
}

const id = (index: number): string => `shardId-${String(index).padStart(12, "0")}`;

test("a lease is as far behind as the oldest record behind its checkpoint is old", async () => {
  const emulator = newEmulator({ streams: { orders: 3 } });
  const [, second] = await put(emulator, "orders", 5);
  const table = await see(emulator, [
    item(id(0), second ?? "", "worker-1"),
    item(id(1), "TRIM_HORIZON", "worker-2"),
    item(id(2), "LATEST"),
  ]);
  expect(table).toMatchObject({ name: "billing", ...OWNER, leasesLeftOut: 0 });
  expect(table?.leases).toMatchObject([
    {
      shardId: id(0),
      stream: "orders",
      owner: "worker-1",
      place: { record: 2 },
      lag: { kind: "behind", behindMs: 3000, records: 3 },
    },
    { stream: "orders", owner: "worker-2", lag: { kind: "behind", behindMs: 0, records: 0 } },
    { stream: "orders", checkpoint: "LATEST", lag: { kind: "unknown" } },
  ]);
});

test("at the tip nothing is behind, and before the first record everything is", async () => {
  const emulator = newEmulator({ streams: { orders: 1 } });
  const numbers = await put(emulator, "orders", 4);
  const tip = await see(emulator, [item(id(0), numbers.at(-1) ?? "")]);
  expect(tip?.leases[0]?.lag).toEqual({ kind: "behind", behindMs: 0, records: 0 });
  const start = await see(emulator, [item(id(0), "TRIM_HORIZON")]);
  expect(start?.leases[0]?.lag).toEqual({ kind: "behind", behindMs: 4000, records: 4 });
});

test("records are not counted where sequence numbers have gaps", async () => {
  const emulator = newEmulator({ streams: { orders: 1 }, sequenceGaps: true });
  const [first] = await put(emulator, "orders", 4);
  const table = await see(emulator, [item(id(0), first ?? "")]);
  expect(table?.leases[0]?.lag).toEqual({ kind: "behind", behindMs: 3000 });
});

test("of two streams the one with the leased shards is meant, and none where both have them", async () => {
  const emulator = newEmulator({ streams: { clicks: 1, orders: 2 } });
  const two = await see(emulator, [item(id(0), "TRIM_HORIZON"), item(id(1), "SHARD_END")]);
  expect(two?.leases.map(({ stream }) => stream)).toEqual([undefined, undefined]);
  const sure = await see(emulator, [item(id(0), "TRIM_HORIZON"), item(id(1), "TRIM_HORIZON")]);
  expect(sure?.leases.map(({ stream }) => stream)).toEqual(["orders", "orders"]);
  const either = await see(emulator, [item(id(0), "TRIM_HORIZON")]);
  expect(either?.leases[0]).toMatchObject({ lag: { kind: "unknown" } });
  expect(either?.leases[0]).not.toHaveProperty("stream");
});

test("a checkpoint tells streams apart that were created at other times", async () => {
  const emulator = newEmulator({ streams: { orders: 1 } });
  await emulator.clock.advance(5000);
  await emulator.call("CreateStream", { StreamName: "clicks", ShardCount: 1 });
  await emulator.clock.advance(10);
  const [number] = await put(emulator, "clicks", 1);
  const table = await see(emulator, [item(id(0), number ?? "")]);
  expect(table?.leases[0]).toMatchObject({ stream: "clicks", lag: { kind: "behind" } });
});

test("leases of many streams name theirs", async () => {
  const emulator = newEmulator({ streams: { clicks: 1, orders: 1 } });
  const key = `${ACCOUNT}:orders:1700000000:${id(0)}`;
  const table = await see(emulator, [item(key, "TRIM_HORIZON", "worker-1")]);
  expect(table?.leases).toMatchObject([
    { key, shardId: id(0), stream: "orders", lag: { kind: "behind" } },
  ]);
});

test("tables without leases are none, and are read again only after a write", async () => {
  const { clock, emulator } = newEmulator({ streams: { orders: 1 } });
  let reads = 0;
  const tables = {
    writes: 1,
    items: () => {
      reads += 1;
      return [{ ...OWNER, name: "other", items: [{ id: { S: "x" } }] }];
    },
  };
  const feed = new PageFeed(emulator, tables);
  for (let i = 0; i < 3; i += 1) {
    expect(await tablesOf(feed)).toEqual([]);
    await clock.advance(2000);
  }
  expect(reads).toBe(1);
  tables.writes = 2;
  await tablesOf(feed);
  expect(reads).toBe(2);
  tables.writes = 3;
  await clock.advance(500);
  await tablesOf(feed);
  expect(reads, "within a second").toBe(2);
  await clock.advance(500);
  await tablesOf(feed);
  expect(reads).toBe(3);
});

test.each<[string, unknown, SeenLease | undefined]>([
  ["nothing", null, undefined],
  ["a text", "lease", undefined],
  ["no key", { checkpoint: { S: "LATEST" } }, undefined],
  ["a key that is a number", { leaseKey: { N: "1" }, checkpoint: { S: "LATEST" } }, undefined],
  ["no checkpoint", { leaseKey: { S: "a" } }, undefined],
  [
    "another entity",
    { ...item("a", "LATEST"), entityType: { S: "WORKER_METRIC_STATS" } },
    undefined,
  ],
  [
    "no owner",
    { leaseKey: { S: "a" }, checkpoint: { S: "LATEST" } },
    { key: "a", shardId: "a", checkpoint: "LATEST" },
  ],
])("an item with %s is read as far as it goes", (_, given, lease) => {
  expect(readLease(given)).toEqual(lease);
});
