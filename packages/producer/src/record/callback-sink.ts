// The callback of a `write`, as the sink of its records.
import type { KinesisError } from "@shardline/core";
import type { Delivery } from "./delivery.ts";
import type { Receipt } from "./receipt.ts";
import type { Sink } from "./sink.ts";

/** Hears once what became of a record: an error, or a receipt. */
export type OnSettled = (error: KinesisError | undefined, receipt: Receipt | undefined) => void;

export class CallbackSink implements Sink {
  readonly wantsReceipts = true;
  readonly onSettled: OnSettled;
  readonly #onThrow: (error: unknown) => void;

  /** What the callback throws must not reach the loop that called it, and goes to `onThrow`. */
  constructor(onSettled: OnSettled, onThrow: (error: unknown) => void) {
    this.onSettled = onSettled;
    this.#onThrow = onThrow;
  }

  stored(delivery: Delivery, from: number, end: number): void {
    for (let at = from; at < end; at += 1) this.#tell(undefined, delivery.receiptAt(at));
  }

  failed(error: KinesisError): void {
    this.#tell(error, undefined);
  }

  #tell(error: KinesisError | undefined, receipt: Receipt | undefined): void {
    try {
      this.onSettled(error, receipt);
    } catch (thrown) {
      this.#onThrow(thrown);
    }
  }
}
