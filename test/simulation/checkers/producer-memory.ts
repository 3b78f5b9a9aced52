// A producer holds no more bytes than its buffer is large, or one larger record; and where its callers ask for room, or
// are refused without, no more than that is put and not settled, but for one record. It is looked at before each put and
// each call, which is when it holds most.
import type { ProducerStats } from "@shardline/producer";
import { BrokenInvariant, type Checker } from "../evidence/journal.ts";
import type { EntryOf } from "../evidence/journal-entry.ts";
import { nameOf, type SimRecord } from "../evidence/sim-record.ts";
import type { ProducerOdds } from "../fleet/producer-odds.ts";

/** A producer that was not killed. */
export interface LiveProducer {
  readonly process: { readonly name: string; nowMs(): number };
  stats(): ProducerStats;
}

/** What each record counts for beyond its bytes, as the guide on back-pressure tells. */
const OVERHEAD_BYTES = 200;
const NEVER = Number.POSITIVE_INFINITY;

/** What is put and not settled. */
interface Held {
  readonly sizes: Map<string, number>;
  bytes: number;
  /** The largest that was ever put. */
  largest: number;
}

export class ProducerMemory implements Checker {
  readonly name = "producer memory";
  readonly sights = {
    put: (entry: EntryOf<"put">): void => this.#put(entry),
    sent: ({ process }: EntryOf<"sent">): void => this.#weigh(process),
    stored: ({ process, record }: EntryOf<"stored">): void => this.#settle(process, record),
    failed: ({ process, record }: EntryOf<"failed">): void => this.#settle(process, record),
  };
  /** When what was told to its callers is told to the checker as well: after the step in which more than enough was put. */
  dueAtMs = NEVER;
  readonly #producers: () => readonly LiveProducer[];
  readonly #held = new Map<string, Held>();
  readonly #maxRecords: number;
  readonly #maxBytes: number;
  /** What `putMany` has settled waits for what came before it, so its records cannot be counted from outside. */
  readonly #isCounted: boolean;
  readonly #isAsked: boolean;

  constructor(
    { isPolite, options, putMany }: Pick<ProducerOdds, "isPolite" | "options" | "putMany">,
    producers: () => readonly LiveProducer[],
  ) {
    const { maxBytes = 67_108_864, maxRecords = 32_768, onFull } = options.buffer ?? {};
    this.#producers = producers;
    this.#maxRecords = maxRecords;
    this.#maxBytes = maxBytes;
    this.#isCounted = putMany === 0;
    this.#isAsked = isPolite || onFull === "reject";
  }

  look(): void {
    this.dueAtMs = NEVER;
    for (const producer of this.#producers()) {
      const { name } = producer.process;
      const held = this.#heldOf(name);
      const { outstandingRecords } = producer.stats();
      this.#weigh(name);
      if (!this.#isCounted) continue;
      if (outstandingRecords < held.sizes.size) {
        this.#fail(name, `it tells of ${outstandingRecords} records of ${held.sizes.size}`);
      }
      const excess = this.#excessOf(held);
      if (excess !== undefined) this.#fail(name, excess);
    }
  }

  #put({ bytes, process, record }: EntryOf<"put">): void {
    const held = this.#heldOf(process);
    this.#weigh(process);
    const size = bytes + OVERHEAD_BYTES;
    held.sizes.set(nameOf(record), size);
    held.bytes += size;
    held.largest = Math.max(held.largest, size);
    if (this.#isCounted && this.#excessOf(held) !== undefined) this.dueAtMs = 0;
  }

  /** What it says itself holds at any moment. */
  #weigh(process: string): void {
    const producer = this.#producers().find(({ process: { name } }) => name === process);
    const { outstandingBytes = 0 } = producer?.stats() ?? {};
    const mostBytes = Math.max(this.#maxBytes, this.#heldOf(process).largest);
    if (outstandingBytes <= mostBytes) return;
    this.#fail(process, `it holds ${outstandingBytes} of ${mostBytes} bytes`);
  }

  #excessOf({ bytes, largest, sizes }: Held): string | undefined {
    if (!this.#isAsked) return undefined;
    if (sizes.size > this.#maxRecords + 1) {
      return `it has ${sizes.size} records, the buffer is for ${this.#maxRecords}`;
    }
    const isTooMuch = bytes > this.#maxBytes + largest;
    return isTooMuch ? `it has ${bytes} bytes, the buffer is for ${this.#maxBytes}` : undefined;
  }

  #settle(process: string, record: SimRecord): void {
    const held = this.#heldOf(process);
    held.bytes -= held.sizes.get(nameOf(record)) ?? 0;
    held.sizes.delete(nameOf(record));
  }

  #fail(process: string, what: string): never {
    throw new BrokenInvariant(this.name, `${process}: ${what}`, process);
  }

  #heldOf(process: string): Held {
    const known = this.#held.get(process);
    if (known !== undefined) return known;
    const held = { sizes: new Map<string, number>(), bytes: 0, largest: 0 };
    this.#held.set(process, held);
    return held;
  }
}
