// The whole shard list of a stream, page by page.
import { apiFailureOf } from "./api-call-failed.ts";
import type { KinesisApi, ListShardsAnswer, ShardFilter } from "./kinesis-api.ts";
import type { Shard } from "./shard.ts";
import type { StreamRef } from "./stream-ref.ts";

/** Page tokens live five minutes, so a listing that loses one this often is not slow but broken. */
const MAX_RESTARTS = 3;

/**
 * Lists every shard that a filter lets through. A page token that expired restarts the listing from its
 * first page.
 * @throws KinesisError API_CALL_FAILED
 */
export async function listAllShards(
  api: Pick<KinesisApi, "listShards">,
  stream: StreamRef,
  filter: ShardFilter | undefined,
  signal: AbortSignal,
): Promise<Shard[]> {
  for (let restarts = 0; ; restarts += 1) {
    try {
      return await listOnce(api, stream, filter, signal);
    } catch (error) {
      if (apiFailureOf(error)?.kind !== "expired" || restarts === MAX_RESTARTS) throw error;
    }
  }
}

async function listOnce(
  api: Pick<KinesisApi, "listShards">,
  stream: StreamRef,
  filter: ShardFilter | undefined,
  signal: AbortSignal,
): Promise<Shard[]> {
  let page: ListShardsAnswer = await api.listShards(
    { stream, ...(filter === undefined ? {} : { filter }) },
    signal,
  );
  const shards = [...page.shards];
  while (page.nextToken !== undefined) {
    page = await api.listShards({ stream, nextToken: page.nextToken }, signal);
    shards.push(...page.shards);
  }
  return shards;
}
