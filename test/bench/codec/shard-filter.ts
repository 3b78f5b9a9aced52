// The consumer's own test of which user records belong to the shard that they were read from. It is no part of the
// package's interface, so that it is taken from the folder of the package.
import { type HashKeyRange, MAX_HASH_KEY } from "@shardline/core";

interface ShardFilter {
  covers(partitionKey: string, explicitHashKey: string | undefined): boolean;
}

interface FilterModule {
  readonly HashRangeFilter: new (range: HashKeyRange) => ShardFilter;
}

/** All keys but one: of the whole range nothing would be asked. */
const NEARLY_ALL: HashKeyRange = { start: 0n, end: MAX_HASH_KEY - 1n };

/** A filter as a worker has one for each shard, as long as it reads that. */
export async function newShardFilter(): Promise<ShardFilter> {
  const file = new URL("batch/hash-range-filter.js", import.meta.resolve("@shardline/consumer"));
  const { HashRangeFilter } = (await import(file.href)) as FilterModule;
  return new HashRangeFilter(NEARLY_ALL);
}
