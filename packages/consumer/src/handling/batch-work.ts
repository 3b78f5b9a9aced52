// Which part of a batch comes next. A part that failed is halved, and its halves are tried in their order, so that
// records never pass each other:
//
//   [0 1 2 3 4 5 6 7] fails -> [0 1 2 3] fails -> [0 1] -> [2 3] -> [4 5 6 7]
import { invariant } from "@shardline/core";
import type { Batch, ConsumedRecord } from "../batch/handler.ts";

export class BatchWork {
  readonly #whole: Batch;
  #start = 0;
  /** Where the present part ends, and behind it those that wait; nearest last. */
  readonly #ends: number[];
  #attempts = 0;
  #lastError: unknown;
  #isIsolating = false;

  constructor(batch: Batch) {
    this.#whole = batch;
    this.#ends = batch.records.length === 0 ? [] : [batch.records.length];
  }

  get isDone(): boolean {
    return this.#ends.length === 0;
  }

  /** Failed tries of the present part, since the last of its records was done. */
  get attempts(): number {
    return this.#attempts;
  }

  /** What the last failed try of the present part threw. */
  get lastError(): unknown {
    return this.#lastError;
  }

  /** Whether the record at fault is looked for by halves, whatever the policy says. */
  get isIsolating(): boolean {
    return this.#isIsolating;
  }

  /** The present part, as a batch; the whole one as it came. */
  get part(): Batch {
    const { millisBehindLatest, records } = this.#whole;
    if (this.#start === 0 && this.#end === records.length) return this.#whole;
    const some = Object.freeze(records.slice(this.#start, this.#end));
    return Object.freeze({ records: some, millisBehindLatest });
  }

  /** The nth record of the present part, from 0. */
  record(n: number): ConsumedRecord {
    const record = this.#whole.records[this.#start + n];
    invariant(record !== undefined, "a part of a batch has this record");
    return record;
  }

  /** The first records of the present part. */
  first(count: number): readonly ConsumedRecord[] {
    return this.#whole.records.slice(this.#start, this.#start + count);
  }

  /** A try of the present part failed. */
  fail(error: unknown): void {
    this.#attempts += 1;
    this.#lastError = error;
  }

  /** The first records of the present part are done with. */
  pass(count: number): void {
    if (count === 0) return;
    this.#start += count;
    this.#attempts = 0;
    this.#lastError = undefined;
    while (this.#ends.at(-1) === this.#start) this.#ends.pop();
  }

  /** From now on the first half is the present part. */
  split(): void {
    this.#attempts = 0;
    this.#ends.push(this.#start + Math.ceil((this.#end - this.#start) / 2));
  }

  /** The record at fault is looked for, by halves. */
  isolate(): void {
    this.#isIsolating = true;
    this.split();
  }

  get #end(): number {
    return this.#ends.at(-1) ?? this.#start;
  }
}
