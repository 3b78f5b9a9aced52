// putMany: pulls records from an iterable no faster than the buffer takes them, and hands out what became of them in
// the order in which they came.
import type { KinesisError, UserRecord } from "@shardline/core";
import type { Receipt } from "../record/receipt.ts";
import type { Feedable } from "./feedable.ts";

/** What became of a record of `putMany`. */
export type PutOutcome =
  | { readonly kind: "stored"; readonly record: UserRecord; readonly receipt: Receipt }
  | { readonly kind: "failed"; readonly record: UserRecord; readonly error: KinesisError };

export interface PutManyOptions {
  /** Ends the iteration with its reason; what was put goes on. */
  readonly signal?: AbortSignal;
  /** Records put whose outcomes were not asked for yet, from 1. @defaultValue 16384 */
  readonly window?: number;
}

/** Records of an iterable, sync or not. */
export type UserRecords = Iterable<UserRecord> | AsyncIterable<UserRecord>;

const DEFAULT_WINDOW = 16_384;
/** Entries handed out are dropped from the list this many at a time. */
const TRIM = 1024;

interface Entry {
  readonly record: UserRecord;
  outcome: PutOutcome | undefined;
}

/** Puts records and yields what became of each, in their order. What the iterable throws, it throws at the end. */
export async function* putMany(
  producer: Feedable,
  records: UserRecords,
  { signal, window = DEFAULT_WINDOW }: PutManyOptions,
): AsyncGenerator<PutOutcome, void, undefined> {
  const feed = new OrderedFeed(producer, window);
  const onAbort = (): void => feed.end(signal?.reason);
  signal?.addEventListener("abort", onAbort, { once: true });
  if (signal?.aborted) onAbort();
  void feed.pull(records);
  try {
    for (;;) {
      signal?.throwIfAborted();
      const outcome = feed.take();
      if (outcome !== undefined) yield outcome;
      else if (!(await feed.changed())) return;
    }
  } finally {
    signal?.removeEventListener("abort", onAbort);
    feed.end(undefined);
  }
}

type FeedState =
  | { readonly kind: "pulling" }
  /** Nothing more is pulled: the iterable is done, has thrown, or nobody wants more. */
  | { readonly kind: "ended"; readonly error: unknown };

class OrderedFeed {
  readonly #producer: Feedable;
  readonly #window: number;
  #entries: Entry[] = [];
  #taken = 0;
  #state: FeedState = { kind: "pulling" };
  #wakeTaker: (() => void) | undefined;
  #wakePuller: (() => void) | undefined;

  constructor(producer: Feedable, window: number) {
    this.#producer = producer;
    this.#window = window;
  }

  /** Pulls until the iterable is done or the feed has ended; never rejects. */
  async pull(records: UserRecords): Promise<void> {
    try {
      if (Symbol.asyncIterator in records) {
        for await (const record of records) if (!(await this.#put(record))) return;
      } else {
        for (const record of records) if (!this.#putNow(record) && !(await this.#room())) return;
      }
      this.end(undefined);
    } catch (error) {
      this.end(error);
    }
  }

  /** The next outcome, if it is known. */
  take(): PutOutcome | undefined {
    const outcome = this.#entries[this.#taken]?.outcome;
    if (outcome === undefined) return undefined;
    this.#taken += 1;
    if (this.#taken === TRIM) {
      this.#entries = this.#entries.slice(TRIM);
      this.#taken = 0;
    }
    this.#wakePuller?.();
    return outcome;
  }

  /** Resolves when `take` may have something; false when nothing will come any more. */
  async changed(): Promise<boolean> {
    if (this.#state.kind === "ended" && this.#taken === this.#entries.length) {
      if (this.#state.error !== undefined) throw this.#state.error;
      return false;
    }
    await new Promise<void>((resolve) => {
      this.#wakeTaker = resolve;
    });
    return true;
  }

  end(error: unknown): void {
    if (this.#state.kind === "pulling") this.#state = { kind: "ended", error };
    this.#wakePuller?.();
    this.#wakeTaker?.();
  }

  /** Puts a record and waits for room; answers whether to go on. */
  async #put(record: UserRecord): Promise<boolean> {
    return this.#putNow(record) || this.#room();
  }

  /** Puts a record; answers whether the next may follow at once. */
  #putNow(record: UserRecord): boolean {
    if (this.#state.kind === "ended") return false;
    const entry: Entry = { record, outcome: undefined };
    this.#entries.push(entry);
    const hasRoom = this.#producer.write(record, (error, receipt) => {
      entry.outcome =
        error === undefined
          ? { kind: "stored", record, receipt: receipt as Receipt }
          : { kind: "failed", record, error };
      if (entry === this.#entries[this.#taken]) this.#wakeTaker?.();
    });
    return hasRoom && this.#isInWindow();
  }

  /** Waits for room in the window and in the buffer; answers whether to go on. */
  async #room(): Promise<boolean> {
    while (this.#state.kind === "pulling" && !this.#isInWindow()) {
      await new Promise<void>((resolve) => {
        this.#wakePuller = resolve;
      });
    }
    if (this.#state.kind === "ended") return false;
    await this.#producer.ready({});
    return this.#isPulling();
  }

  #isInWindow(): boolean {
    return this.#entries.length - this.#taken < this.#window;
  }

  #isPulling(): boolean {
    return this.#state.kind === "pulling";
  }
}
