// What a new map changes, as told to users.
import type { MappedShard } from "./shard-map.ts";

/** Ids of shards that came and went. */
export interface MapChange {
  readonly added: readonly string[];
  readonly removed: readonly string[];
}

/** Compares the open shards of two maps; `undefined` if they are the same. */
export function changeOf(
  before: readonly MappedShard[],
  after: readonly MappedShard[],
): MapChange | undefined {
  const added = missingFrom(before, after);
  const removed = missingFrom(after, before);
  return added.length + removed.length > 0 ? { added, removed } : undefined;
}

function missingFrom(known: readonly MappedShard[], shards: readonly MappedShard[]): string[] {
  const ids = new Set(known.map(({ shardId }) => shardId));
  return shards.filter(({ shardId }) => !ids.has(shardId)).map(({ shardId }) => shardId);
}
