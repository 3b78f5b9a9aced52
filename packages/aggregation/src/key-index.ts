// Which keys an aggregate has, and the number of each. A Map would do, but it hashes every new string in a
// call of its own: without one, encoding records of unique keys takes a fifth less
// (`npm run bench -- codec`, "encode, 100 B, unique keys").
//
// Open addressing: a slot holds the number of a key plus one, or 0. The hash is cheap and no secret, so that
// somebody could choose keys that collide; therefore only a few slots are tried, and a key that finds none of
// them free goes to a Map after all.

const MAX_PROBES = 8;
const FIRST_SLOTS = 64;
/** So many keys are looked for one by one: an aggregate of one record, which is never sent as one, needs no slots. */
const FEW = 4;

/** Numbers distinct keys from 0 in the order in which they are appended. */
export class KeyIndex {
  readonly #keys: string[] = [];
  readonly #hashes: number[] = [];
  /** None while there are few keys; then at least twice as many as keys. */
  #slots: Int32Array | undefined;
  #crowdedOut: Map<string, number> | undefined;

  get size(): number {
    return this.#keys.length;
  }

  /** The number of a key, or -1. */
  find(key: string, hash: number): number {
    const slots = this.#slots;
    if (slots === undefined) return this.#findAmongFew(key, hash);
    const mask = slots.length - 1;
    for (let probe = 0; probe < MAX_PROBES; probe += 1) {
      const number = (slots[(hash + probe) & mask] as number) - 1;
      if (number === -1) return -1;
      if (this.#hashes[number] === hash && this.#keys[number] === key) return number;
    }
    return this.#crowdedOut?.get(key) ?? -1;
  }

  /** Adds a key that is not there yet. */
  append(key: string, hash: number): void {
    this.#hashes.push(hash);
    const size = this.#keys.push(key);
    if (this.#slots !== undefined && 2 * size <= this.#slots.length) this.#place(size - 1);
    else if (size > FEW) this.#grow();
  }

  clear(): void {
    this.#keys.length = 0;
    this.#hashes.length = 0;
    this.#slots?.fill(0);
    this.#crowdedOut?.clear();
  }

  #findAmongFew(key: string, hash: number): number {
    for (let number = 0; number < this.#keys.length; number += 1) {
      if (this.#hashes[number] === hash && this.#keys[number] === key) return number;
    }
    return -1;
  }

  #place(number: number): void {
    const slots = this.#slots as Int32Array;
    const mask = slots.length - 1;
    const hash = this.#hashes[number] as number;
    for (let probe = 0; probe < MAX_PROBES; probe += 1) {
      const slot = (hash + probe) & mask;
      if (slots[slot] !== 0) continue;
      slots[slot] = number + 1;
      return;
    }
    this.#crowdedOut ??= new Map();
    this.#crowdedOut.set(this.#keys[number] as string, number);
  }

  #grow(): void {
    this.#slots = new Int32Array(Math.max(FIRST_SLOTS, 2 * (this.#slots?.length ?? 0)));
    this.#crowdedOut?.clear();
    for (let number = 0; number < this.#keys.length; number += 1) this.#place(number);
  }
}

/** FNV-1a over UTF-16 units, with the upper bits folded into the lower ones, which choose the slot. */
export function hashKeyText(key: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < key.length; i += 1) hash = Math.imul(hash ^ key.charCodeAt(i), 0x0100_0193);
  return hash ^ (hash >>> 15);
}
