// What a reader was handed, shard by shard.
import type { Position } from "@shardline/core";
import type { Delivery } from "./delivery.ts";

/** Data of each shard's records in their order, by its id. */
export type Contents = ReadonlyMap<string, readonly string[]>;

/** One position of each shard, by its id. */
export type Places = ReadonlyMap<string, Position>;

export class Transcript {
  readonly #shards = new Map<string, string[]>();
  readonly #firsts = new Map<string, Position>();

  note({ data, sequenceNumber, shardId, subSequenceNumber }: Delivery): void {
    const before = this.#shards.get(shardId);
    if (before !== undefined) {
      before.push(data);
      return;
    }
    this.#shards.set(shardId, [data]);
    this.#firsts.set(shardId, { sequenceNumber, subSequenceNumber });
  }

  /** Where the first record lay of each shard of which any came. */
  get firsts(): Places {
    return this.#firsts;
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
