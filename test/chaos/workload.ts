// What is put: records of many keys, each with its number among those of its key. The same seed gives the same records,
// so that producers and the referee need not tell each other: they name a record by its index.
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
  /** Of each record: how many of its key come before it. */
  readonly #numbers: Uint32Array;
  /** Indices of all records, key by key. */
  readonly #indices: Uint32Array;
  /** Where each key's part of them begins. */
  readonly #offsets: Uint32Array;

  constructor(records: number, seed: number) {
    const random = new SeededRandom(seed);
    this.records = records;
    // A few keys have many records, most have few.
    this.keys = Uint16Array.from({ length: records }, () => Math.floor(KEYS * random.next() ** 2));
    const offsets = new Uint32Array(KEYS + 1);
    for (const key of this.keys) offsets[key + 1] = (offsets[key + 1] as number) + 1;
    for (let key = 1; key <= KEYS; key += 1) {
      offsets[key] = (offsets[key] as number) + (offsets[key - 1] as number);
    }
    const counts = new Uint32Array(KEYS);
    this.#offsets = offsets;
    this.#numbers = new Uint32Array(records);
    this.#indices = new Uint32Array(records);
    for (const [index, key] of this.keys.entries()) {
      const number = counts[key] as number;
      counts[key] = number + 1;
      this.#numbers[index] = number;
      this.#indices[(offsets[key] as number) + number] = index;
    }
  }

  indexOf({ key, number }: Identity): number {
    const at = (this.#offsets[key] ?? Number.NaN) + number;
    if (at < (this.#offsets[key + 1] ?? 0)) return this.#indices[at] as number;
    throw new Error(`record ${number} of key ${key} was never put`);
  }

  recordAt(index: number): Identity {
    return { key: this.keys[index] as number, number: this.#numbers[index] as number };
  }
}

/** Which of so many producers puts the records of a key: one alone, so that they have an order. */
export function slotOf(key: number, slots: number): number {
  return key % slots;
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
