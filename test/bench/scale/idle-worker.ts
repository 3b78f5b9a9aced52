// A worker that holds every lease of a stream in which nothing is new, with an emulator of its own: what it costs from one
// look to the next. It is not idle, and not measured, unless it keeps its leases and reads its shards as often as it is to.
import { setTimeout as sleep } from "node:timers/promises";
import { prepareTable } from "../workers/lease-table.ts";
import { streamOf, Streams } from "../workers/streams.ts";
import { Worker } from "../workers/worker.ts";
import type { WorkerKind } from "../workers/worker-kinds.ts";
import type { WorkerUse } from "../workers/worker-news.ts";
import { reachOf } from "../workers/worker-task.ts";

/** What it is to hold, and how often it looks at it. */
export interface IdleLoad {
  readonly shards: number;
  /** Between two reads of a shard. */
  readonly idleMs: number;
  readonly failoverMs: number;
}

/** What it came to from one look to the next. */
export interface IdleUse {
  /** Percent of a core. */
  readonly cpu: number;
  readonly memoryMib: number;
  readonly requestsPerMinute: number;
}

interface Look {
  readonly atMs: number;
  readonly use: WorkerUse;
  readonly requests: number;
  readonly reads: number;
}

/** What it took to get the leases is over by then. */
const SETTLE_MS = 20_000;
const LOOK_MS = 500;
const MIB = 1024 * 1024;
const MINUTE_MS = 60_000;
/** A pause is counted from the end of a read, and differs by chance. */
const READS_SHARE = { least: 0.75, most: 1.25 } as const;

export class IdleWorker implements AsyncDisposable {
  readonly #kind: WorkerKind;
  readonly #load: IdleLoad;
  readonly #streams: Streams;
  readonly #worker: Worker;
  readonly #held = new Set<string>();
  #lost = 0;
  #before: Look | undefined;

  private constructor(kind: WorkerKind, load: IdleLoad, streams: Streams, worker: Worker) {
    this.#kind = kind;
    this.#load = load;
    this.#streams = streams;
    this.#worker = worker;
  }

  /** Resolves when it holds all leases, and what that took is over. */
  static async start(kind: WorkerKind, load: IdleLoad): Promise<IdleWorker> {
    const { failoverMs, idleMs, shards } = load;
    const streams = await Streams.start([kind], shards, { counts: true });
    const stream = streamOf(kind);
    const worker = await Worker.start(kind, {
      ...reachOf(streams.client),
      stream,
      worker: "worker",
      read: "polling",
      startAt: "LATEST",
      idleMs,
      failoverMs,
      tell: "totals",
    });
    const idle = new IdleWorker(kind, load, streams, worker);
    await prepareTable(kind, streams.client, stream);
    await idle.#hold(stream);
    return idle;
  }

  /**
   * From now on it is to keep its leases.
   * @throws Error if it does not hold all of them any more
   */
  async begin(): Promise<void> {
    const { shards } = this.#load;
    const isWhole = this.#kind === "lifion" || this.#held.size === shards;
    if (!isWhole) throw new Error(`${this.#kind} holds ${this.#held.size} of ${shards} leases`);
    this.#lost = 0;
    this.#before = await this.#look();
  }

  /**
   * What it came to since this was asked last, or since it began.
   * @throws Error if it was not as idle as it is to be
   */
  async use(): Promise<IdleUse> {
    const before = this.#before;
    if (before === undefined) throw new Error("it has not begun");
    const after = await this.#look();
    this.#before = after;
    const elapsedMs = after.atMs - before.atMs;
    this.#requireIdle(after.reads - before.reads, elapsedMs);
    return {
      cpu: (after.use.cpuUs - before.use.cpuUs) / 10 / elapsedMs,
      memoryMib: after.use.rssBytes / MIB,
      requestsPerMinute: ((after.requests - before.requests) * MINUTE_MS) / elapsedMs,
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#worker[Symbol.asyncDispose]();
    await this.#streams[Symbol.asyncDispose]();
  }

  async #hold(application: string): Promise<void> {
    const { shards } = this.#load;
    const all = new Promise<void>((resolve) => {
      this.#worker.onNews((news) => {
        if (news.kind === "gone") {
          this.#lost += 1;
          this.#held.delete(news.shardId);
        }
        if (news.kind === "taken") this.#held.add(news.shardId);
        if (this.#held.size === shards) resolve();
      });
    });
    await this.#worker.run(application);
    if (this.#kind === "lifion") await this.#untilRead(shards);
    else await all;
    await sleep(SETTLE_MS);
  }

  /** lifion does not tell what it holds, and reads nothing until it has it all: so twice as many reads as there are shards. */
  async #untilRead(shards: number): Promise<void> {
    while ((await this.#streams.ask({ kind: "reads" })) < 2 * shards) await sleep(LOOK_MS);
  }

  #requireIdle(reads: number, elapsedMs: number): void {
    const { idleMs, shards } = this.#load;
    const share = reads / ((shards * elapsedMs) / idleMs);
    const { least, most } = READS_SHARE;
    if (this.#lost === 0 && share >= least && share <= most) return;
    const readsText = `read its ${shards} shards ${share.toFixed(2)} times as often as it was to`;
    throw new Error(`${this.#kind} lost ${this.#lost} leases, and ${readsText}`);
  }

  async #look(): Promise<Look> {
    const use = await this.#worker.use();
    // One question at a time.
    const requests = await this.#streams.ask({ kind: "requests" });
    const reads = await this.#streams.ask({ kind: "reads" });
    return { atMs: performance.now(), use, requests, reads };
  }
}
