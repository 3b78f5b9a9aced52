// What the README shows is what docs/examples holds, and that runs.
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { deaggregate } from "@shardline/aggregation";
import { createProducer } from "@shardline/producer";
import { startEmulator } from "@shardline/emulator";
import { afterEach, beforeEach, expect, onTestFinished, test, vi } from "vitest";
import { pointSdkAt } from "../support/point-sdk-at.ts";

const ROOT = resolve(import.meta.dirname, "../..");
beforeEach(() => {
  vi.spyOn(console, "log").mockImplementation(() => undefined);
});

afterEach(() => {
  vi.restoreAllMocks();
});

test.each([
  ["README.md", "producer"],
  ["README.md", "consumer"],
  ["docs/guides/emulator.md", "emulator"],
  ["docs/guides/testing-with-the-emulator.md", "orders.test"],
  ["docs/guides/testing-with-the-emulator.md", "orders-node-test"],
  ["docs/guides/metrics.md", "metrics"],
  ["docs/guides/producing.md", "put-many"],
  ["docs/guides/producing.md", "writable"],
  ["docs/guides/producing.md", "shutdown"],
  ["docs/guides/producing.md", "lambda"],
  ["docs/guides/failures.md", "dead-letter"],
  ["docs/guides/coming-from-the-kpl.md", "from-kpl"],
  ["docs/guides/consuming.md", "consuming"],
  ["docs/guides/deploying.md", "consumer-shutdown"],
  ["docs/guides/consumer-failures.md", "poison"],
  ["docs/guides/fan-out.md", "fan-out"],
])("%s shows docs/examples/%s.ts as it is", async (page, name) => {
  const text = await readFile(`${ROOT}/${page}`, "utf8");
  const [, shown] =
    new RegExp(`<!-- docs/examples/${name}.ts -->\n\`\`\`ts\n([^]*?)\`\`\``).exec(text) ?? [];
  expect(shown).toBe(await readFile(`${ROOT}/docs/examples/${name}.ts`, "utf8"));
});

test("the guides to failures name every code that errors can have, and no others", async () => {
  const guide = await readFile(`${ROOT}/docs/guides/failures.md`, "utf8");
  const errors = await readFile(`${ROOT}/packages/core/src/errors.ts`, "utf8");
  const codes = Array.from(
    errors.matchAll(/^ {2}([A-Z][A-Z_]+): /gm),
    ([, code]) => code as string,
  );
  expect(codes.length).toBeGreaterThan(15);
  const ofConsumers = await readFile(`${ROOT}/docs/guides/consumer-failures.md`, "utf8");
  const inTable = (code: string): boolean => ofConsumers.includes(`| \`${code}\` `);
  expect(codes.filter((code) => !guide.includes(code) && !inTable(code))).toEqual([]);
  const ofTable = Array.from(ofConsumers.matchAll(/^\| `([A-Z][A-Z_]+)` /gm), ([, code]) => code);
  expect(ofTable.length).toBeGreaterThan(12);
  expect(ofTable.filter((code) => !codes.includes(code as string))).toEqual([]);
  const named = Array.from(guide.matchAll(/^\| ([A-Z][A-Z_]+) /gm), ([, code]) => code);
  expect(named.filter((code) => !codes.includes(code as string))).toEqual([]);
});

test("the guide for those who come from the KPL names every key that is read", async () => {
  const guide = await readFile(`${ROOT}/docs/guides/coming-from-the-kpl.md`, "utf8");
  const folder = `${ROOT}/packages/producer/src/kpl`;
  const tables = ["mapped-keys", "dropped-keys"].map((name) =>
    readFile(`${folder}/${name}.ts`, "utf8"),
  );
  const text = (await Promise.all(tables)).join("\n");
  const keys = Array.from(text.matchAll(/^ {2}([A-Z]\w+): /gm), ([, key]) => key as string);
  expect(keys.length).toBeGreaterThan(45);
  expect(keys.filter((key) => !new RegExp(`\\b${key}\\b`).test(guide))).toEqual([]);
});

test("the README is at most 150 lines long", async () => {
  const readme = await readFile(`${ROOT}/README.md`, "utf8");
  expect(readme.split("\n").length).toBeLessThanOrEqual(151);
});

test("the emulator of the guide loses one answer, and the record is there twice", async () => {
  await import("../../docs/examples/emulator.ts");
  expect(console.log).toHaveBeenCalledExactlyOnceWith(
    "1 answer lost, so the record is there 2 times",
  );
});

test("the producer of the README stores its orders", async () => {
  await using emulator = await startEmulator({ streams: { orders: 2 } });
  pointSdkAt(emulator);
  await import("../../docs/examples/producer.ts");
  const stored = emulator.inspect("orders")?.shards.flatMap(({ records }) => records) ?? [];
  const orders = stored.flatMap(({ data }) => {
    const content = deaggregate(data);
    return content.kind === "aggregate" ? content.records.map((record) => record.data) : [data];
  });
  const items = orders.map((data) => JSON.parse(Buffer.from(data).toString()) as { item: string });
  expect(new Set(items.map(({ item }) => item))).toEqual(new Set(["tea", "cups"]));
  expect(console.log).toHaveBeenCalledTimes(2);
});

test("the consumer of the README handles orders, and SIGTERM ends it", async () => {
  await using emulator = await startEmulator({ streams: { orders: 2 } });
  pointSdkAt(emulator);
  await using producer = createProducer({ stream: "orders", kinesis: emulator.kinesis });
  await producer.put({ partitionKey: "customer-7", data: '{"item":"tea"}' });
  const finished = import("../../docs/examples/consumer.ts");
  await expect.poll(() => vi.mocked(console.log).mock.calls).not.toEqual([]);
  expect(console.log).toHaveBeenCalledWith(expect.any(String), "customer-7", { item: "tea" });
  process.emit("SIGTERM");
  await finished;
});

test("the consumer of the guide to failures bills what it can and files the rest", async () => {
  await using emulator = await startEmulator({ streams: { orders: 1 } });
  pointSdkAt(emulator);
  const folder = await mkdtemp(join(tmpdir(), "shardline-guide-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  const file = join(folder, "letters.ndjson");
  vi.stubEnv("DEAD_LETTERS", file);
  await using producer = createProducer({ stream: "orders", kinesis: emulator.kinesis });
  for (const data of ['{"item":"tea"}', "no order", '{"item":"cups"}']) {
    await producer.put({ partitionKey: "customer-7", data });
  }
  const finished = import("../../docs/examples/poison.ts");
  await expect.poll(() => vi.mocked(console.log).mock.calls).toContainEqual(["billed", "cups"]);
  process.emit("SIGTERM");
  await finished;
  expect(console.log).toHaveBeenCalledWith("billed", "tea");
  const letter = JSON.parse(await readFile(file, "utf8")) as { data: string; attempts: number };
  expect(letter).toMatchObject({
    data: Buffer.from("no order").toString("base64"),
    attempts: 2,
    error: { name: "SyntaxError" },
  });
});
