// What shards are called in a world's journal: by their ids where it has one stream, and as their leases are where it has
// many, because shard ids are the same in all of them.
import type { Lease } from "@shardline/consumer";
import type { Shard } from "@shardline/core";

/** A stream of a world. */
export interface SimStream {
  readonly name: string;
  /** What the names of its shards begin with; empty in a world that has one stream. */
  readonly prefix: string;
}

/** What is told of a shard; `stream` only where there are many. */
interface ShardNews {
  readonly shardId?: unknown;
  readonly stream?: unknown;
}

/** The names of a world's shards. */
export class ShardNames {
  readonly streams: readonly SimStream[];

  constructor(streams: readonly SimStream[]) {
    this.streams = streams;
  }

  /** The name of a shard of some stream. */
  nameOf(shardId: string, stream: string): string {
    return `${this.#prefixOf(stream)}${shardId}`;
  }

  /** Whose shard it is. */
  streamOf(shardName: string): SimStream {
    return this.streams.find(({ prefix }) => shardName.startsWith(prefix)) as SimStream;
  }

  /** By what its stream calls it. */
  idOf(shardName: string): string {
    return shardName.slice(this.streamOf(shardName).prefix.length);
  }

  /** Shards as a stream tells of them, under their names. */
  shardsOf({ prefix }: SimStream, shards: readonly Shard[]): readonly Shard[] {
    if (prefix === "") return shards;
    const named = (id: string): string => `${prefix}${id}`;
    return shards.map(({ adjacentParentShardId: adjacent, parentShardId: parent, ...shard }) => ({
      ...shard,
      shardId: named(shard.shardId),
      ...(parent === undefined ? {} : { parentShardId: named(parent) }),
      ...(adjacent === undefined ? {} : { adjacentParentShardId: named(adjacent) }),
    }));
  }

  /** What a consumer tells or hands out, about the same shard under its name. */
  named<News extends object>(news: News): News {
    const { shardId, stream }: ShardNews = news;
    if (typeof shardId !== "string" || typeof stream !== "string") return news;
    const prefix = this.#prefixOf(stream);
    return prefix === "" ? news : { ...news, shardId: `${prefix}${shardId}` };
  }

  #prefixOf(stream: string): string {
    return this.streams.find(({ name }) => name === stream)?.prefix ?? "";
  }
}

/** The streams of a world, all created at a time in epoch ms. */
export function simStreams(
  names: readonly string[],
  account: string,
  createdAtMs: number,
): readonly SimStream[] {
  const epoch = Math.floor(createdAtMs / 1000);
  const isAlone = names.length === 1;
  return names.map((name) => ({ name, prefix: isAlone ? "" : `${account}:${name}:${epoch}:` }));
}

/** The prefix of the stream whose shard it is. */
export function prefixOf(shardName: string): string {
  return shardName.slice(0, shardName.lastIndexOf(":") + 1);
}

/** A lease with the names of shards in the place of their ids. */
export function underShardName(lease: Lease): Lease {
  const prefix = prefixOf(lease.key);
  if (prefix === "") return lease;
  const named = (id: string): string => `${prefix}${id}`;
  return {
    ...lease,
    shardId: lease.key,
    parentShardIds: lease.parentShardIds.map(named),
    childShardIds: lease.childShardIds.map(named),
  };
}
