// How far a shard is and how fast it gets on: noted down once for each fetch and each batch, never for a record, and
// worked out when somebody asks.
import type { Clock } from "@shardline/core";
import type { BuiltBatch } from "../batch/batch-builder.ts";
import type { Fetch } from "../batch/fetch.ts";
import type { ReadMode } from "../batch/read-mode.ts";
import { type DoneWork, type Rates, RateWindow } from "./rate-window.ts";

/** The last read that succeeded. */
interface LastRead {
  /** By what it came. */
  readonly mode: ReadMode;
  readonly millisBehindLatest: number;
  /** Monotonic. */
  readonly atMs: number;
}

/** A batch that is not done. */
interface InHand {
  /** When Kinesis took the first of its records, in epoch milliseconds. */
  readonly arrivedAtMs: number;
  /** Monotonic. */
  readonly sinceMs: number;
}

/** What a meter has seen; times are monotonic unless said otherwise. */
export interface ShardProgress {
  readonly startedAtMs: number;
  readonly lastRead: LastRead | undefined;
  readonly inHand: InHand | undefined;
  /** When a batch was done, and nothing before it was not, or the shard came into another state. */
  readonly movedAtMs: number;
  readonly rates: Rates;
}

export class ShardMeter {
  readonly #clock: Clock;
  readonly #startedAtMs: number;
  readonly #window: RateWindow;
  #lastRead: LastRead | undefined;
  #inHand: InHand | undefined;
  #movedAtMs: number;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#startedAtMs = clock.nowMs();
    this.#movedAtMs = this.#startedAtMs;
    this.#window = new RateWindow(this.#startedAtMs);
  }

  /** A read has succeeded. */
  noteRead({
    millisBehindLatest,
    mode = "polling",
  }: Pick<Fetch, "millisBehindLatest" | "mode">): void {
    this.#lastRead = { mode, millisBehindLatest, atMs: this.#clock.nowMs() };
  }

  /** A batch is about to be handled. */
  takeInHand({ batch }: BuiltBatch): void {
    const [first] = batch.records;
    if (first === undefined) return;
    this.#inHand = { arrivedAtMs: first.arrivedAtMs, sinceMs: this.#clock.nowMs() };
  }

  /** Every record of the batch is done. */
  noteDone({ batch, bytes }: BuiltBatch): void {
    this.#inHand = undefined;
    const last = batch.records.at(-1);
    if (last === undefined) return;
    this.noteMove();
    const { arrivedAtMs } = last;
    this.#window.add({ records: batch.records.length, bytes, arrivedAtMs }, this.#movedAtMs);
  }

  /** Where records are handled side by side: the first of them is taken up. */
  noteTaken(oldest: InHand): void {
    this.#inHand = oldest;
  }

  /** Where they are: some are done, and the first that is not is this one. */
  noteDoneBeside(work: DoneWork, oldest: InHand | undefined): void {
    if (oldest !== this.#inHand) this.noteMove();
    this.#inHand = oldest;
    this.#window.add(work, this.#clock.nowMs());
  }

  /** The shard has come a step further. */
  noteMove(): void {
    this.#movedAtMs = this.#clock.nowMs();
  }

  get progress(): ShardProgress {
    return {
      startedAtMs: this.#startedAtMs,
      lastRead: this.#lastRead,
      inHand: this.#inHand,
      movedAtMs: this.#movedAtMs,
      rates: this.#window.rates(this.#clock.nowMs()),
    };
  }
}
