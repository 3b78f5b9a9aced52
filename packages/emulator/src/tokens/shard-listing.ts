// One listing of shards over all its pages: the filter and the moment stay those of the first page, so pages
// fit together although the stream changes between them.
import type { Call } from "../operation.ts";
import { issuePageToken, readPageToken } from "./page-token.ts";
import type { FilterType, ListingMoment, ShardFilter } from "../stream/shard-filter-plan.ts";
import type { Stream } from "../stream/stream.ts";
import { INCARNATION_FIELDS, incarnationOf, streamOfToken } from "./stream-incarnation.ts";

/** What is left to list. */
export interface ShardListing {
  readonly stream: Stream;
  readonly filter: ShardFilter;
  readonly moment: ListingMoment;
  /** Only shards with a greater id; empty for all. */
  readonly afterShardId: string;
}

const KIND = "shards";
const FIELDS = INCARNATION_FIELDS + 6;

/** How a stream stands now, or stood some time ago: at the earliest when it was created. */
export function momentOf(stream: Stream, agoMs = 0): ListingMoment {
  const { shards, createdAtMs } = stream;
  const horizonMs = Math.max(stream.horizonMs - agoMs, createdAtMs);
  const atMs = Math.max(stream.home.clock.wallTimeMs() - agoMs, createdAtMs);
  return { shardCount: agoMs === 0 ? shards.count : shards.countAt(atMs), horizonMs };
}

/** Writes the token of the page after a shard. */
export function issueListingToken(
  { stream, filter, moment }: ShardListing,
  afterShardId: string,
  nowMs: number,
): string {
  const { type, shardId, timestampMs } = filter;
  const { shardCount, horizonMs } = moment;
  return issuePageToken(
    KIND,
    [...incarnationOf(stream), type, shardId, timestampMs, shardCount, horizonMs, afterShardId],
    nowMs,
  );
}

/**
 * Reads a token.
 * @throws ServiceException InvalidArgumentException, ExpiredNextTokenException or ResourceNotFoundException
 */
export function readListingToken(token: string, call: Call): ShardListing {
  const fields = readPageToken(KIND, FIELDS, token, call.wallMs);
  const [type, shardId = "", timestampMs, shardCount, horizonMs, afterShardId = ""] =
    fields.slice(INCARNATION_FIELDS);
  return {
    stream: streamOfToken(fields, call),
    filter: { type: type as FilterType, shardId, timestampMs: Number(timestampMs) },
    moment: { shardCount: Number(shardCount), horizonMs: Number(horizonMs) },
    afterShardId,
  };
}
