// putMany: pulls records from an iterable no faster than the buffer takes them, and hands out what became of them in
// the order in which they came. An iterator by hand, because a generator adds turns of the microtask queue to every record.
//
//   idle --- first next() ---> pulling --- done, thrown, aborted, or left ---> ended
import type { KinesisError, UserRecord } from "@shardline/core";
import type { Delivery } from "../record/delivery.ts";
import type { Sink } from "../record/sink.ts";
import { OutcomeQueue, type PutOutcome } from "./outcome-queue.ts";

export interface PutManyOptions {
  /** Ends the iteration with its reason; what was put goes on. */
  readonly signal?: AbortSignal | undefined;
  /** Records put whose outcomes were not taken yet, from 1 to Infinity. @defaultValue 16384 */
  readonly window?: number;
}

/** Records of an iterable, sync or not. */
export type UserRecords = Iterable<UserRecord> | AsyncIterable<UserRecord>;

/** What it needs of a producer. */
export interface PutManyTarget {
  /** Puts a record of which `sink` hears, later; answers whether there is room for another. */
  put(record: UserRecord, sink: Sink, ticket: number): boolean;
  /** Resolves when there is room; rejects when the producer is closed. */
  ready(): Promise<void>;
  /** Nothing more comes for now: what was put need not wait for company. */
  flush(): void;
}

type State =
  | { readonly kind: "idle" }
  | { readonly kind: "pulling" }
  /** `thrown` is what the next call of `next` throws once all outcomes are taken. */
  | { readonly kind: "ended"; readonly thrown?: { readonly error: unknown } };

interface Waiter {
  readonly resolve: (result: IteratorResult<PutOutcome, undefined>) => void;
  readonly reject: (error: unknown) => void;
}

const DONE: IteratorReturnResult<undefined> = { done: true, value: undefined };

export class PutMany implements AsyncIterableIterator<PutOutcome, undefined>, Sink {
  readonly wantsReceipts = true;
  readonly #target: PutManyTarget;
  readonly #records: UserRecords;
  readonly #window: number;
  readonly #signal: AbortSignal | undefined;
  readonly #queue = new OutcomeQueue();
  readonly #waiters: Waiter[] = [];
  #state: State = { kind: "idle" };
  /** Set while the window is full. */
  #resume: (() => void) | undefined;
  /** The last ticket that was put when nothing more could come. */
  #hurriedAt = 0;

  constructor(
    target: PutManyTarget,
    records: UserRecords,
    { signal, window }: { readonly signal: AbortSignal | undefined; readonly window: number },
  ) {
    this.#target = target;
    this.#records = records;
    this.#window = window;
    this.#signal = signal;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  next(): Promise<IteratorResult<PutOutcome, undefined>> {
    if (this.#state.kind === "idle") this.#start();
    const outcome = this.#waiters.length === 0 ? this.#take() : undefined;
    if (outcome !== undefined) return Promise.resolve({ done: false, value: outcome });
    return new Promise((resolve, reject) => {
      this.#waiters.push({ resolve, reject });
      this.#serve();
      this.#hurry();
    });
  }

  return(): Promise<IteratorResult<PutOutcome, undefined>> {
    this.#queue.clear();
    this.#state = { kind: "ended" };
    this.#wrapUp();
    return Promise.resolve(DONE);
  }

  stored(delivery: Delivery, from: number, end: number): void {
    if (this.#queue.store(delivery, from, end)) this.#serve();
  }

  failed(error: KinesisError, ticket: number): void {
    if (this.#queue.fail(ticket, error)) this.#serve();
  }

  #start(): void {
    this.#state = { kind: "pulling" };
    this.#signal?.addEventListener("abort", this.#onAbort, { once: true });
    if (this.#signal?.aborted) this.#onAbort();
    else void this.#pull();
  }

  readonly #onAbort = (): void => {
    this.#queue.clear();
    this.#state = { kind: "ended", thrown: { error: this.#signal?.reason } };
    this.#wrapUp();
  };

  /** Pulls until there is nothing more to pull, or nobody who wants it. */
  async #pull(): Promise<void> {
    const records = this.#records;
    try {
      if (Symbol.asyncIterator in records) {
        for await (const record of records) {
          if (!this.#put(record) && !(await this.#hasRoom())) return;
        }
      } else {
        for (const record of records) {
          if (!this.#put(record) && !(await this.#hasRoom())) return;
        }
      }
      this.#end({ kind: "ended" });
    } catch (error) {
      this.#end({ kind: "ended", thrown: { error } });
    }
  }

  /** Puts a record; answers whether the next may follow at once. */
  #put(record: UserRecord): boolean {
    if (this.#state.kind === "ended") return false;
    const hasRoom = this.#target.put(record, this, this.#queue.push(record));
    return hasRoom && this.#queue.length < this.#window;
  }

  /** Waits for room in the window and in the buffer; answers whether to go on. */
  async #hasRoom(): Promise<boolean> {
    if (this.#isPulling() && this.#queue.length >= this.#window) {
      await new Promise<void>((resolve) => {
        this.#resume = resolve;
        this.#hurry();
      });
      this.#resume = undefined;
    }
    if (this.#isPulling()) await this.#target.ready();
    return this.#isPulling();
  }

  #take(): PutOutcome | undefined {
    const outcome = this.#queue.take();
    // Not for every place that is free: then each record would wait for a turn of the puller, and travel almost alone.
    if (this.#queue.length <= this.#window / 2) this.#resume?.();
    return outcome;
  }

  /** Hands what is known to those who wait for it, in their order. */
  #serve(): void {
    while (this.#waiters.length > 0) {
      const outcome = this.#take();
      if (outcome === undefined) break;
      this.#waiters.shift()?.resolve({ done: false, value: outcome });
    }
    if (this.#state.kind !== "ended" || this.#queue.length > 0) return;
    this.#signal?.removeEventListener("abort", this.#onAbort);
    const { thrown } = this.#state;
    // Thrown once; whoever asks again hears that it is over.
    if (thrown !== undefined && this.#waiters.length > 0) {
      this.#state = { kind: "ended" };
      this.#waiters.shift()?.reject(thrown.error);
    }
    for (const { resolve } of this.#waiters.splice(0)) resolve(DONE);
  }

  /** Somebody waits for outcomes, and no record can come before there are some. */
  #hurry(): void {
    const isHeldUp = this.#resume !== undefined || this.#state.kind === "ended";
    if (!isHeldUp || this.#waiters.length === 0 || this.#hurriedAt === this.#queue.lastTicket)
      return;
    this.#hurriedAt = this.#queue.lastTicket;
    this.#target.flush();
  }

  #end(end: State): void {
    if (this.#state.kind !== "ended") this.#state = end;
    this.#wrapUp();
  }

  #wrapUp(): void {
    this.#resume?.();
    this.#serve();
    this.#hurry();
  }

  #isPulling(): boolean {
    return this.#state.kind === "pulling";
  }
}
