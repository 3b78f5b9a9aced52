// A simulated consumer process: the real consumer on a process of its own.
import { inspect } from "node:util";
import {
  type Batch,
  type BatchOutcome,
  type ConsumedRecord,
  createConsumer,
  type Consumer,
  type LeaseTable,
  type ShardContext,
} from "@shardline/consumer";
import {
  KinesisError,
  type KinesisApi,
  type Position,
  type Random,
  silentLogger,
  sleep,
} from "@shardline/core";
import { DRAIN_MS } from "../evidence/handling.ts";
import { BrokenInvariant, type Journal } from "../evidence/journal.ts";
import { decodeRecord, isPoisonous } from "../evidence/sim-record.ts";
import type { FaultCounts } from "../faults/fault-counts.ts";
import type { ApplicationOdds, HandlerOdds, ReadingOdds } from "../odds.ts";
import { drawMood, type HandlerMood } from "./handler-mood.ts";
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
}

const LEASE_EVENTS = [
  "leaseTaken",
  "leaseLost",
  "leaseReleased",
  "shardEnded",
  "draining",
] as const;
/** The handler misbehaves no more. */
const CALM: HandlerMood = { kind: "works", forMs: 0 };
/** So many tries until a poisonous record is given up. */
const MAX_ATTEMPTS = 3;
const BACKOFF = { baseMs: 50, maxMs: 1000 };

export class SimWorker {
  readonly process: SimProcess;
  readonly done: Promise<void>;
  readonly #options: SimWorkerOptions;
  readonly #stop = new AbortController();
  /** By shard: the record that comes first after the handler has failed without a cause. */
  readonly #failedAt = new Map<string, string>();
  #isCalm = false;

  constructor(options: SimWorkerOptions) {
    this.#options = options;
    this.process = options.process;
    const consumer = this.#createConsumer();
    this.#listen(consumer);
    this.done = consumer.run({ signal: this.#stop.signal, drainTimeoutMs: DRAIN_MS });
    this.done.catch((error: unknown) => {
      const what = `${this.process.name}: ${inspect(error)}`;
      options.journal.break(new BrokenInvariant("no run fails", what, this.process.name));
    });
  }

  /** In good order. */
  stop(): void {
    this.#live("told to stop");
    const tell = (): void => this.#live("stopped");
    this.done.then(tell, tell);
    this.#stop.abort();
  }

  /** From here on its handler does nothing wrong, except to poison. */
  calm(): void {
    this.#isCalm = true;
  }

  #createConsumer(): Consumer {
    const { batchRecords, failoverMs, handlers, kinesis, leaseTable, process, reading } =
      this.#options;
    const { poison } = handlers;
    const { startAt } = this.#options.application;
    return createConsumer({
      application: "simulation",
      stream: this.#options.stream,
      startAt: startAt === "AT_TIMESTAMP" ? new Date(0) : startAt,
      workerId: process.name,
      leases: { failoverMs },
      batch: { maxRecords: batchRecords },
      read: { readsPerSecond: reading.readsPerSecond },
      prefetch: { totalBytes: reading.bufferedBytes },
      clock: process,
      logger: silentLogger,
      kinesis,
      leaseTable,
      random: this.#options.random,
      processBatch: (batch, shard) => this.#handle(batch, shard).finally(() => this.#leave(shard)),
      hooks: { onShutdownRequested: ({ shardId }) => this.#tell("shutdownRequested", { shardId }) },
      ...(poison === "none"
        ? {}
        : {
            onFailure: {
              maxAttempts: MAX_ATTEMPTS,
              backoff: BACKOFF,
              then: poison,
              ...(poison === "skip" ? {} : { deadLetter: () => undefined }),
            },
          }),
    });
  }

  #listen(consumer: Consumer): void {
    for (const what of LEASE_EVENTS) consumer.on(what, (fields) => this.#tell(what, fields));
    consumer.on("recordDeadLettered", ({ sequenceNumber, shardId, subSequenceNumber }) => {
      this.#dealtWith("dead-lettered", shardId, [{ sequenceNumber, subSequenceNumber }]);
    });
    consumer.on("recordsSkipped", ({ first, last, records, shardId }) => {
      this.#dealtWith("skipped", shardId, records === 1 ? [first] : [first, last]);
    });
  }

  async #handle({ records }: Batch, shard: ShardContext): Promise<BatchOutcome | void> {
    const { faults, handlers, journal, process } = this.#options;
    const { leaseEpoch: epoch, shardId } = shard;
    for (const [at, position] of records.entries()) {
      const record = decodeRecord(position.data);
      journal.write({
        kind: "delivered",
        process: process.name,
        shardId,
        epoch,
        isFirst: at === 0,
        position: placeOf(position),
        record,
      });
    }
    const mood = this.#moodFor(records, shardId);
    if (mood.kind !== "works") faults.add(`handler ${mood.kind}`);
    if (handlers.poison !== "none" && records.some(isPoison)) throw new Error("poison");
    switch (mood.kind) {
      case "works":
        await sleep(process, mood.forMs, shard.signal);
        break;
      case "throws":
        await sleep(process, mood.afterMs, shard.signal);
        throw new Error("the handler failed, as handlers do");
      case "hangs":
        await sleep(process, mood.forMs, NEVER);
        break;
      case "stops short": {
        this.#dealtWith("returned", shardId, records.slice(0, mood.after));
        return { failedAt: records[mood.after] as ConsumedRecord };
      }
      case "checkpoints": {
        const upTo = records.slice(0, mood.after + 1);
        this.#dealtWith("returned", shardId, upTo);
        await this.#checkpoint(shard, upTo.at(-1) as ConsumedRecord).catch(unlessLost);
      }
    }
    this.#dealtWith("returned", shardId, records);
  }

  async #checkpoint(shard: ShardContext, at: ConsumedRecord): Promise<void> {
    const { journal, process } = this.#options;
    const { leaseEpoch: epoch, shardId } = shard;
    const where = { process: process.name, shardId, epoch, position: placeOf(at) };
    journal.write({ kind: "checkpoint", ...where, outcome: "asked" });
    try {
      await shard.checkpoint(at);
    } catch (error) {
      const outcome = KinesisError.is(error) ? error.code : String(error);
      journal.write({ kind: "checkpoint", ...where, outcome });
      throw error;
    }
    journal.write({ kind: "checkpoint", ...where, outcome: "written" });
  }

