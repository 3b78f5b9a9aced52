// A folder as a kill leaves it at any step of what replaces its files: an emulator starts with it, again and again, and
// has everything, or, where everything was being replaced, either what was or what came in its place.
import { cpSync, mkdirSync, readdirSync, rmdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { PutItemCommand, ScanCommand } from "@aws-sdk/client-dynamodb";
import type { RunningEmulator } from "@shardline/emulator";
import { expect, test } from "vitest";
import { crashPointsOf } from "../support/crash-points.ts";
import { contentOf, type Kept, newFolder, newKept, putTexts } from "../support/kept.ts";
import { createLeases, dynamoDbClient } from "../support/running.ts";

const MIB = 1024 * 1024;
const BATCH = Array.from({ length: 100 }, (_, i) => `${i}-${"x".repeat(250)}`);
/** How often a folder is started. */
const LIVES = 3;

/** All that must not be lost, as one text. */
async function allOf(emulator: RunningEmulator): Promise<string> {
  using client = dynamoDbClient(emulator);
  const leases = await client.send(new ScanCommand({ TableName: "leases" })).then(
    ({ Items }) => Items,
    () => undefined,
  );
  return JSON.stringify({ s: contentOf(emulator), leases }, (_, value: unknown) =>
    typeof value === "bigint" ? String(value) : value,
  );
}

async function filled(kept: Kept): Promise<RunningEmulator> {
  const persist = { folder: kept.folder, maxLogBytes: MIB };
  const emulator = await kept.start({ streams: { s: 2 }, persist });
  await putTexts(emulator, ["a", "b"]);
  using client = dynamoDbClient(emulator);
  await createLeases(client);
  await client.send(new PutItemCommand({ TableName: "leases", Item: { leaseKey: { S: "k" } } }));
  return emulator;
}

/** What is found by one emulator after the other, each of which is killed without having replaced anything. */
async function livesIn(folder: string, { clock }: Kept): Promise<string[]> {
  const found: string[] = [];
  let left = folder;
  for (let life = 0; life < LIVES; life += 1) {
    await using kept = newKept(left);
    found.push(await allOf(await kept.start({ clock })));
    const next = newFolder();
    cpSync(left, next, { recursive: true });
    rmSync(join(next, "lock"));
    left = next;
  }
  return found;
}

const unchanged = (one: string): string[] => Array.from({ length: LIVES }, () => one);

/** What the first emulator finds at each point; every later one finds the same. */
async function findsAt(points: readonly string[], kept: Kept): Promise<string[]> {
  const finds: string[] = [];
  for (const point of points) {
    const [first = "", ...later] = await livesIn(point, kept);
    expect([first, ...later]).toEqual(unchanged(first));
    finds.push(first);
  }
  return finds;
}

test("killed at any step of replacing its log by a snapshot, an emulator has everything at every later start", async () => {
  await using kept = newKept();
  const emulator = await filled(kept);
  for (let i = 0; i < 17; i += 1) await putTexts(emulator, BATCH);
  const told = [await allOf(emulator)];
  const points = await crashPointsOf(kept.folder, async () => {
    for (let i = 0; i < 5; i += 1) {
      await putTexts(emulator, BATCH);
      told.push(await allOf(emulator));
    }
    await emulator.close();
  });
  const names = points.map((point) => readdirSync(point).sort().join());
  expect(names).toContain("log-0,log-1");
  expect(names).toContain("log-0,log-1,snapshot-1");
  expect(names.at(-1)).toBe("log-1,snapshot-1");
  const finds = await findsAt(points, kept);
  // Each of the calls, one after the other, and none is ever taken back.
  expect(finds.filter((find, i) => find !== finds[i - 1])).toEqual(told);
});

test("killed at any step of its first start, an emulator leaves a folder with which others start", async () => {
  await using kept = newKept();
  const points = await crashPointsOf(kept.folder, async () => {
    await kept.start({ streams: { s: 1 } });
  });
  expect(points.length).toBeGreaterThan(2);
  const last = (await findsAt(points, kept)).at(-1);
  expect(last).toContain('"shards":[{');
});

const REPLACEMENTS: readonly (readonly [string, (one: RunningEmulator) => Promise<void>])[] = [
  ["a reset", (one) => one.reset()],
  ["a restore", async (one) => one.restore(await otherSnapshot())],
];

async function otherSnapshot(): Promise<Uint8Array> {
  await using other = newKept();
  const emulator = await other.start({ streams: { s: 1 } });
  await putTexts(emulator, ["other"]);
  return emulator.snapshot();
}

test.each(REPLACEMENTS)(
  "killed at any step of %s, an emulator has all of what was or all of what came instead, at every later start",
  async (_, replace) => {
    await using kept = newKept();
    const emulator = await filled(kept);
    const before = await allOf(emulator);
    const points = await crashPointsOf(kept.folder, () => replace(emulator));
    const after = await allOf(emulator);
    const finds = await findsAt(points, kept);
    expect(finds.length).toBeGreaterThan(4);
    expect(finds.filter((find, i) => find !== finds[i - 1])).toEqual([before, after]);
  },
);

const REFUSED = /accepts nothing until it is started again/;

test.each(REPLACEMENTS)(
  "%s whose snapshot has no room leaves what was for every later start",
  async (_, replace) => {
    await using kept = newKept();
    const emulator = await filled(kept);
    const before = await allOf(emulator);
    const inTheWay = join(kept.folder, "snapshot-1.new");
    mkdirSync(inTheWay);
    await expect(replace(emulator)).rejects.toThrow(REFUSED);
    await expect(emulator.close()).rejects.toThrow(REFUSED);
    rmdirSync(inTheWay);
    expect(await livesIn(kept.folder, kept)).toEqual(unchanged(before));
  },
);
