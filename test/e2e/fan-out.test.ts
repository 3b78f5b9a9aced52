// Reading by subscriptions over real sockets: the AWS adapter, its event stream and the emulator's HTTP/2.
import { createConsumer } from "@shardline/consumer";
import { type FaultEffect, type RunningEmulator, startEmulator } from "@shardline/emulator";
import { createProducer } from "@shardline/producer";
import { expect, test, vi } from "vitest";
import { pointSdkAt } from "../support/point-sdk-at.ts";

interface Reading {
  readonly texts: string[];
  readonly told: string[];
  readonly modes: () => unknown[];
  readonly end: () => Promise<void>;
}

function readAll(emulator: RunningEmulator, stream: string): Reading {
  const texts: string[] = [];
  const told: string[] = [];
  const consumer = createConsumer({
    application: `billing-${stream}`,
    stream,
    startAt: "TRIM_HORIZON",
    kinesis: emulator.clientConfig("kinesis"),
    dynamodb: emulator.clientConfig("dynamodb"),
    read: { mode: "fan-out" },
    logger: { debug: quiet, info: quiet, warn: quiet, error: quiet },
    processBatch: ({ records }) => {
      for (const { data } of records) texts.push(Buffer.from(data).toString());
    },
  });
  consumer.on("subscriptionEnded", ({ events, how }) => told.push(`${how} ${events > 0}`));
  consumer.on("readFailed", ({ reason }) => told.push(reason));
  const ending = new AbortController();
  const run = consumer.run({ signal: ending.signal });
  return {
    texts,
    told,
    modes: () => consumer.stats().shards.map(({ readMode }) => readMode),
    end: async () => {
      ending.abort();
      await run;
    },
  };
}

function quiet(): void {}

async function until(isDone: () => boolean): Promise<void> {
  const giveUpAtMs = Date.now() + 40_000;
  while (!isDone() && Date.now() < giveUpAtMs) await new Promise((done) => setTimeout(done, 20));
}

const CUTS: readonly FaultEffect[] = [
  { kind: "cutFrames", how: "dirty", afterFrames: 4 },
  { kind: "badChecksum", afterFrames: 4 },
  { kind: "cutFrames", how: "truncated", afterFrames: 4 },
  { kind: "cutFrames", how: "resetStream", afterFrames: 4 },
  { kind: "splitFrames", bytes: 3 },
];

test("86 efo-5min: over sockets, subscriptions that end and follow each other bring each record once", async () => {
  await using emulator = await startEmulator({ streams: { orders: 2 }, subscriptionMs: 6000 });
  await using producer = createProducer({
    stream: "orders",
    kinesis: emulator.clientConfig("kinesis"),
    batch: { maxDelayMs: 10 },
  });
  const reading = readAll(emulator, "orders");
  const all: string[] = [];
  const isAllRead = (): boolean => reading.texts.length >= all.length;
  for (let i = 0; i < 80; i += 1) {
    all.push(`r${i}`);
    await producer.put({ partitionKey: `k${i}`, data: `r${i}` });
    await new Promise((done) => setTimeout(done, 100));
  }
  await until(isAllRead);
  expect(reading.texts.toSorted()).toEqual(all.toSorted());
  expect(reading.modes()).toEqual(["fan-out", "fan-out"]);
  expect(reading.told).toContain("ended true");
  expect(new Set(reading.told)).toEqual(new Set(["ended true"]));
  await reading.end();
}, 60_000);

test("over sockets, a subscription that is cut off in any way is followed by one that goes on behind it", async () => {
  const names = CUTS.map((_, i) => `s${i}`);
  const streams = Object.fromEntries(names.map((name) => [name, 1]));
  await using emulator = await startEmulator({ streams });
  const runs = CUTS.map(async (effect, i) => {
    const stream = names[i] as string;
    const rule = emulator.faults.add({ effect, match: { stream }, times: 1 });
    const reading = readAll(emulator, stream);
    const all = await putAll(emulator, stream);
    await until(() => reading.texts.length >= all.length);
    const { hits } = rule;
    await reading.end();
    return { effect, hits, isComplete: all.join() === reading.texts.join(), told: reading.told };
  });
  const expected = CUTS.map((effect) => {
    const told = effect.kind === "splitFrames" ? [] : ["failed true"];
    return { effect, hits: 1, isComplete: true, told };
  });
  expect(await Promise.all(runs)).toEqual(expected);
}, 60_000);

test("the consumer of the guide goes over to subscriptions", async () => {
  await using emulator = await startEmulator({ streams: { orders: 1 } });
  pointSdkAt(emulator);
  const lines: string[] = [];
  vi.spyOn(console, "log").mockImplementation((line: string) => void lines.push(line));
  await using producer = createProducer({ stream: "orders", kinesis: emulator.kinesis });
  const finished = import("../../docs/examples/fan-out.ts");
  const isSubscribed = (): boolean =>
    emulator.inspect("orders")?.consumers[0]?.subscribedShardIds.length === 1;
  await until(() => isSubscribed());
  await producer.put({ partitionKey: "k", data: "x" });
  await until(() => lines.length > 0);
  expect(lines).toEqual(["shardId-000000000000: 1 orders"]);
  process.emit("SIGTERM", "SIGTERM");
  await finished;
}, 60_000);

async function putAll(emulator: RunningEmulator, stream: string): Promise<string[]> {
  const kinesis = emulator.clientConfig("kinesis");
  await using producer = createProducer({ stream, kinesis, batch: { maxDelayMs: 10 } });
  const all: string[] = [];
  for (let i = 0; i < 30; i += 1) {
    all.push(`r${i}`);
    await producer.put({ partitionKey: "k", data: `r${i}` });
    await new Promise((done) => setTimeout(done, 100));
  }
  return all;
}
