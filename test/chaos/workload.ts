// What is put: records of many keys, each with its number among those of its key. The same seed gives the same records,
// so that the producer and the referee need not tell each other.
import { SeededRandom } from "@shardline/core/testing";

const KEYS = 2000;
const PADDING = "x".repeat(80);

/** A record's key and its number among those of the key, from 0. */
export interface Identity {
  readonly key: number;
  readonly number: number;
}

export class Workload {
  readonly records: number;
  /** Of each record, in the order in which they are put. */
  readonly keys: Uint16Array;
  /** How many records come before those of a key, if all are laid out key by key. */
  readonly #offsets: Uint32Array;

  constructor(records: number, seed: number) {
    const random = new SeededRandom(seed);
    this.records = records;
    // A few keys have many records, most have few.
    this.keys = Uint16Array.from({ length: records }, () => Math.floor(KEYS * random.next() ** 2));
    const counts = new Uint32Array(KEYS + 1);
    for (const key of this.keys) counts[key + 1] = (counts[key + 1] as number) + 1;
    for (let key = 1; key <= KEYS; key += 1) {
      counts[key] = (counts[key] as number) + (counts[key - 1] as number);
    }
    this.#offsets = counts;
  }

  /** A place of its own for each record, below `records`. */
  placeOf({ key, number }: Identity): number {
    const place = (this.#offsets[key] ?? Number.NaN) + number;
    if (place < (this.#offsets[key + 1] ?? 0)) return place;
    throw new Error(`record ${number} of key ${key} was never put`);
  }

  /** Which record has a place. */
  recordAt(place: number): Identity {
    let key = 0;
    while ((this.#offsets[key + 1] as number) <= place) key += 1;
    return { key, number: place - (this.#offsets[key] as number) };
  }
}

/** The bytes of a record. */
export function dataOf({ key, number }: Identity): string {
  return `${key} ${number} ${PADDING}`;
}

/** Which record some bytes are. */
export function identityOf(data: Uint8Array): Identity {
  const bytes = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
  const [key, number] = bytes.toString("latin1").split(" ", 2);
  return { key: Number(key), number: Number(number) };
}

/** A key as it is put. */
export function partitionKeyOf(key: number): string {
  return `key-${key}`;
}
