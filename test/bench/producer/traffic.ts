// What is put: kinds of traffic, and records of each as a service has them, every key a string of its own.
import { randomBytes } from "node:crypto";

/** A kind of traffic. */
export interface Traffic {
  readonly id: "keys20" | "unique" | "1kb";
  readonly title: string;
  readonly dataBytes: number;
  readonly distinctKeys: number;
  /** How many of its records make an aggregate of about 50 KB. */
  readonly recordsPerAggregate: number;
}

export interface InputRecord {
  readonly partitionKey: string;
  readonly data: Buffer;
}

export const TRAFFICS: Readonly<Record<Traffic["id"], Traffic>> = {
  keys20: {
    id: "keys20",
    title: "100 B, 20 keys",
    dataBytes: 100,
    distinctKeys: 20,
    recordsPerAggregate: 431,
  },
  unique: {
    id: "unique",
    title: "100 B, 200,000 keys",
    dataBytes: 100,
    distinctKeys: 200_000,
    recordsPerAggregate: 431,
  },
  "1kb": {
    id: "1kb",
    title: "1 KB, 20 keys",
    dataBytes: 1024,
    distinctKeys: 20,
    recordsPerAggregate: 47,
  },
};

/** Payloads that the records share, so that the load itself is little for the garbage collector to look at. */
const PAYLOADS = 1024;
/** At least so many records, so that equal keys are strings of their own. */
const LEAST_RECORDS = 4096;

/** Records without end: the same ones again and again, the keys in turn. */
export class RecordSource {
  readonly #records: readonly InputRecord[];
  #next = 0;

  constructor({ dataBytes, distinctKeys }: Traffic) {
    const payloads = Array.from({ length: PAYLOADS }, () => printable(dataBytes));
    this.#records = Array.from({ length: Math.max(distinctKeys, LEAST_RECORDS) }, (_, i) => ({
      partitionKey: flat(`user-${String((i * 7) % distinctKeys).padStart(6, "0")}`),
      data: payloads[i % PAYLOADS] as Buffer,
    }));
  }

  next(): InputRecord {
    const record = this.#records[this.#next] as InputRecord;
    this.#next += 1;
    if (this.#next === this.#records.length) this.#next = 0;
    return record;
  }

  take(count: number): InputRecord[] {
    return Array.from({ length: count }, () => this.next());
  }
}

/** Text, because one peer takes nothing else. */
function printable(bytes: number): Buffer {
  return Buffer.from(randomBytes(bytes).toString("base64").slice(0, bytes), "latin1");
}

/** Through a buffer, because a key that comes from outside is one flat new string. */
function flat(text: string): string {
  return Buffer.from(text).toString("latin1");
}
