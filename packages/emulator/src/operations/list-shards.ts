// ListShards.
// Faithful: every filter, pages of up to 1,000, tokens that keep filter and moment of the first page, the
// refusal of a token together with what it already says. Deviates: nowhere known.
import { LIST_SHARDS_PAGE_SIZE } from "@shardline/core";
import { requireCreatedAt, streamOf } from "../input/addressing.ts";
import { structure } from "../input/compound-shapes.ts";
import { PAGE_LIMIT, STREAM_ADDRESS, type StreamAddress, TEXTS } from "../input/members.ts";
import { requireRate } from "../limits/throttling.ts";
import type { Call, Operation } from "../operation.ts";
import { timestamp, word } from "../input/scalar-shapes.ts";
import { invalidArgument } from "../service-exception.ts";
import { required } from "../input/shape.ts";
import type { Shard } from "../stream/shard.ts";
import { describeShard, type ShardOutput } from "../stream/shard-description.ts";
import {
  closedAtMs,
  type FilterType,
  isListed,
  type ShardFilter,
} from "../stream/shard-filter-plan.ts";
import {
  issueListingToken,
  momentOf,
  readListingToken,
  type ShardListing,
} from "../tokens/shard-listing.ts";
import type { Stream } from "../stream/stream.ts";

/** Members of the call. */
export interface ListShardsInput extends StreamAddress {
  readonly NextToken?: string;
  readonly ExclusiveStartShardId?: string;
  readonly MaxResults?: number;
  /** Epoch seconds. */
  readonly StreamCreationTimestamp?: number;
  readonly ShardFilter?: ShardFilterInput;
}

interface ShardFilterInput {
  readonly Type: FilterType;
  readonly ShardId?: string;
  /** Epoch seconds. */
  readonly Timestamp?: number;
}

/** Members of the answer. */
export interface ListShardsOutput {
  readonly Shards: readonly ShardOutput[];
  readonly NextToken?: string;
}

const EVERY_SHARD: ShardFilter = { type: "FROM_TRIM_HORIZON", shardId: "", timestampMs: 0 };
/** What a token already says and may not be said again beside it. */
const SAID_BY_TOKEN = [
  "StreamName",
  "StreamARN",
  "StreamCreationTimestamp",
  "ExclusiveStartShardId",
  "ShardFilter",
] as const;

/** Lists the shards of a stream. */
export const listShards: Operation<ListShardsInput, ListShardsOutput> = {
  name: "ListShards",
  input: structure<ListShardsInput>({
    ...STREAM_ADDRESS,
    NextToken: TEXTS.NextToken,
    ExclusiveStartShardId: TEXTS.ShardId,
    MaxResults: PAGE_LIMIT,
    StreamCreationTimestamp: timestamp(),
    ShardFilter: structure<ShardFilterInput>({
      Type: required(
        word(
          "AFTER_SHARD_ID",
          "AT_TRIM_HORIZON",
          "FROM_TRIM_HORIZON",
          "AT_LATEST",
          "AT_TIMESTAMP",
          "FROM_TIMESTAMP",
        ),
      ),
      ShardId: TEXTS.ShardId,
      Timestamp: timestamp(),
    }),
  }),
  run,
};

function run(input: ListShardsInput, call: Call): ListShardsOutput {
  const listing = listingOf(input, call);
  requireRate("ListShards", call, listing.stream);
  const limit = Math.min(input.MaxResults ?? LIST_SHARDS_PAGE_SIZE, LIST_SHARDS_PAGE_SIZE);
  const found = firstListed(listing, limit + 1);
  const page = found.slice(0, limit);
  const last = page.at(-1);
  return {
    Shards: page.map((shard) =>
      describeShard(shard, closedAtMs(shard, listing.moment) === Number.POSITIVE_INFINITY),
    ),
    ...(last !== undefined && found.length > limit
      ? { NextToken: issueListingToken(listing, last.shardId, call.tokenMs) }
      : {}),
  };
}

function listingOf(input: ListShardsInput, call: Call): ShardListing {
  if (input.NextToken !== undefined) return nextListing(input, input.NextToken, call);
  const stream = streamOf(input, call);
  requireCreatedAt(stream, input.StreamCreationTimestamp);
  requireListable(stream);
  return {
    stream,
    filter: input.ShardFilter === undefined ? EVERY_SHARD : filterOf(input.ShardFilter),
    moment: momentOf(stream, call.faults?.shardMapAgeMs),
    afterShardId: input.ExclusiveStartShardId ?? "",
  };
}

function nextListing(input: ListShardsInput, token: string, call: Call): ShardListing {
  const twice = SAID_BY_TOKEN.find((member) => input[member] !== undefined);
  if (twice !== undefined)
    throw invalidArgument(`NextToken and ${twice} cannot be provided together.`);
  const listing = readListingToken(token, call);
  requireListable(listing.stream);
  return listing;
}

function requireListable(stream: Stream): void {
  stream.requireStatus("ACTIVE", "UPDATING");
}

function firstListed({ stream, filter, moment, afterShardId }: ShardListing, max: number): Shard[] {
  const found: Shard[] = [];
  for (const shard of stream.shards.all()) {
    if (found.length === max) break;
    if (shard.shardId > afterShardId && isListed(shard, filter, moment)) found.push(shard);
  }
  return found;
}

function filterOf({ Type: type, ShardId, Timestamp }: ShardFilterInput): ShardFilter {
  if (type === "AFTER_SHARD_ID" && ShardId === undefined) {
    throw invalidArgument(`ShardId is required for a ShardFilter of type ${type}.`);
  }
  if ((type === "AT_TIMESTAMP" || type === "FROM_TIMESTAMP") && Timestamp === undefined) {
    throw invalidArgument(`Timestamp is required for a ShardFilter of type ${type}.`);
  }
  return { type, shardId: ShardId ?? "", timestampMs: Math.round((Timestamp ?? 0) * 1000) };
}
