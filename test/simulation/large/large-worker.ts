// A worker of a large world: the real consumer in a process of its own, with next to nothing to read.
import { createConsumer } from "@shardline/consumer";
import type { LeaseTable } from "@shardline/consumer";
import { type KinesisApi, silentLogger } from "@shardline/core";
import type { SeededRandom } from "@shardline/core/testing";
import type { SimProcess } from "../fleet/sim-process.ts";

/** Reading costs most of the time of a run, and which worker has which lease does not depend on it. */
const IDLE_MS = 10_000;

export interface LargeWorkerOptions {
  readonly process: SimProcess;
  readonly stream: string;
  readonly failoverMs: number;
  readonly kinesis: KinesisApi;
  readonly leaseTable: LeaseTable;
  readonly random: SeededRandom;
  readonly onTaken: () => void;
  /** A lease was lost, or the whole run failed. */
  readonly onTrouble: (what: string) => void;
}

export class LargeWorker {
  readonly process: SimProcess;
  readonly #stop = new AbortController();
  readonly #done: Promise<void>;

  constructor(options: LargeWorkerOptions) {
    const { failoverMs, kinesis, leaseTable, onTrouble, onTaken, process, random, stream } =
      options;
    this.process = process;
    const consumer = createConsumer({
      application: "simulation",
      stream,
      startAt: "TRIM_HORIZON",
      workerId: process.name,
      leases: { failoverMs },
      read: { idleMs: IDLE_MS },
      clock: process,
      logger: silentLogger,
      kinesis,
      leaseTable,
      random,
      processBatch: () => undefined,
    });
    consumer.on("leaseTaken", onTaken);
    consumer.on("leaseLost", ({ cause, shardId }) => {
      onTrouble(`${process.name} lost ${shardId}: ${cause}`);
    });
    this.#done = consumer.run({ signal: this.#stop.signal });
    this.#done.catch((error: unknown) => onTrouble(`${process.name} failed: ${String(error)}`));
  }

  /** Resolves when it has given up everything. */
  stop(): Promise<void> {
    this.#stop.abort();
    return this.#done;
  }
}
