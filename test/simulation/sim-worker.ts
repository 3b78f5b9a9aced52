// A simulated consumer process: the real consumer on a process of its own.
import { inspect } from "node:util";
import { createConsumer } from "@shardline/consumer";
import { type KinesisApi, silentLogger, sleep } from "@shardline/core";
import type { LeaseTable } from "@shardline/consumer";
import type { SeededRandom } from "@shardline/core/testing";
import { BrokenInvariant, type Journal, type SimRecord } from "./journal.ts";
import type { SimProcess } from "./sim-process.ts";

export interface SimWorkerOptions {
  readonly process: SimProcess;
  readonly stream: string;
  readonly kinesis: KinesisApi;
  readonly leaseTable: LeaseTable;
  readonly random: SeededRandom;
  readonly journal: Journal;
  readonly failoverMs: number;
  readonly batchRecords: number;
  readonly maxHandlingMs: number;
}

/** One of so many calls of the handler throws. */
const FAILURE_ODDS = 0.01;

const LEASE_EVENTS = [
  "leaseTaken",
  "leaseLost",
  "leaseReleased",
  "shardEnded",
  "draining",
] as const;

export class SimWorker {
  readonly process: SimProcess;
  readonly done: Promise<void>;
  readonly #stop = new AbortController();

  constructor(options: SimWorkerOptions) {
    const { batchRecords, failoverMs, kinesis, leaseTable, process, stream } = options;
    const random = options.random.fork();
    this.process = process;
    const consumer = createConsumer({
      application: "simulation",
      stream,
      startAt: "TRIM_HORIZON",
      workerId: process.name,
      leases: { failoverMs },
      batch: { maxRecords: batchRecords },
      clock: process,
      logger: silentLogger,
      kinesis,
      leaseTable,
      random,
      processBatch: async ({ records }, { shardId, signal }) => {
        for (const { data } of records) {
          const record = JSON.parse(Buffer.from(data).toString()) as SimRecord;
          options.journal.write({ kind: "delivered", record, shardId, worker: process.name });
        }
        await sleep(process, random.next() * options.maxHandlingMs, signal);
        if (random.next() < FAILURE_ODDS) throw new Error("the handler failed, as handlers do");
      },
    });
    for (const type of LEASE_EVENTS) {
      consumer.on(type, (fields) => {
        options.journal.write({ kind: "lease", what: type, worker: process.name, fields });
      });
    }
    this.done = consumer.run({ signal: this.#stop.signal });
    this.done.catch((error: unknown) => {
      options.journal.break(
        new BrokenInvariant("no run fails", `${process.name}: ${inspect(error)}`),
      );
    });
  }

  /** In good order. */
  stop(): void {
    this.#stop.abort();
  }
}
