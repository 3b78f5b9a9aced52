// The hash keys of partition keys seen lately. Where few keys are in use, looking one up costs less than hashing it;
// where every key is new, the cache notices that it is of no use and stays out of the way
// (`npm run bench -- producer`, "20 keys" and "200,000 keys").
//
// What is kept are a key's characters and not the string: one that was cut out of a long text keeps all of that alive.
import { md5Words } from "@shardline/core";

/** A power of two. Two keys of one slot push each other out. */
const SLOTS = 1024;
/** Longer keys are hashed each time; a UUID is kept. */
const MAX_UNITS = 40;
/** How many look-ups are watched before it is judged, and how many go without it when it is of no use. */
const TRIAL = 4096;
const PAUSE = 16 * TRIAL;
/** Of a trial; below it, keeping keys costs more than it saves. */
const LEAST_HITS = TRIAL / 4;
/** The ends of keys differ where their beginnings are alike. */
const SAMPLED_UNITS = 16;

export class HashKeyCache {
  /** Of the key in each slot; 0 is none. */
  readonly #lengths = new Uint8Array(SLOTS);
  readonly #units = new Uint16Array(SLOTS * MAX_UNITS);
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
    if (key.length > MAX_UNITS) {
      md5Words(key, out);
      return;
    }
    const slot = slotOf(key);
    const at = 4 * slot;
    if (this.#holds(slot, key)) {
      this.#hits += 1;
      for (let i = 0; i < 4; i += 1) out[i] = this.#words[at + i] as number;
    } else {
      md5Words(key, out);
      this.#keep(slot, key);
      for (let i = 0; i < 4; i += 1) this.#words[at + i] = out[i] as number;
    }
    this.#left -= 1;
    if (this.#left === 0) this.#judge();
  }

  #holds(slot: number, key: string): boolean {
    if (this.#lengths[slot] !== key.length) return false;
    const units = this.#units;
    const at = slot * MAX_UNITS;
    for (let i = key.length - 1; i >= 0; i -= 1) {
      if (units[at + i] !== key.charCodeAt(i)) return false;
    }
    return key.length > 0;
  }

  #keep(slot: number, key: string): void {
    const units = this.#units;
    const at = slot * MAX_UNITS;
    for (let i = 0; i < key.length; i += 1) units[at + i] = key.charCodeAt(i);
    this.#lengths[slot] = key.length;
  }

  #judge(): void {
    this.#left = this.#hits >= LEAST_HITS ? TRIAL : -PAUSE;
    this.#hits = 0;
  }
}

/** FNV-1a of a key's end, with the upper bits folded into the lower ones. */
function slotOf(key: string): number {
  let hash = 0x811c9dc5;
  for (let i = Math.max(0, key.length - SAMPLED_UNITS); i < key.length; i += 1) {
    hash = Math.imul(hash ^ key.charCodeAt(i), 0x0100_0193);
  }
  return (hash ^ (hash >>> 15)) & (SLOTS - 1);
}
