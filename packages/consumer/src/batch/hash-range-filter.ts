// Which user records of an aggregate belong to the shard it was read from. After a reshard an aggregate may carry
// records that do not; their producer sends them again.
import {
  compareHashKeyWords,
  type HashKeyRange,
  MAX_HASH_KEY,
  md5Words,
  writeHashKeyWords,
} from "@shardline/core";
import { KnownVerdicts } from "./known-verdicts.ts";

/** Tests hash keys against one range. */
export class HashRangeFilter {
  readonly #bounds: Uint32Array | undefined;
  readonly #words = new Uint32Array(4);
  readonly #ofPartitionKeys = new KnownVerdicts();
  readonly #ofHashKeys = new KnownVerdicts();

  /** Without a range, and with the whole range, everything belongs. */
  constructor(range: HashKeyRange | undefined) {
    if (range === undefined || (range.start === 0n && range.end === MAX_HASH_KEY)) return;
    this.#bounds = new Uint32Array(8);
    writeHashKeyWords(range.start, this.#bounds, 0);
    writeHashKeyWords(range.end, this.#bounds, 4);
  }

  /** Whether a record with these keys belongs. */
  covers(partitionKey: string, explicitHashKey: string | undefined): boolean {
    const bounds = this.#bounds;
    if (bounds === undefined) return true;
    const known = explicitHashKey === undefined ? this.#ofPartitionKeys : this.#ofHashKeys;
    const key = explicitHashKey ?? partitionKey;
    const verdict = known.find(key);
    if (verdict !== undefined) return verdict;
    if (explicitHashKey === undefined) md5Words(partitionKey, this.#words);
    else writeHashKeyWords(BigInt(explicitHashKey), this.#words, 0);
    const isCovered =
      compareHashKeyWords(bounds, 0, this.#words, 0) <= 0 &&
      compareHashKeyWords(this.#words, 0, bounds, 4) <= 0;
    known.keep(key, isCovered);
    return isCovered;
  }
}
