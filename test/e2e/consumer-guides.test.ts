// What the guides say of consumers is so, and their example runs.
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { createProducer } from "@shardline/producer";
import { startEmulator } from "@shardline/emulator";
import { afterEach, expect, onTestFinished, test, vi } from "vitest";
import { CONSUMER_LOG } from "../../packages/consumer/src/consumer-events.ts";
import { shardIdOf } from "../../packages/consumer/test/support/leases.ts";
import { pointSdkAt } from "../support/point-sdk-at.ts";

const ROOT = resolve(import.meta.dirname, "../..");

afterEach(() => {
  vi.restoreAllMocks();
});

test("the guide to events says in one sentence of each event what happened, and at which level it is logged", async () => {
  const page = await readFile(`${ROOT}/docs/guides/consumer-events.md`, "utf8");
  const rows = [...page.matchAll(/^\| `(\w+)` +\| (\w+) +\| ([A-Z\w`].*?\.) +\|$/gm)];
  const logged = Object.entries(CONSUMER_LOG).map(([name, entry]) => [name, entry?.[0]]);
  expect(rows).toHaveLength(logged.length);
  const levels = rows.map(([, name, level]) => [name, level]);
  expect(Object.fromEntries(levels)).toEqual(Object.fromEntries(logged));
  const sentences = rows.map(([, , , text = ""]) => text.match(/\.( |$)/g)?.length);
  expect(new Set(sentences)).toEqual(new Set([1]));
});

test("every event of the consumer is described where it is typed", async () => {
  const rooms = ["lease/lease", "shard/shard", "batch/batch", "fan-out/fan-out", "stream/stream"];
  const files = ["consumer", ...rooms].map((name) =>
    readFile(`${ROOT}/packages/consumer/src/${name}-events.ts`, "utf8"),
  );
  const source = (await Promise.all(files)).join("\n");
  const described = new Set(
    Array.from(source.matchAll(/\*\/\n {2}(\w+): (?:[A-Z]|\{)/g), ([, name]) => name),
  );
  expect(Object.keys(CONSUMER_LOG).filter((name) => !described.has(name))).toEqual([]);
});

test("the guide to consuming names every status, every reason and every figure", async () => {
  const page = await readFile(`${ROOT}/docs/guides/consuming.md`, "utf8");
  const health = await readFile(`${ROOT}/packages/consumer/src/status/health.ts`, "utf8");
  const kinds = health.match(/"[a-z-]+"/g)?.map((text) => text.slice(1, -1)) ?? [];
  expect(kinds.length).toBeGreaterThan(18);
  const inStatusTable = new Set(["not-started", "stopped"]);
  const named = (kind: string): boolean => page.includes(`\`${kind}\``) || inStatusTable.has(kind);
  expect(kinds.filter((kind) => !named(kind))).toEqual([]);
});

test("the time that the guide to deploying gives a process is more than its drain may take", async () => {
  const page = await readFile(`${ROOT}/docs/guides/deploying.md`, "utf8");
  const drainMs = Number(/drainTimeoutMs: (\d+_\d+)/.exec(page)?.[1]?.replace("_", ""));
  const graceOf = (name: string): number => Number(new RegExp(`${name}(\\d+)`).exec(page)?.[1]);
  expect(drainMs).toBeGreaterThan(0);
  for (const name of ["terminationGracePeriodSeconds: ", "TimeoutStopSec="]) {
    expect(graceOf(name) * 1000).toBeGreaterThan(drainMs + 5000);
  }
});

test("the consumer of the guide handles what came within the hour, tells of a halted shard, and counts", async () => {
  await using emulator = await startEmulator({ streams: { orders: 1 } });
  pointSdkAt(emulator);
  vi.spyOn(console, "log").mockImplementation(() => undefined);
  vi.spyOn(console, "error").mockImplementation(() => undefined);
  await using producer = createProducer({ stream: "orders", kinesis: emulator.kinesis });
  for (const data of ['{"amount":7}', '{"amount":8}', "no order"]) {
    await producer.put({ partitionKey: "customer-7", data });
  }
  const finished = import("../../docs/examples/consuming.ts");
  const halted = expect.stringMatching(/^shardId-0+ is halted$/) as string;
  await expect
    .poll(() => vi.mocked(console.error).mock.calls)
    .toContainEqual([halted, expect.any(SyntaxError)]);
  process.emit("SIGTERM");
  await finished;
  const lines = vi.mocked(console.log).mock.calls.flat();
  expect(lines[0]).toMatch(/^shardId-0+ begins at (AT_TIMESTAMP|TRIM_HORIZON)$/);
  expect(lines.at(-1)).toBe("2 handled, 0 skipped");
});

test("the consumer of the guide to many streams reads those of its tenants, who come and go", async () => {
  const streams = { "orders-acme": 1, "orders-globex": 2 };
  await using emulator = await startEmulator({ streams });
  pointSdkAt(emulator);
  const folder = await mkdtemp(join(tmpdir(), "tenants-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  const tenants = join(folder, "tenants.txt");
  await writeFile(tenants, "acme\nnobody\n");
  vi.stubEnv("TENANTS", tenants);
  vi.spyOn(console, "log").mockImplementation(() => undefined);
  vi.spyOn(console, "error").mockImplementation(() => undefined);
  for (const stream of Object.keys(streams)) {
    await using producer = createProducer({ stream, kinesis: emulator.kinesis });
    await producer.put({ partitionKey: "customer-7", data: `order of ${stream}` });
  }
  const finished = import("../../docs/examples/many-streams.ts");
  const logged = (): string[] => vi.mocked(console.log).mock.calls.flat().map(String);
  const options = { timeout: 20_000 };
  await expect.poll(logged, options).toContain(`acme ${shardIdOf(0)}: order of orders-acme`);
  const missing = ["nobody cannot be read", expect.objectContaining({ code: "STREAM_NOT_FOUND" })];
  await expect.poll(() => vi.mocked(console.error).mock.calls, options).toContainEqual(missing);
  await writeFile(tenants, "globex\n");
  await expect
    .poll(logged, options)
    .toContainEqual(expect.stringMatching(/^globex shardId-0+[01]: order of orders-globex$/));
  await expect.poll(logged, options).toContain("acme is given up");
  process.emit("SIGTERM");
  await finished;
}, 60_000);
test("the example of handlers side by side adds up each customer's amounts while the key of another one rests", async () => {
  await using emulator = await startEmulator({ streams: { orders: 1 } });
  pointSdkAt(emulator);
  vi.spyOn(console, "log").mockImplementation(() => undefined);
  vi.spyOn(console, "error").mockImplementation(() => undefined);
  await using producer = createProducer({ stream: "orders", kinesis: emulator.kinesis });
  await producer.put({ partitionKey: "customer-9", data: "no order" });
  for (const [partitionKey, amount] of [
    ["customer-7", 7],
    ["customer-9", 1],
    ["customer-8", 5],
    ["customer-7", 8],
  ] as const) {
    await producer.put({ partitionKey, data: JSON.stringify({ amount }) });
  }
  const finished = import("../../docs/examples/concurrency.ts");
  const resting = expect.stringMatching(/^a key of shardId-0+ rests$/) as string;
  await expect
    .poll(() => vi.mocked(console.error).mock.calls, { timeout: 20_000 })
    .toContainEqual([resting, expect.any(SyntaxError)]);
  process.emit("SIGTERM");
  await finished;
  const lines = vi.mocked(console.log).mock.calls.flat();
  expect(new Set(lines)).toEqual(new Set(["customer-7: 15", "customer-8: 5"]));
});

test("the example of pulled batches gives everything up when its loop is left", async () => {
  await using emulator = await startEmulator({ streams: { orders: 1 } });
  pointSdkAt(emulator);
  vi.spyOn(console, "log").mockImplementation(() => undefined);
  await using producer = createProducer({ stream: "orders", kinesis: emulator.kinesis });
  await producer.put({ partitionKey: "k", data: "go" });
  const finished = import("../../docs/examples/batches.ts");
  await expect.poll(() => vi.mocked(console.log).mock.calls, { timeout: 20_000 }).toEqual([["go"]]);
  await producer.put({ partitionKey: "k", data: "stop" });
  await finished;
  expect(vi.mocked(console.log).mock.calls.flat()).toEqual(["go", "every lease is given up"]);
});
