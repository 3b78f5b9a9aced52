// Who hears what became of records: a promise, a callback, a stream of outcomes, or nobody.
import type { KinesisError } from "@shardline/core";
import type { Delivery } from "./delivery.ts";

/** Hears of each of its records once. Must not throw. */
export interface Sink {
  /** Whether it looks at receipts; if not, none is made for it. */
  readonly wantsReceipts: boolean;
  /** Of what was delivered together, the records at `from` and further, up to `end` but without it, are its. */
  stored(delivery: Delivery, from: number, end: number): void;
  /** `ticket` is what the record was put with, and tells the records of one sink apart. */
  failed(error: KinesisError, ticket: number): void;
}

/** For records that nobody asks after; what fails is told by an event. */
export const NO_SINK: Sink = {
  wantsReceipts: false,
  stored: () => undefined,
  failed: () => undefined,
};

/** Stands for "the receipt chain of the chunk that takes the record", of which there is none before it does. */
export const CHAINED: Sink = { ...NO_SINK, wantsReceipts: true };
