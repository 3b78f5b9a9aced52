// The worker processes: started, replaced one after the other, drained, and listened to.
import type { EmulatorClientConfig } from "@shardline/emulator";
import {
  type JournalLine,
  type ReadMode,
  START_FAILED,
  type WorkerSetup,
} from "./chaos-messages.ts";
import { ChaosProcess, type ProcessEnd } from "./chaos-process.ts";
import { Wire } from "./wire.ts";

/** A worker that does not finish in this time does not finish at all. */
const DRAIN_MS = 30_000;

/** A line of a journal, and the process that wrote it. */
export type Entry = JournalLine & { readonly process: WorkerProcess };

export interface WorkerProcess {
  /** In the lease table; one that is started again may have the name of the one before. */
  readonly name: string;
  readonly pid: number;
  /** Shards whose leases it has, as it said itself. */
  readonly shardIds: ReadonlySet<string>;
}

/** A worker with what is needed to strike it. */
export interface Worker extends WorkerProcess {
  readonly readMode: ReadMode;
  readonly process: ChaosProcess;
  readonly wire: Wire;
  readonly shardIds: Set<string>;
}

export interface WorkerFleetOptions {
  /** How the services are reached. */
  readonly client: EmulatorClientConfig;
  readonly failoverMs: number;
  /** How workers read: as many each way, as far as that goes. */
  readonly readModes: readonly ReadMode[];
  readonly onEntry: (entry: Entry) => void;
  /** A worker gave up before it had begun, as it does when the services stay away. */
  readonly onStartFailed: (name: string, reason: string) => void;
  /** A worker has ended that nobody told to, or has not ended well. */
  readonly onFailure: (reason: string) => void;
}

export class WorkerFleet {
  readonly #options: WorkerFleetOptions;
  readonly #workers = new Set<Worker>();
  #state: "open" | "closed" = "open";

  constructor(options: WorkerFleetOptions) {
    this.#options = options;
  }

  /** All that have not ended. */
  get all(): readonly Worker[] {
    return [...this.#workers];
  }

  /** Those that are neither stopped nor told to end. */
  get working(): readonly Worker[] {
    return this.all.filter(({ process }) => process.isWorking);
  }

  async start(name: string): Promise<void> {
    const { client, failoverMs } = this.#options;
    const wire = await Wire.open(client);
    if (this.#state === "closed") return wire[Symbol.asyncDispose]();
    const readMode = this.#rarestMode();
    const setup: WorkerSetup = {
      name,
      readMode,
      failoverMs,
      kinesis: wire.client("kinesis"),
      dynamodb: wire.client("dynamodb"),
    };
    const process = new ChaosProcess({
      program: "worker-process",
      name,
      setup,
      onLine: (line) => this.#hear(worker, line as JournalLine),
      onEnd: (end) => this.#onEnd(worker, end),
    });
    const { pid } = process;
    const worker: Worker = { name, pid, readMode, process, wire, shardIds: new Set() };
    this.#workers.add(worker);
  }

  /** SIGTERM; answers whether the worker ended in good order, as it must. */
  async drain(worker: Worker): Promise<boolean> {
    const how = await worker.process.terminate(DRAIN_MS);
    if (how === 0) return true;
    // It may have been killed on its way, or was not so far that it listens to signals.
    const isExcused = how === "SIGKILL" || how === "SIGTERM";
    if (!isExcused) this.#options.onFailure(`${worker.name} was told to end, and did with ${how}`);
    return false;
  }

  /** Ends every worker at once; none is started any more. */
  async killAll(): Promise<void> {
    this.#state = "closed";
    await Promise.all(this.all.map(({ process }) => process.kill()));
  }

  /** The way to read that the fewest workers have; of several the first. */
  #rarestMode(): ReadMode {
    const { readModes } = this.#options;
    const counts = readModes.map((mode) => this.all.filter((w) => w.readMode === mode).length);
    return readModes[counts.indexOf(Math.min(...counts))] as ReadMode;
  }

  #hear(worker: Worker, line: JournalLine): void {
    if (line.kind === "taken") worker.shardIds.add(line.shardId);
    if (line.kind === "lost" || line.kind === "released") worker.shardIds.delete(line.shardId);
    this.#options.onEntry({ ...line, process: worker });
  }

  #onEnd(worker: Worker, { how, isWanted, said }: ProcessEnd): void {
    this.#workers.delete(worker);
    void worker.wire[Symbol.asyncDispose]();
    const { onFailure, onStartFailed } = this.#options;
    if (how === START_FAILED) onStartFailed(worker.name, said);
    else if (!isWanted) onFailure(`${worker.name} ended by itself with ${how}\n${said}`);
    else if (how !== 0 && how !== "SIGKILL" && said !== "") onFailure(`${worker.name}: ${said}`);
  }
}
