// One of the two tables of an aggregate: each distinct key is written once, in the order of first use, and
// records name it by its index. A Map, because an object would sort keys that look like integers and would
// not take "__proto__".
import { fieldBytes } from "./size.ts";
import { WireWriter } from "./wire-writer.ts";

/** Stands for "the key is in the table" where the length of a new key would be. */
const KNOWN = -1;

/** The distinct keys of an aggregate, encoded as they come. */
export class KeyTable {
  readonly #tag: number;
  readonly #fields = new WireWriter();
  #indexes = new Map<string, number>();

  /** The last look-up, because a record is first sized and then added, and neighbours often share a key. */
  #soughtKey: string | undefined;
  #soughtIndex = 0;
  #newKeyBytes = KNOWN;

  /** `tag` is that of the table's field. */
  constructor(tag: number) {
    this.#tag = tag;
  }

  /** Encoded length of the table. */
  get byteLength(): number {
    return this.#fields.length;
  }

  /** A view of the encoded table; good until the next `add`. */
  get bytes(): Uint8Array {
    return this.#fields.view(0, this.#fields.length);
  }

  /** The index that a key has, or would get. */
  indexOf(key: string): number {
    this.#seek(key);
    return this.#soughtIndex;
  }

  /** How many bytes longer the table would be with a key. */
  growthWith(key: string): number {
    this.#seek(key);
    return this.#newKeyBytes === KNOWN ? 0 : fieldBytes(this.#newKeyBytes);
  }

  /** Answers the index of a key, which is appended if it is new. */
  add(key: string): number {
    this.#seek(key);
    if (this.#newKeyBytes !== KNOWN) this.#append(key);
    return this.#soughtIndex;
  }

  clear(): void {
    this.#fields.clear();
    // A new Map is faster than an emptied one, which keeps its size and is cleared slot by slot
    // (`npm run bench -- codec`, "encode ... unique keys").
    if (this.#indexes.size > 0) this.#indexes = new Map();
    this.#soughtKey = undefined;
  }

  #seek(key: string): void {
    if (key === this.#soughtKey) return;
    const index = this.#indexes.get(key);
    this.#soughtKey = key;
    this.#soughtIndex = index ?? this.#indexes.size;
    this.#newKeyBytes = index === undefined ? Buffer.byteLength(key) : KNOWN;
  }

  #append(key: string): void {
    this.#fields.reserve(fieldBytes(this.#newKeyBytes));
    this.#fields.writeText(this.#tag, key, this.#newKeyBytes);
    this.#indexes.set(key, this.#soughtIndex);
    this.#newKeyBytes = KNOWN;
  }
}
