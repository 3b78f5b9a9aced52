// One of the two tables of an aggregate: each distinct key is written once, in the order of first use, and
// records name it by its index.
import { hashKeyText, KeyIndex } from "./key-index.ts";
import { fieldBytes } from "./size.ts";
import { WireWriter } from "./wire-writer.ts";

/** Stands for "the key is in the table" where the length of a new key would be. */
const KNOWN = -1;

/** The distinct keys of an aggregate, encoded as they come. */
export class KeyTable {
  readonly #tag: number;
  readonly #fields = new WireWriter();
  readonly #index = new KeyIndex();

  /** The last look-up, because a record is first sized and then added, and neighbours often share a key. */
  #soughtKey: string | undefined;
  #soughtHash = 0;
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

  /** The index that a key has, or would get. `hash` is any number that goes with the key, the same at each call. */
  indexOf(key: string, hash?: number): number {
    this.#seek(key, hash);
    return this.#soughtIndex;
  }

  /** How many bytes longer the table would be with a key. */
  growthWith(key: string, hash?: number): number {
    this.#seek(key, hash);
    return this.#newKeyBytes === KNOWN ? 0 : fieldBytes(this.#newKeyBytes);
  }

  /** Answers the index of a key, which is appended if it is new. */
  add(key: string, hash?: number): number {
    this.#seek(key, hash);
    if (this.#newKeyBytes !== KNOWN) this.#append(key);
    return this.#soughtIndex;
  }

  clear(): void {
    this.#fields.clear();
    this.#index.clear();
    this.#soughtKey = undefined;
  }

  #seek(key: string, hash: number | undefined): void {
    if (key === this.#soughtKey) return;
    this.#soughtKey = key;
    this.#soughtHash = hash ?? hashKeyText(key);
    const index = this.#index.find(key, this.#soughtHash);
    this.#soughtIndex = index === -1 ? this.#index.size : index;
    this.#newKeyBytes = index === -1 ? Buffer.byteLength(key) : KNOWN;
  }

  #append(key: string): void {
    this.#fields.reserve(fieldBytes(this.#newKeyBytes));
    this.#fields.writeText(this.#tag, key, this.#newKeyBytes);
    this.#index.append(key, this.#soughtHash);
    this.#newKeyBytes = KNOWN;
  }
}
