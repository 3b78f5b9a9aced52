// The hash keys of partition keys seen lately. Where few keys are in use, looking one up costs a tenth of hashing it;
// where every key is new, the cache notices that it is of no use and stays out of the way
// (`npm run bench -- producer`, "20 keys" and "unique keys").
import { md5Words } from "@shardline/core";

/** A power of two. Two keys of one slot push each other out. */
const SLOTS = 1024;
/** How many look-ups are watched before it is judged, and how many go without it when it is of no use. */
const TRIAL = 4096;
const PAUSE = 16 * TRIAL;
/** Of a trial; below it, keeping keys costs more than it saves. */
const LEAST_HITS = TRIAL / 4;
/** The ends of keys differ where their beginnings are alike. */
const SAMPLED_UNITS = 8;

export class HashKeyCache {
  readonly #keys: (string | undefined)[] = Array.from({ length: SLOTS });
  readonly #words = new Uint32Array(4 * SLOTS);
  /** Look-ups until the next judgement; negative while it is out of use. */
  #left = TRIAL;
  #hits = 0;

  /** Writes the hash key of a partition key into four words. */
  write(key: string, out: Uint32Array): void {
    if (this.#left < 0) {
      this.#left += 1;
      if (this.#left === 0) this.#left = TRIAL;
      md5Words(key, out);
      return;
    }
    const slot = slotOf(key);
    const at = 4 * slot;
    if (this.#keys[slot] === key) {
      this.#hits += 1;
      for (let i = 0; i < 4; i += 1) out[i] = this.#words[at + i] as number;
    } else {
      md5Words(key, out);
      this.#keys[slot] = key;
      this.#words.set(out, at);
    }
    this.#left -= 1;
    if (this.#left === 0) this.#judge();
  }

  #judge(): void {
    this.#left = this.#hits >= LEAST_HITS ? TRIAL : -PAUSE;
    this.#hits = 0;
  }
}

function slotOf(key: string): number {
  let hash = key.length;
  const start = Math.max(0, key.length - SAMPLED_UNITS);
  for (let i = start; i < key.length; i += 1) hash = Math.imul(hash, 31) + key.charCodeAt(i);
  return (hash ^ (hash >>> 10)) & (SLOTS - 1);
}
