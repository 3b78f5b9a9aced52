// Worker processes, seen from the benchmark: started, stopped, killed, and listened to.
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { EmulatorClientConfig } from "@shardline/emulator";
import { machineMs, type WorkerNews, type WorkerTask } from "./messages.ts";

/** Nothing here takes so long unless something is broken. */
const PATIENCE_MS = 60_000;
const POLL_MS = 20;
/** What was said before may be heard a little later. */
const HEARING_MS = 100;

export interface Worker {
  readonly held: ReadonlySet<string>;
  /** When its `run` was called. */
  readonly ranAtMs: number | undefined;
}

interface Running extends Worker {
  readonly child: ChildProcess;
  readonly held: Set<string>;
  ranAtMs: number | undefined;
}

/** A handler was handed a batch, and returned. */
export interface Handled {
  readonly worker: Worker;
  readonly shardId: string;
  readonly atMs: number;
}

export class Fleet implements AsyncDisposable {
  readonly #client: EmulatorClientConfig;
  readonly #workers = new Set<Running>();
  #handled: Handled[] = [];
  #names = 0;

  constructor(client: EmulatorClientConfig) {
    this.#client = client;
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

  start(): Worker {
    this.#names += 1;
    const task: WorkerTask = { name: `worker-${this.#names}`, client: this.#client };
    const child = fork(join(import.meta.dirname, "worker-process.js"), [JSON.stringify(task)], {
      // The standard output belongs to the results.
      stdio: ["ignore", "ignore", "inherit", "ipc"],
      env: { ...process.env, AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: "true" },
    });
    const worker: Running = { child, held: new Set(), ranAtMs: undefined };
    this.#workers.add(worker);
    child.on("message", (news) => this.#hear(worker, news as WorkerNews));
    child.on("exit", () => this.#workers.delete(worker));
    return worker;
  }

  /** Lets it finish in good order; answers when it was told to. */
  stop(worker: Worker): number {
    this.#running(worker).child.send("stop");
    return machineMs();
  }

  /** SIGKILL; answers when. */
  kill(worker: Worker): number {
    this.#running(worker).child.kill("SIGKILL");
    return machineMs();
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
    await Promise.all(
      [...this.#workers].map(async ({ child }) => {
        const exit = once(child, "exit");
        child.kill("SIGKILL");
        await exit;
      }),
    );
  }

  #running(worker: Worker): Running {
    const running = [...this.#workers].find((one) => one === worker);
    if (running === undefined) throw new Error("this worker has ended");
    return running;
  }

  #hear(worker: Running, news: WorkerNews): void {
    switch (news.kind) {
      case "runs":
        worker.ranAtMs = news.atMs;
        return;
      case "batch":
        this.#handled.push({ worker, shardId: news.shardId, atMs: news.atMs });
        return;
      case "taken":
        worker.held.add(news.shardId);
        return;
      case "gone":
        worker.held.delete(news.shardId);
    }
  }
}
