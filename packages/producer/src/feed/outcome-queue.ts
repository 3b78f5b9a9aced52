// Records in the order in which they were put, each with what became of it once that is known.
import type { KinesisError, UserRecord } from "@shardline/core";
import type { Receipt } from "../record/receipt.ts";

/** What became of a record of `putMany`. */
export type PutOutcome =
  | { readonly kind: "stored"; readonly record: UserRecord; readonly receipt: Receipt }
  | { readonly kind: "failed"; readonly record: UserRecord; readonly error: KinesisError };

/** Places are freed this many at a time. */
const FREED_AT_ONCE = 1024;

/** Told apart by this, and not by what the error is: nothing that failed may pass for a receipt. */
class Failure {
  readonly error: KinesisError;

  constructor(error: KinesisError) {
    this.error = error;
  }
}

export class OutcomeQueue {
  #records: UserRecord[] = [];
  #results: (Receipt | Failure | undefined)[] = [];
  /** Ticket of the first place in the arrays; tickets begin with 1. */
  #base = 1;
  #taken = 0;

  /** Records whose outcome was not taken. */
  get length(): number {
    return this.#records.length - this.#taken;
  }

  /** Of the record that was put last; 0 before the first. */
  get lastTicket(): number {
    return this.#base + this.#records.length - 1;
  }

  /** Answers the ticket under which the record's outcome comes in. */
  push(record: UserRecord): number {
    this.#records.push(record);
    this.#results.push(undefined);
    return this.lastTicket;
  }

  /** Answers whether there is something to take because of it. */
  store(ticket: number, receipt: Receipt): boolean {
    return this.#settle(ticket, receipt);
  }

  /** Answers whether there is something to take because of it. */
  fail(ticket: number, error: KinesisError): boolean {
    return this.#settle(ticket, new Failure(error));
  }

  #settle(ticket: number, result: Receipt | Failure): boolean {
    const at = ticket - this.#base;
    // Nobody asks any more after what was cleared.
    if (at < this.#taken) return false;
    this.#results[at] = result;
    return at === this.#taken;
  }

  /** The first outcome, if it is known. */
  take(): PutOutcome | undefined {
    const result = this.#results[this.#taken];
    if (result === undefined) return undefined;
    const record = this.#records[this.#taken] as UserRecord;
    this.#taken += 1;
    if (this.#taken === FREED_AT_ONCE) this.#free();
    return result instanceof Failure
      ? { kind: "failed", record, error: result.error }
      : { kind: "stored", record, receipt: result };
  }

  /** Forgets everything; what is settled later is ignored. */
  clear(): void {
    this.#taken = this.#records.length;
    this.#free();
  }

  #free(): void {
    this.#records = this.#records.slice(this.#taken);
    this.#results = this.#results.slice(this.#taken);
    this.#base += this.#taken;
    this.#taken = 0;
  }
}
