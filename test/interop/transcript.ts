// What a reader was handed, shard by shard.
import type { Delivery } from "./delivery.ts";

/** Data of each shard's records in their order, by its id. */
export type Contents = ReadonlyMap<string, readonly string[]>;

export class Transcript {
  readonly #shards = new Map<string, string[]>();

  note({ data, shardId }: Delivery): void {
    const before = this.#shards.get(shardId);
    if (before === undefined) this.#shards.set(shardId, [data]);
    else before.push(data);
  }

  /** In the order of their coming; shards without any are left out. */
  get shards(): Contents {
    return this.#shards;
  }

  /** Of all shards together. */
  get records(): number {
    return [...this.#shards.values()].reduce((sum, { length }) => sum + length, 0);
  }
}

/** A part of every shard, by the numbers of its records; shards of which nothing is left are left out. */
export function partOf(contents: Contents, from: number, to = Number.POSITIVE_INFINITY): Contents {
  const parts = [...contents].map(([shardId, data]) => [shardId, data.slice(from, to)] as const);
  return new Map(parts.filter(([, data]) => data.length > 0));
}

/** What has come to the shards since. */
export function since(before: Contents, now: Contents): Contents {
  const parts = [...now].map(([shardId, data]) => {
    return [shardId, data.slice(before.get(shardId)?.length ?? 0)] as const;
  });
  return new Map(parts.filter(([, data]) => data.length > 0));
}

/** What several readers were handed one after the other. */
export function inTurn(transcripts: readonly Transcript[]): Contents {
  const shardIds = new Set(transcripts.flatMap(({ shards }) => [...shards.keys()]));
  const parts = [...shardIds].map((shardId) => {
    return [shardId, transcripts.flatMap(({ shards }) => shards.get(shardId) ?? [])] as const;
  });
  return new Map(parts);
}
