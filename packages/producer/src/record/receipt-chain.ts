// One promise for all the `put`s into a chunk. What survives garbage collections is what a pending `put` costs, and
// here that is a single reaction: every caller's promise hangs on the chunk's with the same handler, and because
// reactions run in the order in which they were made, a counter tells the handler whose turn it is
// (`npm run bench -- producer`, "put()" beside "write()").
import type { KinesisError } from "@shardline/core";
import type { Delivery } from "./delivery.ts";
import type { Receipt } from "./receipt.ts";
import { ReceiptPromise } from "./receipt-promise.ts";
import type { Sink } from "./sink.ts";

/** Records in a row that were delivered together. */
class Stretch {
  readonly delivery: Delivery;
  readonly end: number;
  next: number;

  constructor(delivery: Delivery, from: number, end: number) {
    this.delivery = delivery;
    this.next = from;
    this.end = end;
  }
}

class Rejection {
  readonly error: KinesisError;

  constructor(error: KinesisError) {
    this.error = error;
  }
}

/** What became of links: known, or still open because their carrier was taken apart. */
type Outcome = Stretch | Rejection | ReceiptPromise;

export class ReceiptChain implements Sink {
  readonly wantsReceipts = true;
  readonly #outcomes: Outcome[] = [];
  readonly #opened: Promise<void>;
  #open!: () => void;
  #next = 0;

  constructor() {
    this.#opened = new Promise((resolve) => {
      this.#open = resolve;
    });
  }

  /** The promise of the record that was added last. To be called once for each record, in their order. */
  join(): Promise<Receipt> {
    return this.#opened.then(this.#takeTurn);
  }

  stored(delivery: Delivery, from: number, end: number): void {
    this.#outcomes.push(new Stretch(delivery, from, end));
  }

  failed(error: KinesisError): void {
    this.#outcomes.push(new Rejection(error));
  }

  /** The next record goes on without the others; answers who hears of it from now on. */
  breakOff(): Sink {
    const promise = new ReceiptPromise();
    // Its rejection is passed on by the promise that hangs on it, unless it comes before anything does.
    promise.promise.catch(() => undefined);
    this.#outcomes.push(promise);
    return promise;
  }

  /** Every record of the chain is settled or broken off: the promises settle, in order. */
  open(): void {
    this.#open();
  }

  readonly #takeTurn = (): Receipt | Promise<Receipt> => {
    const outcome = this.#outcomes[this.#next] as Outcome;
    if (outcome instanceof Stretch) {
      const at = outcome.next;
      outcome.next += 1;
      if (outcome.next === outcome.end) this.#next += 1;
      return outcome.delivery.receiptAt(at);
    }
    this.#next += 1;
    if (outcome instanceof Rejection) throw outcome.error;
    return outcome.outcome();
  };
}
