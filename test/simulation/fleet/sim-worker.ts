// A simulated consumer process: the real consumer on a process of its own.
import { inspect } from "node:util";
import { createConsumer, type Consumer, type LeaseTable } from "@shardline/consumer";
import { type KinesisApi, type Random, silentLogger } from "@shardline/core";
import { BrokenInvariant, type Journal } from "../evidence/journal.ts";
import type { FaultCounts } from "../faults/fault-counts.ts";
import { RefusedCheckpoints } from "../faults/refused-checkpoints.ts";
import type { ApplicationOdds, ReadingOdds } from "../odds.ts";
import { Handler } from "./handler.ts";
import type { HandlerOdds } from "./handler-odds.ts";
import type { SimProcess } from "./sim-process.ts";

export interface SimWorkerOptions {
  readonly process: SimProcess;
  readonly stream: string;
  readonly kinesis: KinesisApi;
  readonly leaseTable: LeaseTable;
  readonly random: Random;
  readonly journal: Journal;
  readonly faults: FaultCounts;
  readonly failoverMs: number;
  readonly batchRecords: number;
  readonly application: ApplicationOdds;
  readonly handlers: HandlerOdds;
  readonly reading: ReadingOdds;
  /** Whether it may end by itself with an error, and be replaced. */
  readonly mayEndWith: (error: unknown) => boolean;
}

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
  readonly #options: SimWorkerOptions;
  readonly #stop = new AbortController();
  readonly #handler: Handler;
  readonly #refusals: RefusedCheckpoints;

  constructor(options: SimWorkerOptions) {
    this.#options = options;
    this.process = options.process;
    this.#handler = new Handler(options);
    this.#refusals = new RefusedCheckpoints(options);
    const consumer = this.#createConsumer();
    this.#listen(consumer);
    const { drainMs: drainTimeoutMs } = options.handlers;
    const run = consumer.run({ signal: this.#stop.signal, drainTimeoutMs });
    this.done = run.then(
      () => this.#live("stopped"),
      (error: unknown) => {
        if (!options.mayEndWith(error)) throw error;
        this.#live("failed");
      },
    );
    const end = (): void => this.#handler.end();
    this.done.then(end, (error: unknown) => {
      const what = `${this.process.name}: ${inspect(error)}`;
      options.journal.break(new BrokenInvariant("no run fails", what, this.process.name));
      end();
    });
  }

  /** In good order, as soon as it hears of it: not while it stands still. */
  stop(): void {
    this.#live("told to stop");
    this.process.startTimer(0, () => this.#stop.abort());
  }

  /** From here on its handler does nothing wrong, except to poison. */
  calm(): void {
    this.#refusals.calm();
    this.#handler.calm();
  }

  #createConsumer(): Consumer {
    const { batchRecords, failoverMs, handlers, kinesis, leaseTable, process, reading } =
      this.#options;
    const { startAt } = this.#options.application;
    const handler = this.#handler;
    return createConsumer({
      application: "simulation",
      stream: this.#options.stream,
      startAt: startAt === "AT_TIMESTAMP" ? new Date(0) : startAt,
      checkpoint: handlers.checkpointing,
      workerId: process.name,
      leases: { failoverMs },
      sync: { onStreamRecreated: "reset" },
      batch: { maxRecords: batchRecords },
      read: { readsPerSecond: reading.readsPerSecond },
      prefetch: { totalBytes: reading.bufferedBytes },
      clock: process,
      logger: silentLogger,
      kinesis,
      leaseTable: this.#refusals.between(leaseTable),
      random: this.#options.random,
      processBatch: (batch, shard) => handler.handle(batch, shard),
      hooks: handler.checkpoints.hooks,
      ...handler.failures.policy,
    });
  }

  #listen(consumer: Consumer): void {
    const { journal, process } = this.#options;
    for (const what of LEASE_EVENTS) {
      consumer.on(what, (fields) =>
        journal.write({ kind: "lease", process: process.name, what, fields }),
      );
    }
    this.#handler.watch(consumer);
  }

  #live(what: "told to stop" | "stopped" | "failed"): void {
    const { journal, process } = this.#options;
    journal.write({ kind: "life", process: process.name, what, forMs: 0 });
  }
}
