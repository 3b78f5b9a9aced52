// Worker processes of one kind, seen from the benchmark: started, stopped, killed, and listened to.
import { setTimeout as sleep } from "node:timers/promises";
import type { EmulatorClientConfig } from "@shardline/emulator";
import { machineMs } from "../machine-ms.ts";
import { clearOwners, prepareTable } from "../workers/lease-table.ts";
import { Worker as WorkerProcess } from "../workers/worker.ts";
import type { WorkerKind } from "../workers/worker-kinds.ts";
import type { WorkerNews } from "../workers/worker-news.ts";
import { reachOf } from "../workers/worker-task.ts";
import { STREAM } from "./messages.ts";

/** Nothing here takes so long unless something is broken: the KCL 3 levels a fleet out once in some minutes. */
const PATIENCE_MS = 600_000;
const POLL_MS = 20;
/** What was said before may be heard a little later. */
const HEARING_MS = 100;

export interface Worker {
  readonly held: ReadonlySet<string>;
  /** When it was told to run, and had nothing yet but its process. */
  readonly ranAtMs: number;
}

interface Running extends Worker {
  readonly process: WorkerProcess;
  readonly held: Set<string>;
  ranAtMs: number;
}

/** A handler was handed a batch. */
export interface Handled {
  readonly worker: Worker;
  readonly shardId: string;
  readonly atMs: number;
}

export class Fleet implements AsyncDisposable {
  readonly #kind: WorkerKind;
  readonly #client: EmulatorClientConfig;
  readonly #workers = new Set<Running>();
  #handled: Handled[] = [];
  #names = 0;

  private constructor(kind: WorkerKind, client: EmulatorClientConfig) {
    this.#kind = kind;
    this.#client = client;
  }

  /** Nobody yet. */
  static async found(kind: WorkerKind, client: EmulatorClientConfig): Promise<Fleet> {
    await prepareTable(kind, client, STREAM);
    return new Fleet(kind, client);
  }

  /** What was handled since this was asked for the last time, in the order of time. */
  async takeHandled(): Promise<readonly Handled[]> {
    await sleep(HEARING_MS);
    const handled = this.#handled.sort((a, b) => a.atMs - b.atMs);
    this.#handled = [];
    return handled;
  }

  /** What was handled so far, as it was heard of. */
  get handled(): readonly Handled[] {
    return this.#handled;
  }

  /** How many leases each of the workers has, the fewest first. */
  get counts(): readonly number[] {
    return [...this.#workers].map(({ held }) => held.size).sort((a, b) => a - b);
  }

  /** One more. */
  async start(): Promise<Worker> {
    this.#names += 1;
    const process = await WorkerProcess.start(this.#kind, {
      ...reachOf(this.#client),
      stream: STREAM,
      worker: `worker-${this.#names}`,
      read: "polling",
      startAt: "TRIM_HORIZON",
      idleMs: 0,
      tell: "batches",
    });
    const running: Running = { process, held: new Set(), ranAtMs: 0 };
    process.onNews((news) => this.#hear(running, news));
    this.#workers.add(running);
    running.ranAtMs = await process.run(this.#application);
    return running;
  }

  /** Lets it finish in good order; answers when it was told to. */
  stop(worker: Worker): number {
    const running = this.#running(worker);
    const atMs = machineMs();
    void running.process.stop().then(() => this.#end(running));
    return atMs;
  }

  /** SIGKILL; answers when. */
  kill(worker: Worker): number {
    const running = this.#running(worker);
    running.process.kill();
    const atMs = machineMs();
    void this.#end(running);
    return atMs;
  }

  /** Has the table say that nobody holds a lease, as nobody does once all workers have ended. */
  async vacate(): Promise<void> {
    if (this.#kind !== "lifion") await clearOwners(this.#client, STREAM);
  }

  /** Resolves when something has come about; rejects if it does not. */
  async until(what: string, hasComeAbout: () => boolean): Promise<void> {
    const sinceMs = machineMs();
    while (!hasComeAbout()) {
      if (machineMs() - sinceMs > PATIENCE_MS) throw new Error(`waited too long until ${what}`);
      await sleep(POLL_MS);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.#workers].map((worker) => this.#end(worker)));
  }

  /** lifion does not give up what it holds: who comes later would have to wait. */
  get #application(): string {
    return this.#kind === "lifion" ? `${STREAM}-${this.#names}` : STREAM;
  }

  async #end(worker: Running): Promise<void> {
    await worker.process[Symbol.asyncDispose]();
    this.#workers.delete(worker);
  }

  #running(worker: Worker): Running {
    const running = [...this.#workers].find((one) => one === worker);
    if (running === undefined) throw new Error("this worker has ended");
    return running;
  }

  #hear(worker: Running, news: WorkerNews): void {
    if (news.kind === "batch") {
      this.#handled.push({ worker, shardId: news.shardId, atMs: news.atMs });
    }
    if (news.kind === "taken") worker.held.add(news.shardId);
    if (news.kind === "gone") worker.held.delete(news.shardId);
  }
}
