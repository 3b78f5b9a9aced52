// Pure: hash key -> predicted shard, and shard -> range. The open shards' upper ends lie in one array of 32-bit words, which a
// binary search reads without making a number, between the shards that a hash key's first byte leaves.
import {
  compareHashKeyWords,
  type HashKeyRange,
  isOpen,
  MAX_HASH_KEY,
  parentIdsOf,
  rangeContains,
  type Shard,
  writeHashKeyWords,
} from "@shardline/core";
import { birthOf } from "./shard-birth.ts";

/** One open shard of the map. */
export interface MappedShard {
  readonly shardId: string;
  readonly range: HashKeyRange;
}

const FIRST_BYTES = 256;

/** What is remembered of a shard. */
interface KnownShard {
  readonly range: HashKeyRange;
  /** Unlike that of a shard with the same id of another stream. */
  readonly startingSequenceNumber: string;
  readonly birth: string;
}

/** The open shards of a stream, in hash order, and the ranges of those that were open before. */
export class ShardMap {
  readonly shards: readonly MappedShard[];
  readonly #byId: ReadonlyMap<string, MappedShard>;
  readonly #ends: Uint32Array;
  /** Where the hash keys with each first byte begin: the index of a shard. */
  readonly #firsts: Uint32Array;
  readonly #known: ReadonlyMap<string, KnownShard>;

  private constructor(shards: readonly MappedShard[], known: ReadonlyMap<string, KnownShard>) {
    this.shards = shards;
    this.#byId = new Map(shards.map((shard) => [shard.shardId, shard]));
    this.#known = known;
    this.#ends = new Uint32Array(shards.length * 4);
    for (const [i, { range }] of shards.entries()) writeHashKeyWords(range.end, this.#ends, i * 4);
    this.#firsts = firstsOf(shards);
  }

  /**
   * Reads a listing. `undefined` when the open shards do not cover every hash key, as happens for moments during a
   * reshard: the map in use is then the better one. Where they cover some twice, the younger shard counts.
   */
  static of(listing: readonly Shard[], before?: ShardMap): ShardMap | undefined {
    const parents = new Set(listing.flatMap(parentIdsOf));
    const open = listing
      .filter((shard) => isOpen(shard) && !parents.has(shard.shardId))
      .flatMap(({ shardId, hashKeyRange: range }) =>
        range === undefined ? [] : [{ shardId, range }],
      )
      .sort(byStart);
    const tiles = isTiling(open) ? open : withoutOverlaps(open);
    if (!isTiling(tiles)) return undefined;
    return new ShardMap(
      tiles,
      knownFrom(listing, before === undefined ? undefined : before.#open()),
    );
  }

  /** Index into `shards` of the one that a hash key, given as four words, falls on. */
  predict(words: Uint32Array): number {
    const firstByte = (words[0] as number) >>> 24;
    let low = this.#firsts[firstByte] as number;
    let high = this.#firsts[firstByte + 1] as number;
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

  /**
   * The range of a shard; `undefined` if it is neither in this map nor was in the one before, nor learned since. What
   * landed on an older one asks for it again.
   */
  rangeOf(shardId: string): HashKeyRange | undefined {
    return this.#known.get(shardId)?.range;
  }

  /** What the numbers of a shard begin with, if it is the one that is known under that id. */
  birthOf(shardId: string): string | undefined {
    return this.#known.get(shardId)?.birth;
  }

  /** Whether a shard takes a hash key; `false` for one whose range is not known. */
  covers(shardId: string, hashKey: bigint): boolean {
    const range = this.rangeOf(shardId);
    return range !== undefined && rangeContains(range, hashKey);
  }

  /** This map, knowing the ranges of more shards. */
  knowing(listing: readonly Shard[]): ShardMap {
    return new ShardMap(this.shards, knownFrom(listing, this.#known));
  }

  #open(): ReadonlyMap<string, KnownShard> {
    const ids = this.shards.map(({ shardId }) => shardId);
    return new Map(
      ids.flatMap((id) => {
        const known = this.#known.get(id);
        return known === undefined ? [] : [[id, known] as const];
      }),
    );
  }
}

/** Nothing is kept of a stream that was deleted and made again: its shards have the old ids and other numbers. */
function knownFrom(
  listing: readonly Shard[],
  before: ReadonlyMap<string, KnownShard> | undefined,
): ReadonlyMap<string, KnownShard> {
  const isOther = listing.some(({ shardId, startingSequenceNumber }) => {
    const known = before?.get(shardId);
    return known !== undefined && known.startingSequenceNumber !== startingSequenceNumber;
  });
  const known = new Map(isOther ? undefined : before);
  for (const { hashKeyRange: range, shardId, startingSequenceNumber } of listing) {
    if (range === undefined) continue;
    const birth = birthOf(startingSequenceNumber);
    known.set(shardId, { range, startingSequenceNumber, birth });
  }
  return known;
}

function byStart(a: MappedShard, b: MappedShard): number {
  return a.range.start < b.range.start ? -1 : 1;
}

/** For each first byte of a hash key, and for none that follows, the index of the shard where its hash keys begin. */
function firstsOf(shards: readonly MappedShard[]): Uint32Array {
  const firsts = new Uint32Array(FIRST_BYTES + 1);
  let at = 0;
  for (let byte = 0; byte < FIRST_BYTES; byte += 1) {
    const start = BigInt(byte) << 120n;
    while ((shards[at] as MappedShard).range.end < start) at += 1;
    firsts[byte] = at;
  }
  firsts[FIRST_BYTES] = shards.length - 1;
  return firsts;
}

/** Whether shards, in hash order, cover every hash key exactly once. */
function isTiling(shards: readonly MappedShard[]): boolean {
  let next = 0n;
  for (const { range } of shards) {
    if (range.start !== next || range.end < range.start) return false;
    next = range.end + 1n;
  }
  return next === MAX_HASH_KEY + 1n;
}

/** Leaves out, of shards that overlap, those that a reshard is about to close: the older, whose ids are lower. */
function withoutOverlaps(shards: readonly MappedShard[]): MappedShard[] {
  const byAge = [...shards].sort((a, b) => (a.shardId < b.shardId ? 1 : -1));
  const kept: MappedShard[] = [];
  for (const shard of byAge) {
    const at = placeIn(kept, shard.range.start);
    const [left, right] = [kept[at - 1], kept[at]];
    const isFree = !left || left.range.end < shard.range.start;
    if (isFree && (!right || right.range.start > shard.range.end)) kept.splice(at, 0, shard);
  }
  return kept;
}

/** How many of some shards in hash order begin before a hash key. */
function placeIn(shards: readonly MappedShard[], start: bigint): number {
  let low = 0;
  let high = shards.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((shards[middle] as MappedShard).range.start < start) low = middle + 1;
    else high = middle;
  }
  return low;
}
