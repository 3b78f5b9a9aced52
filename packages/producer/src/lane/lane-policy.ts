// How lanes behave, derived from the options and from what is known about the stream.
import type { BackoffPlan } from "@shardline/core";
import { AGGREGATE_PARTITION_KEY, type ChunkLimits, MAX_KEY_BYTES } from "../record/chunk.ts";
import type { Packing } from "../record/packing.ts";
import { BuilderPool } from "../record/builder-pool.ts";
import type { ProducerSettings } from "../settings.ts";
import { type Placement, placementOf, type StreamFacts } from "../stream/stream-facts.ts";

/** How lanes of a producer behave. */
export interface LanePolicy {
  readonly placement: Placement;
  readonly isOrdered: boolean;
  readonly packing: Packing;
  readonly maxDelayMs: number;
  readonly chunk: ChunkLimits;
  /** How large a chunk may grow where order is kept and others wait: one carrier under way must not cap the rate. */
  readonly backlogMaxBytes: number;
  /** One shard's share of a PutRecords call. */
  readonly maxBytesPerBatch: number;
  readonly rateLimit: ProducerSettings["rateLimit"];
  /** Open shards, as far as they are known: what a lane may be sent that leads to all of them. */
  readonly shardCount: number;
  /** After a carrier was refused, because it came too fast or for another reason. */
  readonly backoff: { readonly throttled: BackoffPlan; readonly otherwise: BackoffPlan };
  /** Shared by all lanes. */
  readonly builders: BuilderPool;
}

/** So much of a backlog goes into one carrier. */
const BACKLOG_BYTES = 262_144;
/**
 * A throttled lane is slowed down by its limiter. If it waited longer each time as well, others that got their carriers
 * through would always be there before it, and it would never again.
 */
const BACKOFF: LanePolicy["backoff"] = {
  throttled: { baseMs: 50, maxMs: 200 },
  otherwise: { baseMs: 50, maxMs: 2000 },
};

/** Derives the behaviour of lanes. */
export function lanePolicyOf(settings: ProducerSettings, facts: StreamFacts): LanePolicy {
  const { aggregation, batch, ordering, rateLimit, recordTtlMs } = settings;
  const { distribution, maxRecordBytes, openShardCount = 1 } = facts;
  const placement = placementOf(settings, distribution);
  const packing = packingOf(settings, facts);
  const isAnywhere = placement === "anywhere";
  const isAggregating = packing.kind === "aggregate" && aggregation !== false;
  const mostBytes = maxRecordBytes - carrierKeyBytesOf(packing);
  const maxBytes = isAggregating ? Math.min(aggregation.maxBytes, mostBytes) : maxRecordBytes;
  const isOrdered = ordering === "partition-key" && !isAnywhere;
  const backlogBytes = Math.min(BACKLOG_BYTES, batch.maxBytesPerShard, mostBytes);
  return {
    placement,
    isOrdered,
    packing,
    // Nobody waits for company until it is too late to be sent.
    maxDelayMs: Math.min(batch.maxDelayMs, recordTtlMs / 2),
    chunk: { maxBytes, maxRecords: isAggregating ? aggregation.maxRecords : 1 },
    backlogMaxBytes: isOrdered ? Math.max(maxBytes, backlogBytes) : maxBytes,
    maxBytesPerBatch: isAnywhere ? batch.maxBytes : batch.maxBytesPerShard,
    rateLimit,
    shardCount: Math.max(1, openShardCount),
    backoff: BACKOFF,
    builders: new BuilderPool(),
  };
}

/** Readers of a stream that the service distributes drop aggregates as if they had gone astray. */
function packingOf({ aggregation }: ProducerSettings, { distribution }: StreamFacts): Packing {
  if (aggregation === false || distribution === "service-managed") return { kind: "plain" };
  const { carrierKey, escape } = aggregation;
  return { kind: "aggregate", carrierKey, escapes: escape };
}

/** The service counts the key that an aggregate travels under, too. */
function carrierKeyBytesOf(packing: Packing): number {
  const isFirst = packing.kind === "aggregate" && packing.carrierKey === "first";
  return isFirst ? MAX_KEY_BYTES : AGGREGATE_PARTITION_KEY.length;
}
