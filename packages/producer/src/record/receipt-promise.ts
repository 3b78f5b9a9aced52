// The promise of a single record, for records that cannot share one: those that wait for room, those that can be
// aborted, and those whose carrier was taken apart.
import type { KinesisError } from "@shardline/core";
import type { Delivery } from "./delivery.ts";
import type { Receipt } from "./receipt.ts";
import type { Sink } from "./sink.ts";

type Outcome =
  | { readonly kind: "pending" }
  | { readonly kind: "stored"; readonly receipt: Receipt }
  | { readonly kind: "failed"; readonly error: KinesisError };

export class ReceiptPromise implements Sink {
  readonly wantsReceipts = true;
  readonly promise: Promise<Receipt>;
  #outcome: Outcome = { kind: "pending" };
  #resolve!: (receipt: Receipt) => void;
  #reject!: (error: KinesisError) => void;

  constructor() {
    this.promise = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
  }

  get isSettled(): boolean {
    return this.#outcome.kind !== "pending";
  }

  /** What is known already, without a turn of the microtask queue in between; throws what failed. */
  outcome(): Receipt | Promise<Receipt> {
    if (this.#outcome.kind === "failed") throw this.#outcome.error;
    return this.#outcome.kind === "stored" ? this.#outcome.receipt : this.promise;
  }

  stored(delivery: Delivery, at: number): void {
    if (this.isSettled) return;
    const receipt = delivery.receiptAt(at);
    this.#outcome = { kind: "stored", receipt };
    this.#resolve(receipt);
  }

  failed(error: KinesisError): void {
    if (this.isSettled) return;
    this.#outcome = { kind: "failed", error };
    this.#reject(error);
  }
}
