// The application of a simulated consumer: handles batches, fails as the odds say, and writes down what it truly did.
import type { Batch, BatchOutcome, ConsumedRecord, ShardContext } from "@shardline/consumer";
import { type Position, type Random, sleep } from "@shardline/core";
import type { Journal } from "../evidence/journal.ts";
import type { FaultCounts } from "../faults/fault-counts.ts";
import type { ConcurrencyOdds } from "./concurrency-odds.ts";
import { HandlerCheckpoints } from "./handler-checkpoints.ts";
import { HandlerEvidence } from "./handler-evidence.ts";
import { HandlerFailures } from "./handler-failures.ts";
import { drawMood, type HandlerMood } from "./handler-mood.ts";
import type { HandlerOdds } from "./handler-odds.ts";
import type { WatchedConsumer } from "./named-consumer.ts";
import type { SimProcess } from "./sim-process.ts";

export interface HandlerOptions {
  readonly process: SimProcess;
  readonly random: Random;
  readonly journal: Journal;
  readonly faults: FaultCounts;
  readonly handlers: HandlerOdds;
  readonly concurrency: Pick<ConcurrencyOdds, "ordering">;
}

/** How the work on a batch ends; where it fails, so many records of it are done. */
type Ending =
  | { readonly kind: "returned" }
  | { readonly kind: "throws" | "names"; readonly done: number };

/** It misbehaves no more. */
const CALM: HandlerMood = { kind: "works", forMs: 0 };
const RETURNED: Ending = { kind: "returned" };
const THROWS: Ending = { kind: "throws", done: 0 };
const NEVER = new AbortController().signal;

export class Handler {
  readonly failures: HandlerFailures;
  readonly checkpoints: HandlerCheckpoints;
  readonly #options: HandlerOptions;
  readonly #evidence: HandlerEvidence;
  readonly #isSideBySide: boolean;
  /** By shard: calls that have not ended. */
  readonly #atWork = new Map<string, number>();
  #isCalm = false;

  constructor(options: HandlerOptions) {
    const { concurrency, faults, handlers: odds, journal, process, random } = options;
    this.#options = options;
    this.#evidence = new HandlerEvidence(journal, process.name);
    this.#isSideBySide = concurrency.ordering !== "shard";
    const shared = { odds, process, random, faults, evidence: this.#evidence };
    this.failures = new HandlerFailures(shared);
    this.checkpoints = new HandlerCheckpoints({ ...shared, isSideBySide: this.#isSideBySide });
  }

  watch(consumer: WatchedConsumer): void {
    this.failures.watch(consumer);
  }

  /** From here on it does nothing wrong, except to fail on poison. */
  calm(): void {
    this.#isCalm = true;
    this.failures.calm();
    this.checkpoints.calm();
  }

  /** Its worker has ended; what hangs goes on. */
  end(): void {
    this.failures.end();
    this.checkpoints.end();
  }

  async handle(batch: Batch, shard: ShardContext): Promise<BatchOutcome | void> {
    const { shardId } = shard;
    const beside = this.#atWork.get(shardId) ?? 0;
    if (beside > 0) this.#options.faults.note("handler called beside another");
    this.#atWork.set(shardId, beside + 1);
    try {
      return await this.#handle(batch, shard);
    } finally {
      this.#atWork.set(shardId, (this.#atWork.get(shardId) ?? 1) - 1);
    }
  }

  async #handle({ records }: Batch, shard: ShardContext): Promise<BatchOutcome | void> {
    const [first] = records;
    if (first !== undefined) this.failures.begun(shard, first);
    const call = this.#evidence.delivered(records, shard);
    const ending = await this.#work(records, shard);
    if (ending.kind === "returned") {
      this.#evidence.left(call, shard);
      return;
    }
    const { done, kind } = ending;
    const isNamed = kind === "names";
    const remaining = records.slice(done);
    this.failures.failed(shard, remaining);
    this.#evidence.left(call, shard, { remaining, isNamed });
    if (!isNamed) throw new Error("the handler failed, as handlers do");
    return { failedAt: records[done] as ConsumedRecord };
  }

  async #work(records: readonly ConsumedRecord[], shard: ShardContext): Promise<Ending> {
    const { faults, handlers, random } = this.#options;
    const mood = this.#isCalm ? CALM : drawMood(handlers, records.length, random);
    if (mood.kind === "checkpoints") faults.note("handler checkpoints");
    else if (mood.kind !== "works") faults.add(`handler ${mood.kind}`);
    const fault = this.failures.faultIn(records, shard.shardId);
    const ending = await this.#begin(mood, records, fault, shard);
    if (ending !== undefined) return ending;
    if (fault >= 0) return random.next() < 0.5 ? THROWS : this.#name(fault, records, shard);
    this.#finish(records, shard);
    await this.checkpoints.behindBatch(shard, records);
    return RETURNED;
  }

  /** What it does before it comes to the record at fault, if there is one; `undefined` if it goes on then. */
  async #begin(
    mood: HandlerMood,
    records: readonly ConsumedRecord[],
    fault: number,
    shard: ShardContext,
  ): Promise<Ending | undefined> {
    switch (mood.kind) {
      case "works":
      case "is slow":
        return this.#sleep(mood.forMs, shard);
      case "throws":
        await this.#sleep(mood.afterMs, shard);
        return THROWS;
      case "hangs":
        await sleep(this.#options.process, mood.forMs, NEVER);
        return undefined;
      case "stops short":
        return fault < 0 || mood.after <= fault
          ? this.#name(mood.after, records, shard)
          : undefined;
      case "checkpoints": {
        const done = Math.min(mood.at + 1, fault < 0 ? records.length : fault);
        return this.#checkpointInside(done, mood.throws || fault >= 0, records, shard);
      }
    }
  }

  /** An abort makes it throw. */
  async #sleep(forMs: number, { signal }: ShardContext): Promise<Ending | undefined> {
    try {
      await sleep(this.#options.process, forMs, signal);
      return undefined;
    } catch {
      return THROWS;
    }
  }

  #name(done: number, records: readonly ConsumedRecord[], shard: ShardContext): Ending {
    this.#finish(records.slice(0, done), shard);
    return { kind: "names", done };
  }

  /** What is checkpointed when it throws does not come again; side by side that is never what the handler has in hand. */
  async #checkpointInside(
    done: number,
    isToFail: boolean,
    records: readonly ConsumedRecord[],
    shard: ShardContext,
  ): Promise<Ending | undefined> {
    if (done === 0) return undefined;
    const upTo = records.slice(0, done);
    this.#finish(upTo, shard);
    const last = upTo.at(-1) as Position;
    const isMade = await this.checkpoints.make(shard, last, this.#isSideBySide);
    if (!isToFail) return undefined;
    return { kind: isMade && !this.#isSideBySide ? "throws" : "names", done };
  }

  /** It is done with these, and says so. */
  #finish(records: readonly ConsumedRecord[], shard: ShardContext): void {
    this.#evidence.dealtWith("returned", shard.shardId, records);
    const last = records.at(-1);
    if (last !== undefined) this.checkpoints.noteHandled(shard, last);
  }
}
