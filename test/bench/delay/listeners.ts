// Workers of several kinds that wait for records, each kind on a stream of its own, and who puts some: what is put into
// the streams in turns reaches them all within a round, and a round is a sample of each.
import { setTimeout as sleep } from "node:timers/promises";
import { createProducer } from "@shardline/producer";
import { machineMs } from "../machine-ms.ts";
import { prepareTable } from "../workers/lease-table.ts";
import { streamOf, Streams } from "../workers/streams.ts";
import { Worker } from "../workers/worker.ts";
import type { WorkerKind } from "../workers/worker-kinds.ts";
import type { WorkerNews } from "../workers/worker-news.ts";
import { reachOf, type WorkerTask } from "../workers/worker-task.ts";

const SHARDS = 6;
/** In a round. What waits for a poll waits for any part of its period, so that the middle of few of them is a rough one. */
const PUTS: Readonly<Record<Listening["read"], number>> = { "fan-out": 40, polling: 120 };
/** Between two puts into one stream, at least; at most twice as long. */
const BETWEEN_PUTS_MS = 115;
const PROBE_EVERY_MS = 1000;

/** How all of them read. */
export interface Listening extends Pick<WorkerTask, "read" | "idleMs"> {
  readonly applications: number;
}

interface Listener {
  readonly kind: WorkerKind;
  readonly worker: Worker;
  readonly producer: ReturnType<typeof createProducer>;
  readonly applications: readonly string[];
  /** When each record was put. */
  readonly putAtMs: Map<string, number>;
  /** Who heard how late of what was put in this round. */
  readonly heard: { readonly application: string; readonly delayMs: number }[];
  /** Of rounds that nobody has asked for yet. */
  readonly rounds: (readonly number[])[];
}

export class Listeners implements AsyncDisposable {
  readonly #streams: Streams;
  readonly #listeners: readonly Listener[];
  readonly #puts: number;

  private constructor(streams: Streams, listeners: readonly Listener[], puts: number) {
    this.#streams = streams;
    this.#listeners = listeners;
    this.#puts = puts;
  }

  static async start(kinds: readonly WorkerKind[], how: Listening): Promise<Listeners> {
    const streams = await Streams.start(kinds, SHARDS);
    const listeners: Listener[] = [];
    for (const kind of kinds) listeners.push(await listen(kind, how, streams));
    return new Listeners(streams, listeners, PUTS[how.read]);
  }

  /** Resolves when every application hears of what is put. */
  async untilAllHear(): Promise<void> {
    await Promise.all(
      this.#listeners.map(async (listener) => {
        const hasHeard = (name: string): boolean =>
          listener.heard.filter(({ application }) => application === name).length > SHARDS;
        while (!listener.applications.every(hasHeard)) {
          for (let i = 0; i < SHARDS; i += 1) await put(listener);
          await sleep(PROBE_EVERY_MS);
        }
      }),
    );
  }

  /** One sample: from put to handler, of every put and application. */
  async delaysOf(kind: WorkerKind): Promise<readonly number[]> {
    const listener = this.#listeners.find((one) => one.kind === kind) as Listener;
    if (listener.rounds.length === 0) await this.#round();
    return listener.rounds.shift() as readonly number[];
  }

  async #round(): Promise<void> {
    for (const { heard, putAtMs } of this.#listeners) {
      heard.length = 0;
      putAtMs.clear();
    }
    for (let i = 0; i < this.#puts; i += 1) {
      for (const listener of this.#listeners) {
        await put(listener);
        await sleep((BETWEEN_PUTS_MS * (1 + Math.random())) / this.#listeners.length);
      }
    }
    for (const { applications, heard, rounds } of this.#listeners) {
      while (heard.length < this.#puts * applications.length) await sleep(20);
      rounds.push(heard.map(({ delayMs }) => delayMs));
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const { producer, worker } of this.#listeners) {
      await worker[Symbol.asyncDispose]();
      await producer.close();
    }
    await this.#streams[Symbol.asyncDispose]();
  }
}

async function listen(
  kind: WorkerKind,
  { applications: count, idleMs, read }: Listening,
  { client }: Streams,
): Promise<Listener> {
  const stream = streamOf(kind);
  const applications = Array.from({ length: count }, (_, i) => `${stream}-${i}`);
  const worker = await Worker.start(kind, {
    ...reachOf(client),
    stream,
    worker: "worker",
    read,
    startAt: "LATEST",
    idleMs,
    tell: "records",
  });
  const producer = createProducer({
    stream,
    kinesis: client,
    batch: { maxDelayMs: 0 },
    aggregation: false,
  });
  const listener: Listener = {
    kind,
    worker,
    producer,
    applications,
    putAtMs: new Map(),
    heard: [],
    rounds: [],
  };
  worker.onNews((news) => hear(listener, news));
  for (const application of applications) {
    await prepareTable(kind, client, application);
    await worker.run(application);
  }
  return listener;
}

function hear({ heard, putAtMs }: Listener, news: WorkerNews): void {
  if (news.kind !== "record") return;
  const atMs = putAtMs.get(news.text);
  if (atMs === undefined) return;
  heard.push({ application: news.application, delayMs: news.atMs - atMs });
}

/** Anything that was not put before. */
async function put({ producer, putAtMs }: Listener): Promise<void> {
  const text = `${machineMs()}`;
  putAtMs.set(text, machineMs());
  await producer.put({ partitionKey: text, data: text });
}
