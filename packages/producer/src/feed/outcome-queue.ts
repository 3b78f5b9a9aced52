// Records in the order in which they were put, each with what became of it once that is known. In a ring of places that
// grows with what is outstanding: the record of a ticket is always found at the same place, and none is ever moved up.
import type { KinesisError, UserRecord } from "@shardline/core";
import type { Receipt } from "../record/receipt.ts";

/** What became of a record of `putMany`. */
export type PutOutcome =
  | { readonly kind: "stored"; readonly record: UserRecord; readonly receipt: Receipt }
  | { readonly kind: "failed"; readonly record: UserRecord; readonly error: KinesisError };

/** A power of two, as every number of places is. */
const FIRST_PLACES = 64;

export class OutcomeQueue {
  #records: (UserRecord | undefined)[] = places(FIRST_PLACES);
  #outcomes: (PutOutcome | undefined)[] = places(FIRST_PLACES);
  /** Ticket of the first record whose outcome was not taken. Tickets begin with 1. */
  #first = 1;
  #last = 0;

  /** Records whose outcome was not taken. */
  get length(): number {
    return this.#last - this.#first + 1;
  }

  /** Of the record that was put last; 0 before the first. */
  get lastTicket(): number {
    return this.#last;
  }

  /** Answers the ticket under which the record's outcome comes in. */
  push(record: UserRecord): number {
    if (this.length === this.#records.length) this.#grow();
    this.#last += 1;
    this.#records[this.#placeOf(this.#last)] = record;
    return this.#last;
  }

  /** Answers whether there is something to take because of it. */
  store(ticket: number, receipt: Receipt): boolean {
    // Nobody asks any more after what was cleared.
    if (ticket < this.#first) return false;
    const at = this.#placeOf(ticket);
    this.#outcomes[at] = { kind: "stored", record: this.#records[at] as UserRecord, receipt };
    return ticket === this.#first;
  }

  /** Answers whether there is something to take because of it. */
  fail(ticket: number, error: KinesisError): boolean {
    if (ticket < this.#first) return false;
    const at = this.#placeOf(ticket);
    this.#outcomes[at] = { kind: "failed", record: this.#records[at] as UserRecord, error };
    return ticket === this.#first;
  }

  /** The first outcome, if it is known. */
  take(): PutOutcome | undefined {
    const at = this.#placeOf(this.#first);
    const outcome = this.#outcomes[at];
    if (outcome === undefined) return undefined;
    this.#outcomes[at] = undefined;
    this.#records[at] = undefined;
    this.#first += 1;
    return outcome;
  }

  /** Forgets everything; what is settled later is ignored. */
  clear(): void {
    this.#first = this.#last + 1;
    this.#records = places(FIRST_PLACES);
    this.#outcomes = places(FIRST_PLACES);
  }

  #placeOf(ticket: number): number {
    return ticket & (this.#records.length - 1);
  }

  #grow(): void {
    const [records, outcomes] = [this.#records, this.#outcomes];
    const before = records.length;
    this.#records = places(2 * before);
    this.#outcomes = places(2 * before);
    for (let ticket = this.#first; ticket <= this.#last; ticket += 1) {
      this.#records[this.#placeOf(ticket)] = records[ticket & (before - 1)];
      this.#outcomes[this.#placeOf(ticket)] = outcomes[ticket & (before - 1)];
    }
  }
}

function places<Item>(count: number): (Item | undefined)[] {
  return Array.from({ length: count });
}
