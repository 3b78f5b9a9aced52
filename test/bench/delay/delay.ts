// The suite "delay": from the put of a record to its handler, on a stream that is idle otherwise, by polling and by
// subscriptions, with one application and with five side by side. The emulator is a process of its own, over sockets.
import { type Consumer, createConsumer } from "@shardline/consumer";
import type { EmulatorClientConfig } from "@shardline/emulator";
import { createProducer } from "@shardline/producer";
import { HelperProcess } from "../producer/helper-process.ts";
import { median } from "../statistics.ts";
import type { Comparison, Goal } from "../suite.ts";
import { machineMs, STREAM, type StreamTask } from "../takeover/messages.ts";

interface Case {
  readonly id: string;
  readonly title: string;
  readonly read: { readonly mode: "polling" | "fan-out"; readonly idleMs: number };
  readonly applications: number;
  readonly goal: Pick<Goal, "must" | "stretch"> | undefined;
}

const PUTS = 20;
/** Nothing else is put meanwhile. */
const BETWEEN_PUTS_MS = 230;
const TASK: StreamTask = { latencyMs: 0 };

/** Kinesis allows five reads of a shard a second, so that five applications that poll read it once a second each. */
const CASES: readonly Case[] = [
  {
    id: "delay.fan-out.1",
    title: "put to handler, fan-out, 1 application",
    read: { mode: "fan-out", idleMs: 1000 },
    applications: 1,
    goal: { must: 20, stretch: 10 },
  },
  {
    id: "delay.fan-out.5",
    title: "put to handler, fan-out, 5 applications",
    read: { mode: "fan-out", idleMs: 1000 },
    applications: 5,
    goal: { must: 20, stretch: 10 },
  },
  {
    id: "delay.polling.1",
    title: "put to handler, polling every 400 ms, 1 application",
    read: { mode: "polling", idleMs: 400 },
    applications: 1,
    goal: { must: 250, stretch: 220 },
  },
  {
    id: "delay.polling.5",
    title: "put to handler, polling every second, 5 applications",
    read: { mode: "polling", idleMs: 1000 },
    applications: 5,
    goal: undefined,
  },
];

/** The goals on how soon a record reaches its handler. */
export async function* delay(): AsyncGenerator<Comparison> {
  for (const each of CASES) yield* compare(each);
}

async function* compare({ applications, goal, id, read, title }: Case): AsyncGenerator<Comparison> {
  const module = "../takeover/stream-process.js";
  await using stream = await HelperProcess.start<EmulatorClientConfig, never>(module, TASK);
  const client = stream.ready;
  await using producer = createProducer({
    stream: STREAM,
    kinesis: client,
    batch: { maxDelayMs: 0 },
    aggregation: false,
  });
  const handled: ((text: string) => void)[] = [];
  const consumers = Array.from({ length: applications }, (_, i) =>
    createConsumer({
      application: `${id}-${i}`,
      stream: STREAM,
      startAt: "LATEST",
      kinesis: client,
      dynamodb: client,
      read,
      processBatch: ({ records }) => {
        for (const { data } of records) handled[i]?.(Buffer.from(data).toString());
      },
    }),
  );
  const ending = new AbortController();
  const runs = consumers.map((consumer) => consumer.run({ signal: ending.signal }));
  const name = "p50";
  yield {
    title,
    unit: "ms",
    check: () => untilRead(consumers, read.mode),
    variants: [{ name, role: "ours", sample: () => sample(producer, handled, applications) }],
    goals: goal === undefined ? [] : [{ id, what: title, of: name, direction: "lower", ...goal }],
  };
  ending.abort();
  await Promise.all(runs);
}

/** The median of so many puts, over all applications. */
async function sample(
  producer: ReturnType<typeof createProducer>,
  handled: ((text: string) => void)[],
  applications: number,
): Promise<number> {
  const putAtMs = new Map<string, number>();
  const delaysMs: number[] = [];
  let onAll: () => void = () => undefined;
  const all = new Promise<void>((resolve) => {
    onAll = resolve;
  });
  for (let i = 0; i < applications; i += 1) {
    handled[i] = (text) => {
      const atMs = putAtMs.get(text);
      if (atMs === undefined) return;
      delaysMs.push(machineMs() - atMs);
      if (delaysMs.length === PUTS * applications) onAll();
    };
  }
  for (let i = 0; i < PUTS; i += 1) {
    const text = `${machineMs()}`;
    putAtMs.set(text, machineMs());
    await producer.put({ partitionKey: text, data: text });
    await pause(BETWEEN_PUTS_MS + Math.random() * BETWEEN_PUTS_MS);
  }
  await all;
  return median(delaysMs);
}

async function untilRead(consumers: readonly Consumer[], mode: string): Promise<void> {
  const isRead = (consumer: Consumer): boolean => {
    const { shards } = consumer.stats();
    return shards.length > 0 && shards.every(({ readMode }) => readMode === mode);
  };
  while (!consumers.every(isRead)) await pause(100);
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
