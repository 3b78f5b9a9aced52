// A simulated consumer process: the real consumer on a process of its own.
import { inspect } from "node:util";
import {
  createConsumer,
  type Consumer,
  type ConsumerOptions,
  type LeaseTable,
  type StreamsOption,
} from "@shardline/consumer";
import { type KinesisApi, type Random, silentLogger } from "@shardline/core";
import { BrokenInvariant, type Journal } from "../evidence/journal.ts";
import type { ShardNames } from "../evidence/shard-names.ts";
import type { FaultCounts } from "../faults/fault-counts.ts";
import { RefusedCheckpoints } from "../faults/refused-checkpoints.ts";
import type { ApplicationOdds, ReadingOdds } from "../odds.ts";
import { type ConcurrencyOdds, handlersPerCall } from "./concurrency-odds.ts";
import { Handler } from "./handler.ts";
import type { HandlerOdds } from "./handler-odds.ts";
import { namedConsumer, namedHooks, namedPolicy, type WatchedConsumer } from "./named-consumer.ts";
import { pullBatches } from "./pulled-batches.ts";
import type { SimProcess } from "./sim-process.ts";

export interface SimWorkerOptions {
  readonly process: SimProcess;
  readonly stream: string;
  /** Where it reads many: what it is told of them. */
  readonly streams: StreamsOption | undefined;
  readonly names: ShardNames;
  readonly kinesis: KinesisApi;
  readonly leaseTable: LeaseTable;
  readonly random: Random;
  readonly journal: Journal;
  readonly faults: FaultCounts;
  readonly failoverMs: number;
  readonly batchRecords: number;
  /** Partition keys of all that is put. */
  readonly keys: number;
  readonly application: ApplicationOdds;
  readonly handlers: HandlerOdds;
  readonly concurrency: ConcurrencyOdds;
  readonly reading: ReadingOdds;
  /** Whether it may end by itself with an error, and be replaced. */
  readonly mayEndWith: (error: unknown) => boolean;
}

/** Its stream consumer bears the same name. */
export const APPLICATION = "simulation";

const LEASE_EVENTS = [
  "leaseTaken",
  "leaseLost",
  "leaseReleased",
  "shardEnded",
  "draining",
  "fellBackToPolling",
  "streamConsumerMissing",
  "streamConsumerReady",
  "streamStarted",
  "streamFailed",
  "streamRemoved",
] as const;
/** What is worth a count in worlds whose workers subscribe. */
const COUNTED_EVENTS = {
  fellBackToPolling: "fell back to polling",
  streamConsumerRegistered: "stream consumer registered",
  subscriptionEnded: "subscription ended",
  subscriptionFailed: "subscription failed while polling",
} as const;

/** One that is to leave its loop does so with the next batch, or within this time. */
export const LEAVES_WITHIN_MS = 1000;

export class SimWorker {
  readonly process: SimProcess;
  readonly done: Promise<void>;
  readonly #options: SimWorkerOptions;
  readonly #stop = new AbortController();
  readonly #handler: Handler;
  readonly #refusals: RefusedCheckpoints;
  #isToLeave = false;

  constructor(options: SimWorkerOptions) {
    this.#options = options;
    this.process = options.process;
    const handlers = handlersPerCall(options.handlers, options.concurrency, options);
    this.#handler = new Handler({ ...options, handlers });
    this.#refusals = new RefusedCheckpoints(options);
    const consumer = this.#createConsumer();
    this.#listen(namedConsumer(consumer, options.names));
    const run = this.#run(consumer);
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
    const { concurrency, random } = this.#options;
    this.#live("told to stop");
    const leaves = concurrency.leaves > 0 && random.next() < concurrency.leaves;
    this.#isToLeave = leaves;
    this.process.startTimer(leaves ? LEAVES_WITHIN_MS : 0, () => this.#stop.abort());
  }

  /** From here on its handler does nothing wrong, except to poison. */
  calm(): void {
    this.#refusals.calm();
    this.#handler.calm();
  }

  #run(consumer: Consumer): Promise<void> {
    const { concurrency, handlers, names } = this.#options;
    const { drainMs: drainTimeoutMs } = handlers;
    const options = { signal: this.#stop.signal, drainTimeoutMs };
    if (concurrency.by !== "batches") return consumer.run(options);
    return pullBatches(consumer.batches(options), {
      handle: (batch) => this.#handler.handle(batch, names.named(batch.shard)),
      isToLeave: () => this.#isToLeave,
    });
  }

  #createConsumer(): Consumer {
    const { batchRecords, failoverMs, handlers, kinesis, leaseTable, process, reading } =
      this.#options;
    const { names, stream, streams } = this.#options;
    const { startAt } = this.#options.application;
    const handler = this.#handler;
    return createConsumer({
      application: APPLICATION,
      ...(streams === undefined ? { stream } : { streams }),
      startAt: startAt === "AT_TIMESTAMP" ? new Date(0) : startAt,
      checkpoint: handlers.checkpointing,
      workerId: process.name,
      leases: { failoverMs },
      sync: { onStreamRecreated: "reset" },
      batch: { maxRecords: batchRecords },
      read: { mode: reading.mode, readsPerSecond: reading.readsPerSecond },
      prefetch: { totalBytes: reading.bufferedBytes },
      clock: process,
      logger: silentLogger,
      kinesis,
      leaseTable: this.#refusals.between(leaseTable),
      random: this.#options.random,
      ...this.#sideBySide(),
      ...this.#call(),
      hooks: namedHooks(handler.checkpoints.hooks, names),
      ...namedPolicy(handler.failures.policy, names),
    });
  }

  #sideBySide(): Pick<ConsumerOptions, "concurrency" | "ordering" | "window"> {
    const { concurrency, ordering, windowBytes, windowRecords, windowSpanRecords } =
      this.#options.concurrency;
    const window = {
      maxRecords: windowRecords,
      maxBytes: windowBytes,
      maxSpanRecords: windowSpanRecords,
    };
    return { concurrency, ordering, window };
  }

  #call(): Pick<ConsumerOptions, "processBatch" | "processRecord"> {
    const handler = this.#handler;
    const { concurrency, names } = this.#options;
    switch (concurrency.by) {
      case "processBatch":
        return { processBatch: (batch, shard) => handler.handle(batch, names.named(shard)) };
      case "processRecord":
        return {
          processRecord: async (record, shard) => {
            const batch = { records: [record], millisBehindLatest: 0 };
            const outcome = await handler.handle(batch, names.named(shard));
            if (outcome !== undefined) throw new Error("the handler has not done its record");
          },
        };
      case "batches":
        return {};
    }
  }

  #listen(consumer: WatchedConsumer): void {
    const { faults, journal, process } = this.#options;
    for (const what of LEASE_EVENTS) {
      consumer.on(what, (fields) =>
        journal.write({ kind: "lease", process: process.name, what, fields }),
      );
    }
    for (const [what, name] of Object.entries(COUNTED_EVENTS)) {
      consumer.on(what as keyof typeof COUNTED_EVENTS, () => faults.note(name));
    }
    this.#handler.watch(consumer);
  }

  #live(what: "told to stop" | "stopped" | "failed"): void {
    const { journal, process } = this.#options;
    journal.write({ kind: "life", process: process.name, what, forMs: 0 });
  }
}
