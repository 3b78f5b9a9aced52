// What the guide to metrics says is so, and its example runs. By itself, because that subscribes for the whole process.
import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { createProducer } from "@shardline/producer";
import { startEmulator } from "@shardline/emulator";
import { afterEach, expect, test, vi } from "vitest";

const ROOT = resolve(import.meta.dirname, "../..");

afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
});

test("the guide to metrics lists every metric, with its unit and its level", async () => {
  const page = await readFile(`${ROOT}/docs/guides/metrics.md`, "utf8");
  const listed = [...page.matchAll(/^\| `(\w+)` +\| (\w+) +\| (\w+) /gm)].map((row) =>
    row.slice(1, 4),
  );
  await using emulator = await startEmulator({ streams: { orders: 1 } });
  await using producer = createProducer({ stream: "orders", kinesis: emulator.kinesis });
  expect(listed).toEqual(producer.metrics().map(({ level, name, unit }) => [name, unit, level]));
});

test("the producer of the guide to metrics tells what it did", async () => {
  await using emulator = await startEmulator({ streams: { orders: 2 } });
  const { credentials, endpoint, region } = emulator.clientConfig("kinesis");
  vi.stubEnv("AWS_ENDPOINT_URL", endpoint);
  vi.stubEnv("AWS_REGION", region);
  vi.stubEnv("AWS_ACCESS_KEY_ID", credentials.accessKeyId);
  vi.stubEnv("AWS_SECRET_ACCESS_KEY", credentials.secretAccessKey);
  vi.spyOn(console, "log").mockImplementation(() => undefined);
  await import("../../docs/examples/metrics.ts");
  expect(vi.mocked(console.log).mock.calls.flat()).toEqual([
    "2 records for 1 shards",
    "0 records outstanding, the oldest for 0 ms",
    "in all: 2 of 2 stored in the last minute",
    "in all: 2 of 2 stored in the last minute",
    expect.stringMatching(/^shardId-0{11}[01]: 2 of 2 stored in the last minute$/),
  ]);
});
