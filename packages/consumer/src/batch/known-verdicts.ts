// Whether the keys seen lately belong to a shard. Where few keys are in use, looking one up costs a tenth of hashing it;
// where every key is new, it notices that it is of no use and stays out of the way.

/** When it is full it forgets nothing: keys that come and go must not push out those that stay. */
const MAX_KEYS = 1024;
/** Longer keys are hashed each time; a UUID is kept. */
const MAX_UNITS = 40;
/** How many look-ups are watched before it is judged, and how many go without it when it is of no use. */
const TRIAL = 4096;
const PAUSE = 16 * TRIAL;
/** Of a trial; below it, keeping keys costs more than it saves. */
const LEAST_HITS = TRIAL / 4;

export class KnownVerdicts {
  readonly #verdicts = new Map<string, boolean>();
  /** Look-ups until the next judgement; negative while it is out of use. */
  #left = TRIAL;
  #hits = 0;

  /** The verdict on a key, if it was kept. */
  find(key: string): boolean | undefined {
    if (this.#left < 0) {
      this.#left += 1;
      if (this.#left === 0) this.#left = TRIAL;
      return undefined;
    }
    const verdict = this.#verdicts.get(key);
    if (verdict !== undefined) this.#hits += 1;
    this.#left -= 1;
    if (this.#left === 0) this.#judge();
    return verdict;
  }

  /** Keeps the verdict on a key that was not found, as long as that is of use. */
  keep(key: string, verdict: boolean): void {
    if (this.#left < 0 || key.length > MAX_UNITS || this.#verdicts.size >= MAX_KEYS) return;
    this.#verdicts.set(key, verdict);
  }

  #judge(): void {
    const isOfUse = this.#hits >= LEAST_HITS;
    this.#left = isOfUse ? TRIAL : -PAUSE;
    this.#hits = 0;
    if (!isOfUse) this.#verdicts.clear();
  }
}
