// Splits and merges a stream at random.
import { isOpen, type KinesisApi, listAllShards, type Random, type Shard } from "@shardline/core";
import { MAX_OPEN_SHARDS } from "./stream-odds.ts";

const NEVER = new AbortController().signal;

/** Splits one open shard or merges two neighbours; answers what it did, `undefined` if Kinesis refused. */
export async function reshard(
  kinesis: KinesisApi,
  streamName: string,
  random: Random,
  maxOpenShards = MAX_OPEN_SHARDS,
): Promise<string | undefined> {
  const stream = { name: streamName };
  const [place, choice, point] = [random.next(), random.next(), random.next()];
  try {
    const open = (await listAllShards(kinesis, stream, undefined, NEVER))
      .filter(isOpen)
      .sort((a, b) => (startOf(a) < startOf(b) ? -1 : 1));
    const at = Math.floor(place * open.length);
    const [shard, neighbour] = [open[at] as Shard, open[at + 1]];
    const wantsMerge = choice < 0.5 || open.length >= maxOpenShards;
    if (wantsMerge && neighbour !== undefined) {
      const request = { stream, shardId: shard.shardId, adjacentShardId: neighbour.shardId };
      await kinesis.mergeShards(request, NEVER);
      return `merge ${shard.shardId} and ${neighbour.shardId}`;
    }
    if (open.length >= maxOpenShards) return undefined;
    const newStartingHashKey = pointInside(shard, point);
    await kinesis.splitShard({ stream, shardId: shard.shardId, newStartingHashKey }, NEVER);
    return `split ${shard.shardId}`;
  } catch {
    return undefined;
  }
}

function startOf({ hashKeyRange }: Shard): bigint {
  return hashKeyRange?.start ?? 0n;
}

function pointInside({ hashKeyRange }: Shard, at: number): bigint {
  const { start = 0n, end = 0n } = hashKeyRange ?? {};
  const share = BigInt(Math.floor((0.1 + 0.8 * at) * 1000));
  return start + ((end - start) * share) / 1000n;
}
