// Who descends from whom, as the stream has it, and not as leases tell.
import { parentIdsOf, type Shard } from "@shardline/core";

export class Lineage {
  readonly #shards: () => readonly Shard[];
  /** Of shards that were asked for: the stream forgets them, and does not change them. */
  readonly #parents = new Map<string, readonly string[]>();

  constructor(shards: () => readonly Shard[]) {
    this.#shards = shards;
  }

  /** Whether the stream forgot them or not. */
  parentIdsOf(shardId: string): readonly string[] {
    const known = this.#parents.get(shardId);
    if (known !== undefined) return known;
    for (const shard of this.#shards()) this.#parents.set(shard.shardId, parentIdsOf(shard));
    return this.#parents.get(shardId) ?? [];
  }
}
