// The partition keys seen lately, hashed. Where few keys are in use, looking one up costs less than hashing it; where every
// key is new, it notices that it is of no use and stays out of the way
// (`npm run bench -- producer`, "20 keys" and "200,000 keys").
import type { HashedKey } from "./hashed-key.ts";

/** When it is full it forgets nothing: keys that come and go must not push out those that stay. */
const MAX_KEYS = 1024;
/** Longer keys are hashed each time; a UUID is kept. */
const MAX_UNITS = 40;
/** How many look-ups are watched before it is judged, and how many go without it when it is of no use. */
const TRIAL = 4096;
const PAUSE = 16 * TRIAL;
/** Of a trial; below it, keeping keys costs more than it saves. */
const LEAST_HITS = TRIAL / 4;

export class KnownKeys {
  readonly #keys = new Map<string, HashedKey>();
  /** Look-ups until the next judgement; negative while it is out of use. */
  #left = TRIAL;
  #hits = 0;

  /** A key that was kept. Nothing else is ever found, whatever is asked for. */
  find(text: unknown): HashedKey | undefined {
    if (this.#left < 0) {
      this.#left += 1;
      if (this.#left === 0) this.#left = TRIAL;
      return undefined;
    }
    const known = this.#keys.get(text as string);
    if (known !== undefined) this.#hits += 1;
    this.#left -= 1;
    if (this.#left === 0) this.#judge();
    return known;
  }

  /** Keeps a well-formed key that was not found, as long as that is of use. */
  keep(key: HashedKey): void {
    if (this.#left < 0 || key.text.length > MAX_UNITS || this.#keys.size >= MAX_KEYS) return;
    const text = copyOf(key.text);
    this.#keys.set(text, { ...key, text });
  }

  #judge(): void {
    const isOfUse = this.#hits >= LEAST_HITS;
    this.#left = isOfUse ? TRIAL : -PAUSE;
    this.#hits = 0;
    if (!isOfUse) this.#keys.clear();
  }
}

/** The characters and not the string: one that was cut out of a long text keeps all of that alive. */
function copyOf(text: string): string {
  return Buffer.from(text).toString();
}
