// Hash key -> open shard, without a bigint: a binary search over the first keys of the shards as words.
import { compareHashKeyWords, invariant, writeHashKeyWords } from "@shardline/core";
import type { Shard } from "./shard.ts";

const WORDS = 4;

/** Finds the shard of a hash key among shards that cover the hash space. */
export class ShardRouter {
  readonly #shards: readonly Shard[];
  readonly #starts: Uint32Array;

  /** The shards come in the order of their ranges. */
  constructor(shards: readonly Shard[]) {
    this.#shards = shards;
    this.#starts = new Uint32Array(shards.length * WORDS);
    shards.forEach((shard, i) =>
      writeHashKeyWords(shard.origin.range.start, this.#starts, i * WORDS),
    );
  }

  /** The nth shard in the order of their ranges. */
  at(index: number): Shard {
    const shard = this.#shards[index];
    invariant(shard !== undefined, "open shards cover the hash space");
    return shard;
  }

  /** The shard whose range holds a hash key of four words. */
  route(hashKey: Uint32Array): Shard {
    let low = 0;
    let high = this.#shards.length;
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if (compareHashKeyWords(this.#starts, middle * WORDS, hashKey, 0) <= 0) low = middle;
      else high = middle;
    }
    return this.at(low);
  }
}
