// Records in the order in which they were put, each with what became of it once that is known. In a ring of places that
// grows with what is outstanding: the record of a ticket is always found at the same place, and none is ever moved up. A
// record may wait long for those before it, so that nothing is made for it before its turn.
import type { KinesisError, UserRecord } from "@shardline/core";
import { Delivery } from "../record/delivery.ts";
import type { Receipt } from "../record/receipt.ts";

/** What became of a record of `putMany`. */
export type PutOutcome =
  | { readonly kind: "stored"; readonly record: UserRecord; readonly receipt: Receipt }
  | { readonly kind: "failed"; readonly record: UserRecord; readonly error: KinesisError };

/** A power of two, as every number of places is. */
const FIRST_PLACES = 64;

export class OutcomeQueue {
  #records: (UserRecord | undefined)[] = places(FIRST_PLACES);
  #ends: (Delivery | KinesisError | undefined)[] = places(FIRST_PLACES);
  /** Where in its delivery a record stands; says nothing of others. */
  #positions = new Int32Array(FIRST_PLACES);
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

  /** Records of a delivery, in a row; answers whether there is something to take because of them. */
  store(delivery: Delivery, from: number, end: number): boolean {
    let hasFirst = false;
    for (let position = from; position < end; position += 1) {
      const ticket = delivery.ticketAt(position);
      // Nobody asks any more after what was cleared.
      if (ticket < this.#first) continue;
      const at = this.#placeOf(ticket);
      this.#ends[at] = delivery;
      this.#positions[at] = position;
      hasFirst ||= ticket === this.#first;
    }
    return hasFirst;
  }

  /** Answers whether there is something to take because of it. */
  fail(ticket: number, error: KinesisError): boolean {
    if (ticket < this.#first) return false;
    this.#ends[this.#placeOf(ticket)] = error;
    return ticket === this.#first;
  }

  /** The first outcome, if it is known. */
  take(): PutOutcome | undefined {
    const at = this.#placeOf(this.#first);
    const end = this.#ends[at];
    if (end === undefined) return undefined;
    const record = this.#records[at] as UserRecord;
    this.#ends[at] = undefined;
    this.#records[at] = undefined;
    this.#first += 1;
    return end instanceof Delivery
      ? { kind: "stored", record, receipt: end.receiptAt(this.#positions[at] as number) }
      : { kind: "failed", record, error: end };
  }

  /** Forgets everything; what is settled later is ignored. */
  clear(): void {
    this.#first = this.#last + 1;
    this.#records = places(FIRST_PLACES);
    this.#ends = places(FIRST_PLACES);
    this.#positions = new Int32Array(FIRST_PLACES);
  }

  #placeOf(ticket: number): number {
    return ticket & (this.#records.length - 1);
  }

  #grow(): void {
    const [records, ends, positions] = [this.#records, this.#ends, this.#positions];
    const before = records.length;
    this.#records = places(2 * before);
    this.#ends = places(2 * before);
    this.#positions = new Int32Array(2 * before);
    for (let ticket = this.#first; ticket <= this.#last; ticket += 1) {
      const [from, to] = [ticket & (before - 1), this.#placeOf(ticket)];
      this.#records[to] = records[from];
      this.#ends[to] = ends[from];
      this.#positions[to] = positions[from] as number;
    }
  }
}

/** Not `Array.from`, which looks up each place in what it is given: every `putMany` grows to its window. */
function places<Item>(count: number): (Item | undefined)[] {
  return Array<Item | undefined>(count).fill(undefined);
}
