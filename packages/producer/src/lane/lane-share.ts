// The lanes that lead to one shard: most often a single one; by hash key, one for each key. They share what the shard may
// be sent, and when that is used up they are put off together, however many they are.
import type { LaneLimiter, ShareRoom } from "./lane-limiter.ts";

export class LaneShare<Lane> implements ShareRoom {
  readonly limiter: LaneLimiter;
  /** Those that are worth a look, in the order in which they became so. */
  readonly awake: Set<Lane> = new Set<Lane>();
  #records = Number.POSITIVE_INFINITY;
  #bytes = Number.POSITIVE_INFINITY;

  constructor(limiter: LaneLimiter) {
    this.limiter = limiter;
  }

  get records(): number {
    return this.#records;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** Finds out what may be sent at this moment. */
  measure(nowMs: number): void {
    const { bytes, records } = this.limiter.roomAt(nowMs);
    this.#records = records;
    this.#bytes = bytes;
  }
}
