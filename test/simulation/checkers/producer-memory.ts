// A producer holds no more bytes than its buffer is large, or one larger record; and where its callers ask for room, or
// are refused without, no more than that is put and not settled, but for one record.
import type { ProducerStats } from "@shardline/producer";
import { BrokenInvariant, type Checker, type EntryOf } from "../evidence/journal.ts";
import { nameOf, type SimRecord } from "../evidence/sim-record.ts";
import type { ProducerOdds } from "../fleet/producer-odds.ts";

/** A producer that was not killed. */
export interface LiveProducer {
  readonly process: { readonly name: string; nowMs(): number };
  stats(): ProducerStats;
}

/** What each record counts for beyond its bytes, as the guide on back-pressure tells. */
const OVERHEAD_BYTES = 200;

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
    stored: ({ process, record }: EntryOf<"stored">): void => this.#settle(process, record),
    failed: ({ process, record }: EntryOf<"failed">): void => this.#settle(process, record),
  };
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
    for (const { process, stats } of this.#producers().map(withStats)) {
      const { bytes, largest, sizes } = this.#heldOf(process);
      const { outstandingBytes, outstandingRecords } = stats;
      const mostBytes = Math.max(this.#maxBytes, largest);
      if (outstandingBytes > mostBytes) {
        this.#fail(process, `it holds ${outstandingBytes} of ${mostBytes} bytes`);
      }
      if (!this.#isCounted) continue;
      if (outstandingRecords < sizes.size) {
        this.#fail(process, `it tells of ${outstandingRecords} records of ${sizes.size}`);
      }
      if (!this.#isAsked) continue;
      if (sizes.size > this.#maxRecords + 1) {
        this.#fail(process, `it has ${sizes.size} records, the buffer is for ${this.#maxRecords}`);
      }
      if (bytes > this.#maxBytes + largest) {
        this.#fail(process, `it has ${bytes} bytes, the buffer is for ${this.#maxBytes}`);
      }
    }
  }

  #put({ bytes, process, record }: EntryOf<"put">): void {
    const held = this.#heldOf(process);
    const size = bytes + OVERHEAD_BYTES;
    held.sizes.set(nameOf(record), size);
    held.bytes += size;
    held.largest = Math.max(held.largest, size);
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

function withStats(producer: LiveProducer): {
  readonly process: string;
  readonly stats: ProducerStats;
} {
  return { process: producer.process.name, stats: producer.stats() };
}
