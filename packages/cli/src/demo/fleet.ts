// The demo's worker processes: started, killed, stopped, and listened to.
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import type { Position } from "@shardline/core";
import type { FromWorker, ToWorker, WorkerSetup } from "./messages.ts";

const ENTRY = fileURLToPath(new URL("./worker-process.js", import.meta.url));
/** A worker that was told to stop and does not is killed after so long. */
const STOP_TIMEOUT_MS = 15_000;

export interface FleetOptions {
  readonly setup: Omit<WorkerSetup, "workerId">;
  /** Sees a batch; the worker's handler returns afterwards. */
  readonly onBatch: (worker: string, batch: FromWorker & { readonly kind: "batch" }) => void;
  /** A line was skipped, or is a dead letter now. */
  readonly onGivenUp: (data: Uint8Array) => void;
  readonly onHalted: (shardId: string) => void;
  readonly onLease: (worker: string, shardId: string, isHeld: boolean) => void;
  /** A lease is no longer held, and was not handed over. */
  readonly onLost: (worker: string, shardId: string) => void;
  /** A worker begins to read a shard. */
  readonly onBegun: (worker: string, shardId: string, checkpoint: Position) => void;
  readonly onFailure: (worker: string, reason: string) => void;
}

export class Fleet {
  readonly #options: FleetOptions;
  readonly #workers = new Map<string, ChildProcess>();
  #started = 0;

  constructor(options: FleetOptions) {
    this.#options = options;
  }

  /** Starts a worker; answers its name. */
  start(): string {
    this.#started += 1;
    const workerId = `worker-${this.#started}`;
    const child = fork(ENTRY, {
      execArgv: [],
      serialization: "advanced",
      stdio: ["ignore", "ignore", "inherit", "ipc"],
    });
    this.#workers.set(workerId, child);
    child.on("message", (message: FromWorker) => this.#receive(workerId, child, message));
    child.on("exit", (code) => this.#onExit(workerId, code));
    tell(child, { kind: "start", setup: { ...this.#options.setup, workerId } });
    return workerId;
  }

  /** Every worker's handler stops failing. */
  mend(): void {
    for (const child of this.#workers.values()) tell(child, { kind: "mend" });
  }

  /** SIGKILL; resolves when the process is gone and all that it said was heard. */
  async kill(workerId: string): Promise<void> {
    const child = this.#workers.get(workerId);
    if (child === undefined) return;
    this.#workers.delete(workerId);
    const closed = once(child, "close");
    child.kill("SIGKILL");
    await closed;
  }

  /** Lets every worker finish; resolves when all processes are gone. */
  async stop(): Promise<void> {
    const children = [...this.#workers.values()];
    this.#workers.clear();
    await Promise.all(children.map(stopChild));
  }

  /** Ends every worker at once. */
  async killAll(): Promise<void> {
    await Promise.all([...this.#workers.keys()].map((workerId) => this.kill(workerId)));
  }

  #receive(workerId: string, child: ChildProcess, message: FromWorker): void {
    const { onBatch, onBegun, onFailure, onGivenUp, onHalted, onLease, onLost } = this.#options;
    switch (message.kind) {
      case "batch":
        onBatch(workerId, message);
        tell(child, { kind: "seen", batch: message.batch });
        break;
      case "given up":
        onGivenUp(message.data);
        tell(child, { kind: "seen", batch: message.batch });
        break;
      case "halted":
        onHalted(message.shardId);
        break;
      case "lease":
        onLease(workerId, message.shardId, message.isHeld);
        break;
      case "lost":
        onLost(workerId, message.shardId);
        break;
      case "begun":
        onBegun(workerId, message.shardId, message.checkpoint);
        break;
      case "failed":
        onFailure(workerId, message.reason);
        break;
      case "done":
        break;
    }
  }

  /** A worker that ends without being told to has failed. */
  #onExit(workerId: string, code: number | null): void {
    if (!this.#workers.delete(workerId)) return;
    this.#options.onFailure(workerId, `the process ended with code ${code ?? "none"}`);
  }
}

async function stopChild(child: ChildProcess): Promise<void> {
  const closed = once(child, "close");
  const timer = setTimeout(() => child.kill("SIGKILL"), STOP_TIMEOUT_MS);
  tell(child, { kind: "stop" });
  await closed;
  clearTimeout(timer);
}

function tell(child: ChildProcess, message: ToWorker): void {
  // A process that has just ended hears nothing, and need not.
  if (child.connected) child.send(message, () => undefined);
}
