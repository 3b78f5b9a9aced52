// The examples of the guides to Lambda and to coming from the KCL do what they say.
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { type KinesisEvent, toLambdaHandler } from "@shardline/consumer/lambda";
import { createProducer } from "@shardline/producer";
import { startEmulator } from "@shardline/emulator";
import { afterEach, beforeEach, expect, onTestFinished, test, vi } from "vitest";
import { pointSdkAt } from "../support/point-sdk-at.ts";

const ROOT = resolve(import.meta.dirname, "../..");
type Emulator = Awaited<ReturnType<typeof startEmulator>>;

beforeEach(() => {
  vi.spyOn(console, "log").mockImplementation(() => undefined);
});

afterEach(() => {
  vi.restoreAllMocks();
});

test.each([
  ["docs/guides/lambda.md", "lambda-consumer"],
  ["docs/guides/coming-from-the-kcl.md", "from-kcl"],
])("%s shows docs/examples/%s.ts as it is", async (page, name) => {
  const text = await readFile(`${ROOT}/${page}`, "utf8");
  const [, shown] =
    new RegExp(`<!-- docs/examples/${name}.ts -->\n\`\`\`ts\n([^]*?)\`\`\``).exec(text) ?? [];
  expect(shown).toBe(await readFile(`${ROOT}/docs/examples/${name}.ts`, "utf8"));
});

test("the guide for those who come from the KCL names every key that is read", async () => {
  const guide = await readFile(`${ROOT}/docs/guides/coming-from-the-kcl.md`, "utf8");
  const tables = ["mapped-keys", "dropped-keys"].map((name) =>
    readFile(`${ROOT}/packages/consumer/src/kcl/${name}.ts`, "utf8"),
  );
  const text = (await Promise.all(tables)).join("\n");
  const keys = Array.from(
    text.matchAll(/^ {2}"?([A-Za-z][\w.]+?)(?:\.\*)?"?: (?:mapped|dropped)/gm),
  );
  const names = keys.map(([, key = ""]) => key.replace(/^fanoutConfig\./, ""));
  expect(names.length).toBeGreaterThan(70);
  expect(names.filter((name) => !new RegExp(`\\b${name}\\b`).test(guide))).toEqual([]);
});

test("lambda-consumer.ts bills what a producer has put, aggregates included, and tells what is not done", async () => {
  await using emulator = await startEmulator({ streams: { orders: 1 } });
  await putAll(emulator, ['{"item":"tea"}', '{"item":"cups"}', "no order"]);
  const { handler } = await import("../../docs/examples/lambda-consumer.ts");
  const event = eventOf(emulator);
  const [
    {
      kinesis: { sequenceNumber },
    } = { kinesis: { sequenceNumber: "" } },
  ] = event.Records;
  const answer = await handler(event, { getRemainingTimeInMillis: () => 10_000 });
  expect(answer).toEqual({ batchItemFailures: [{ itemIdentifier: sequenceNumber }] });
  const lines = vi.mocked(console.log).mock.calls;
  const billed = lines.filter(([, word]) => word === "billed").map(([, , item]) => item as string);
  expect(billed.slice(0, 2)).toEqual(["tea", "cups"]);
  expect(lines.at(-1)).toEqual(["again from", sequenceNumber, "halted", expect.any(SyntaxError)]);
});

test("a handler that a worker has serves as a Lambda function's, on the same records", async () => {
  await using emulator = await startEmulator({ streams: { orders: 1 } });
  await putAll(emulator, ["tea", "cups"]);
  const seen: string[] = [];
  const handler = toLambdaHandler(({ records }) => {
    for (const { data } of records) seen.push(Buffer.from(data).toString());
  });
  expect(await handler(eventOf(emulator))).toEqual({ batchItemFailures: [] });
  expect(seen).toEqual(["tea", "cups"]);
});

test("from-kcl.ts runs a record processor with what a properties file says, and tells what has no effect", async () => {
  await using emulator = await startEmulator({ streams: { orders: 1 } });
  pointSdkAt(emulator);
  await putAll(emulator, ["tea", "cups"]);
  const folder = await mkdtemp(join(tmpdir(), "shardline-examples-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  const path = join(folder, "app.properties");
  await writeFile(
    path,
    "applicationName = billing\nstreamName = orders\nexecutableName = node app.js\nidleTimeBetweenReadsInMillis = 200\n",
  );
  const { argv } = process;
  process.argv = [...argv.slice(0, 2), path];
  onTestFinished(() => {
    process.argv = argv;
  });
  const finished = import("../../docs/examples/from-kcl.ts");
  const lines = (): unknown[] => vi.mocked(console.log).mock.calls.map((call) => call.join(" "));
  await expect.poll(lines).toContain("cups");
  process.emit("SIGTERM");
  await finished;
  expect(lines()).toEqual([
    expect.stringMatching(/app\.properties:3: executableName: there is no daemon/),
    "begun shardId-000000000000",
    "tea",
    "cups",
  ]);
});

/** Puts texts with one key, which may travel in aggregates. */
async function putAll(emulator: Emulator, texts: readonly string[]): Promise<void> {
  await using producer = createProducer({ stream: "orders", kinesis: emulator.kinesis });
  await Promise.all(texts.map((data) => producer.put({ partitionKey: "customer-7", data })));
}

/** What Lambda would send of the stream's only shard. */
function eventOf(emulator: Emulator): KinesisEvent {
  const [shard] = emulator.inspect("orders")?.shards ?? [];
  const stored = shard?.records ?? [];
  return {
    Records: stored.map(({ arrivedAtMs, data, partitionKey = "", sequenceNumber }) => ({
      eventID: `${shard?.shardId}:${sequenceNumber}`,
      eventSourceARN: "arn:aws:kinesis:us-east-1:000000000000:stream/orders",
      kinesis: {
        sequenceNumber,
        partitionKey,
        data: Buffer.from(data).toString("base64"),
        approximateArrivalTimestamp: arrivedAtMs / 1000,
      },
    })),
  };
}