  #live(what: "told to stop" | "stopped"): void {
    const { journal, process } = this.#options;
    journal.write({ kind: "life", process: process.name, what, forMs: 0 });
  }

  #leave({ leaseEpoch: epoch, shardId }: ShardContext): void {
    const { journal, process } = this.#options;
    journal.write({ kind: "left", process: process.name, shardId, epoch });
  }

  /**
   * Where what fails too often is given up, it fails without a cause once at the same place: whoever meets a record in vain
   * again and again has met poison.
   */
  #moodFor(records: readonly ConsumedRecord[], shardId: string): HandlerMood {
    const { handlers, random } = this.#options;
    if (this.#isCalm) return CALM;
    const mood = drawMood(handlers, records.length, random);
    if (handlers.poison === "none") return mood;
    if (mood.kind !== "throws" && mood.kind !== "stops short") return mood;
    if (this.#failedAt.get(shardId) === textOf(records[0])) return CALM;
    const next = records[mood.kind === "throws" ? 0 : mood.after];
    this.#failedAt.set(shardId, textOf(next));
    return mood;
  }

  #tell(what: string, fields: object): void {
    const { journal, process } = this.#options;
    journal.write({ kind: "lease", process: process.name, what, fields });
  }

  #dealtWith(
    how: "returned" | "skipped" | "dead-lettered",
    shardId: string,
    at: readonly Position[],
  ): void {
    const { journal, process } = this.#options;
    const positions = at.map(placeOf);
    journal.write({ kind: "handled", process: process.name, shardId, how, positions });
  }
}

const NEVER = new AbortController().signal;

function placeOf({ sequenceNumber, subSequenceNumber }: Position): Position {
  return { sequenceNumber, subSequenceNumber };
}

function textOf(at: Position | undefined): string {
  return `${at?.sequenceNumber}#${at?.subSequenceNumber}`;
}

function isPoison({ data }: ConsumedRecord): boolean {
  return isPoisonous(decodeRecord(data));
}

/** A lease that is lost is an outcome, as is one whose worker stops. */
function unlessLost(error: unknown): void {
  if (!KinesisError.is(error, "LEASE_LOST")) throw error;
}
