// What became of every record that was put: settled once, and readable if it was said to be stored.
import { KinesisError } from "@shardline/core";

const STORED = 1;
const FAILED = 2;
/** Failed without a doubt: the error said that it was not written. */
const NOT_WRITTEN = 3;

/** What the ledger found, by kind. */
export interface Findings {
  readonly stored: number;
  readonly failed: number;
  /** Delivered more than once: what comes of answers that were lost. */
  readonly repeated: number;
  /** Records that were settled never, or more than once. */
  readonly settledWrongly: number;
  /** Stored, as the producer said, and not delivered. */
  readonly lost: number;
  /** Not written, as the error said, and delivered all the same. */
  readonly denied: number;
}

/** Memory for a fixed number of records, so that the ledger does not grow. */
export class Ledger {
  readonly #outcomes: Uint8Array;
  readonly #settlements: Uint8Array;
  #put = 0;

  constructor(maxIds: number) {
    this.#outcomes = new Uint8Array(maxIds);
    this.#settlements = new Uint8Array(maxIds);
  }

  get put(): number {
    return this.#put;
  }

  get isFull(): boolean {
    return this.#put === this.#outcomes.length;
  }

  /** The id of a new record. */
  nextId(): number {
    this.#put += 1;
    return this.#put - 1;
  }

  stored(id: number): void {
    this.#settle(id, STORED);
  }

  failed(id: number, error: unknown): void {
    const mayBeThere =
      !KinesisError.is(error) ||
      !("mayHaveBeenWritten" in error.details) ||
      error.details.mayHaveBeenWritten === true;
    this.#settle(id, mayBeThere ? FAILED : NOT_WRITTEN);
  }

  /** Compares it with how often each record was delivered. */
  compare(deliveries: Uint8Array): Findings {
    const found = { stored: 0, failed: 0, repeated: 0, settledWrongly: 0, lost: 0, denied: 0 };
    for (let id = 0; id < this.#put; id += 1) {
      const outcome = this.#outcomes[id];
      const times = deliveries[id] ?? 0;
      if (this.#settlements[id] !== 1) found.settledWrongly += 1;
      if (outcome === STORED) found.stored += 1;
      else found.failed += 1;
      if (times > 1) found.repeated += 1;
      if (outcome === STORED && times === 0) found.lost += 1;
      if (outcome === NOT_WRITTEN && times > 0) found.denied += 1;
    }
    return found;
  }

  #settle(id: number, outcome: number): void {
    this.#outcomes[id] = outcome;
    this.#settlements[id] = (this.#settlements[id] as number) + 1;
  }
}
