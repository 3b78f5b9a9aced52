// What the README shows is what docs/examples holds, and that runs.
import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { deaggregate } from "@shardline/aggregation";
import { createProducer } from "@shardline/producer";
import { type RunningEmulator, startEmulator } from "@shardline/emulator";
import { afterEach, beforeEach, expect, test, vi } from "vitest";

const ROOT = resolve(import.meta.dirname, "../..");
const ENVIRONMENT = [
  "AWS_ENDPOINT_URL",
  "AWS_REGION",
  "AWS_ACCESS_KEY_ID",
  "AWS_SECRET_ACCESS_KEY",
];

beforeEach(() => {
  vi.spyOn(console, "log").mockImplementation(() => undefined);
});

afterEach(() => {
  vi.restoreAllMocks();
  for (const name of ENVIRONMENT) delete process.env[name];
});

/** Region, credentials and endpoint, where the examples look for them. */
function pointSdkAt(emulator: RunningEmulator): void {
  const { credentials, endpoint, region } = emulator.clientConfig("kinesis");
  const { accessKeyId, secretAccessKey } = credentials;
  const values = [endpoint, region, accessKeyId, secretAccessKey];
  for (const [i, name] of ENVIRONMENT.entries()) process.env[name] = values[i];
}

test.each([
  ["README.md", "producer"],
  ["README.md", "consumer"],
  ["docs/guides/emulator.md", "emulator"],
  ["docs/guides/metrics.md", "metrics"],
])("%s shows docs/examples/%s.ts as it is", async (page, name) => {
  const text = await readFile(`${ROOT}/${page}`, "utf8");
  const [, shown] =
    new RegExp(`<!-- docs/examples/${name}.ts -->\n\`\`\`ts\n([^]*?)\`\`\``).exec(text) ?? [];
  expect(shown).toBe(await readFile(`${ROOT}/docs/examples/${name}.ts`, "utf8"));
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
  await vi.waitFor(() => expect(console.log).toHaveBeenCalled(), { timeout: 10_000 });
  expect(console.log).toHaveBeenCalledWith(expect.any(String), "customer-7", { item: "tea" });
  process.emit("SIGTERM");
  await finished;
});
