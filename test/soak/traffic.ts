// What the soak puts: a steady stream of records of many sizes and keys, by `put` and `write` in turn, and nothing while
// the buffer is full.
import type { Producer } from "@shardline/producer";
import type { UserRecord } from "@shardline/core";
import type { Ledger } from "./ledger.ts";

const RECORDS_PER_SECOND = 2000;
const TICK_MS = 20;
const KEYS = 5000;
const MAX_PADDING = 500;
const LARGE_PADDING = 60_000;
const HASH_KEYS = 1n << 128n;

/** So many records a run can put. */
export function mostRecords(minutes: number): number {
  return Math.ceil(minutes * 60 * RECORDS_PER_SECOND);
}

/** Puts until it is disposed of; can pause. */
export class Traffic implements Disposable {
  readonly #producer: Producer;
  readonly #ledger: Ledger;
  readonly #timer: NodeJS.Timeout;
  isPaused = false;

  constructor(producer: Producer, ledger: Ledger) {
    this.#producer = producer;
    this.#ledger = ledger;
    this.#timer = setInterval(() => this.#tick(), TICK_MS);
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }

  #tick(): void {
    const records = (RECORDS_PER_SECOND * TICK_MS) / 1000;
    for (let i = 0; i < records && !this.isPaused && !this.#ledger.isFull; i += 1) {
      if (!this.#putOne()) {
        this.isPaused = true;
        void this.#producer.ready().then(() => {
          this.isPaused = false;
        });
      }
    }
  }

  /** Answers whether the buffer has room for another. */
  #putOne(): boolean {
    const ledger = this.#ledger;
    const id = ledger.nextId();
    const record = recordOf(id);
    if (id % 2 === 0) {
      this.#producer.put(record).then(
        () => ledger.stored(id),
        (error: unknown) => ledger.failed(id, error),
      );
      return true;
    }
    return this.#producer.write(record, (error) => {
      if (error === undefined) ledger.stored(id);
      else ledger.failed(id, error);
    });
  }
}

/** Some are large, and some say themselves where they belong. */
function recordOf(id: number): UserRecord {
  const padding = id % 1000 === 0 ? LARGE_PADDING : Math.floor(Math.random() * MAX_PADDING);
  const record = {
    partitionKey: `key-${Math.floor(Math.random() * KEYS)}`,
    data: `${id} ${"x".repeat(padding)}`,
  };
  if (id % 20 !== 0) return record;
  return { ...record, explicitHashKey: (HASH_KEYS * BigInt(id % 997)) / 997n };
}
