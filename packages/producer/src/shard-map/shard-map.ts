// Pure: hash key -> predicted shard. The open shards' upper ends lie in one array of 32-bit words, which a
// binary search reads without making a number.
import {
  compareHashKeyWords,
  type HashKeyRange,
  isOpen,
  parentIdsOf,
  type Shard,
  tilesHashSpace,
  writeHashKeyWords,
} from "@shardline/core";

/** One open shard of the map. */
export interface MappedShard {
  readonly shardId: string;
  readonly range: HashKeyRange;
}

/** The open shards of a stream, in hash order, and the ranges of every shard ever listed. */
export class ShardMap {
  readonly shards: readonly MappedShard[];
  readonly #byId: ReadonlyMap<string, MappedShard>;
  readonly #ends: Uint32Array;
  readonly #ranges: ReadonlyMap<string, HashKeyRange>;

  private constructor(shards: readonly MappedShard[], ranges: ReadonlyMap<string, HashKeyRange>) {
    this.shards = shards;
    this.#byId = new Map(shards.map((shard) => [shard.shardId, shard]));
    this.#ranges = ranges;
    this.#ends = new Uint32Array(shards.length * 4);
    for (const [i, { range }] of shards.entries()) writeHashKeyWords(range.end, this.#ends, i * 4);
  }

  /**
   * Reads a listing. `undefined` when the open shards do not cover every hash key exactly once, as happens
   * for moments during a reshard: the map in use is then the better one.
   */
  static of(listing: readonly Shard[], before?: ShardMap): ShardMap | undefined {
    const parents = new Set(listing.flatMap(parentIdsOf));
    const open = listing
      .filter((shard) => isOpen(shard) && !parents.has(shard.shardId))
      .flatMap(({ shardId, hashKeyRange: range }) =>
        range === undefined ? [] : [{ shardId, range }],
      )
      .sort((a, b) => (a.range.start < b.range.start ? -1 : 1));
    if (!tilesHashSpace(open.map(({ range }) => range))) return undefined;
    return new ShardMap(
      open,
      rangesWith(before === undefined ? undefined : before.#ranges, listing),
    );
  }

  /** Index into `shards` of the one that a hash key, given as four words, falls on. */
  predict(words: Uint32Array): number {
    let low = 0;
    let high = this.shards.length - 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (compareHashKeyWords(words, 0, this.#ends, middle * 4) <= 0) high = middle;
      else low = middle + 1;
    }
    return low;
  }

  /** An open shard by its id. */
  find(shardId: string | undefined): MappedShard | undefined {
    return shardId === undefined ? undefined : this.#byId.get(shardId);
  }

  /** The range of a shard, open or closed; `undefined` if it was never listed. */
  rangeOf(shardId: string): HashKeyRange | undefined {
    return this.#ranges.get(shardId);
  }

  /** This map, knowing the ranges of more shards. */
  knowing(listing: readonly Shard[]): ShardMap {
    return new ShardMap(this.shards, rangesWith(this.#ranges, listing));
  }
}

/** A newer listing wins: a re-created stream uses shard ids again. */
function rangesWith(
  known: ReadonlyMap<string, HashKeyRange> | undefined,
  listing: readonly Shard[],
): ReadonlyMap<string, HashKeyRange> {
  const ranges = new Map(known);
  for (const { shardId, hashKeyRange } of listing) {
    if (hashKeyRange !== undefined) ranges.set(shardId, hashKeyRange);
  }
  return ranges;
}
