// The worker processes: started, killed, stopped with SIGSTOP, drained, and listened to.
import { type ChildProcess, fork, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import { JOURNAL_FD, type JournalLine, type WorkerSetup } from "./chaos-messages.ts";
import { machineMs } from "./machine-time.ts";

/** A worker that does not finish in this time does not finish at all. */
const DRAIN_MS = 20_000;
/** Stops a process until its standard input ends, be it because whoever started it is no more. */
const STOPPER = 'kill -STOP "$0" && echo stopped; read -r _; kill -CONT "$0"';

/** A line of a journal, and the process that wrote it. */
export type Entry = JournalLine & { readonly process: WorkerProcess };

export interface WorkerProcess {
  /** In the lease table; one that is started again may have the name of the one before. */
  readonly name: string;
  readonly pid: number;
  /** Shards whose leases it has, as it said itself. */
  readonly shardIds: ReadonlySet<string>;
}

interface Running extends WorkerProcess {
  readonly child: ChildProcess;
  readonly shardIds: Set<string>;
  readonly stderr: string[];
  /** Resolves when it has ended and all that it said was heard. */
  readonly ended: Promise<unknown>;
  state: "working" | "stopped" | "ending";
}

export interface WorkerFleetOptions {
  readonly setup: Omit<WorkerSetup, "name">;
  readonly onEntry: (entry: Entry) => void;
  /** A worker has ended that nobody told to, or has not ended well. */
  readonly onFailure: (reason: string) => void;
}

export class WorkerFleet {
  readonly #options: WorkerFleetOptions;
  readonly #workers = new Set<Running>();

  constructor(options: WorkerFleetOptions) {
    this.#options = options;
  }

  /** Those that are neither stopped nor told to end. */
  get working(): readonly WorkerProcess[] {
    return [...this.#workers].filter(({ state }) => state === "working");
  }

  start(name: string): void {
    const setup: WorkerSetup = { ...this.#options.setup, name };
    const child = fork(join(import.meta.dirname, "worker-process.js"), [JSON.stringify(setup)], {
      stdio: ["ignore", "ignore", "pipe", "pipe", "ipc"],
    });
    const worker: Running = {
      name,
      child,
      pid: child.pid ?? 0,
      shardIds: new Set(),
      stderr: [],
      ended: once(child, "close"),
      state: "working",
    };
    this.#workers.add(worker);
    createInterface(child.stdio[JOURNAL_FD] as Readable).on("line", (line) =>
      this.#hear(worker, line),
    );
    child.stderr?.setEncoding("utf8").on("data", (text: string) => worker.stderr.push(text));
    child.on("close", (code, signal) => this.#onEnd(worker, code ?? signal));
  }

  /** SIGKILL; resolves when the process is gone and all that it said was heard. */
  async kill({ pid }: WorkerProcess): Promise<void> {
    const worker = this.#find(pid);
    if (worker === undefined) return;
    worker.state = "ending";
    worker.child.kill("SIGKILL");
    await worker.ended;
  }

  /** SIGSTOP, and SIGCONT after some time or when `signal` aborts; answers since when it stood still, if it did. */
  async freeze(
    { pid }: WorkerProcess,
    forMs: number,
    signal: AbortSignal,
  ): Promise<number | undefined> {
    const worker = this.#find(pid);
    if (worker?.state !== "working") return undefined;
    worker.state = "stopped";
    const stopper = spawn("sh", ["-c", STOPPER, String(pid)], {
      stdio: ["pipe", "pipe", "ignore"],
    });
    const gone = once(stopper, "close");
    const stoppedAtMs = await Promise.race([
      once(stopper.stdout, "data").then(() => machineMs()),
      gone.then(() => undefined),
    ]);
    if (stoppedAtMs !== undefined) await sleep(forMs, undefined, { signal }).catch(() => undefined);
    stopper.stdin.end();
    await gone;
    if (worker.state === "stopped") worker.state = "working";
    return stoppedAtMs;
  }

  /** Lets every worker finish in good order. */
  async drain(): Promise<void> {
    await Promise.all([...this.#workers].map((worker) => this.#drainOne(worker)));
  }

  /** Ends every worker at once. */
  async killAll(): Promise<void> {
    await Promise.all([...this.#workers].map((worker) => this.kill(worker)));
  }

  async #drainOne(worker: Running): Promise<void> {
    worker.state = "ending";
    worker.child.send("stop", () => undefined);
    const waiting = new AbortController();
    const late = sleep(DRAIN_MS, true, { signal: waiting.signal }).catch(() => false);
    const isLate = await Promise.race([late, worker.ended.then(() => false)]);
    waiting.abort();
    const { exitCode } = worker.child;
    if (isLate) {
      this.#options.onFailure(`${worker.name} was told to stop and did not in ${DRAIN_MS} ms`);
      await this.kill(worker);
    } else if (exitCode !== 0) this.#tellEnd(worker, exitCode);
  }

  #find(pid: number): Running | undefined {
    return [...this.#workers].find((worker) => worker.pid === pid);
  }

  #hear(worker: Running, text: string): void {
    const line = parseLine(text);
    if (line === undefined) return;
    if (line.kind === "taken") worker.shardIds.add(line.shardId);
    if (line.kind === "lost" || line.kind === "released") worker.shardIds.delete(line.shardId);
    this.#options.onEntry({ ...line, process: worker });
  }

  #onEnd(worker: Running, how: number | string | null): void {
    this.#workers.delete(worker);
    if (worker.state !== "ending") this.#tellEnd(worker, how);
  }

  #tellEnd({ name, stderr }: Running, how: number | string | null): void {
    this.#options.onFailure(`${name} ended by itself with ${how}\n${stderr.join("").trim()}`);
  }
}

/** `undefined` for a line that a killed worker began and did not end: its handler had not returned. */
function parseLine(text: string): JournalLine | undefined {
  try {
    return JSON.parse(text) as JournalLine;
  } catch {
    return undefined;
  }
}
