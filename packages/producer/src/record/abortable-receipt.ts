// The promise of a record whose `put` was given a signal. An abort only marks it; whoever holds the record finds it by
// the mark, takes it out if it was never sent, and fails it either way.
import { KinesisError } from "@shardline/core";
import type { AbortWatch } from "./abort-watch.ts";
import type { Delivery } from "./delivery.ts";
import type { RecordPlace } from "./new-record.ts";
import { ReceiptPromise } from "./receipt-promise.ts";
import type { Sink } from "./sink.ts";

export class AbortableReceipt extends ReceiptPromise {
  readonly #signal: AbortSignal;
  readonly #watch: AbortWatch<AbortableReceipt>;
  /** What its lane is found by. */
  readonly place: RecordPlace;

  constructor(signal: AbortSignal, watch: AbortWatch<AbortableReceipt>, place: RecordPlace) {
    super();
    this.#signal = signal;
    this.#watch = watch;
    this.place = place;
    watch.add(signal, this);
  }

  override stored(delivery: Delivery, at: number): void {
    if (this.isSettled) return;
    this.#watch.remove(this.#signal, this);
    super.stored(delivery, at);
  }

  override failed(error: KinesisError): void {
    if (this.isSettled) return;
    this.#watch.remove(this.#signal, this);
    super.failed(error.code === "RECORD_ABORTED" ? this.#explain(error) : error);
  }

  /** Whether its caller has aborted and was not told yet that it worked. */
  get isAborted(): boolean {
    return this.#signal.aborted && !this.isSettled;
  }

  #explain({ code, details, isRetryable, message }: KinesisError): KinesisError {
    return new KinesisError(code, { message, isRetryable, details, cause: this.#signal.reason });
  }
}

/** Whether a sink is that of an aborted record. */
export function isAborted(sink: Sink): boolean {
  return sink instanceof AbortableReceipt && sink.isAborted;
}
