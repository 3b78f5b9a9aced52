// How lanes behave, derived from the options.
import type { BackoffPlan } from "@shardline/core";
import { AGGREGATE_PARTITION_KEY, type ChunkLimits } from "../record/chunk.ts";
import { BuilderPool } from "../record/builder-pool.ts";
import type { ProducerSettings } from "../settings.ts";

/** How lanes of a producer behave. */
export interface LanePolicy {
  readonly isOrdered: boolean;
  readonly isAggregating: boolean;
  readonly maxDelayMs: number;
  readonly chunk: ChunkLimits;
  /** How large a chunk may grow while others wait before it: one carrier under way must not cap the rate. */
  readonly backlogMaxBytes: number;
  /** One shard's share of a PutRecords call. */
  readonly maxBytesPerBatch: number;
  readonly rateLimit: ProducerSettings["rateLimit"];
  readonly backoff: BackoffPlan;
  /** Shared by all lanes. */
  readonly builders: BuilderPool;
}

/** Also the KPL's guard against bursts on one shard (a constant of its collector). */
const SHARD_SHARE_BYTES = 262_144;
const BACKOFF: BackoffPlan = { baseMs: 50, maxMs: 2000 };

/** Derives the behaviour of lanes. */
export function lanePolicyOf(settings: ProducerSettings): LanePolicy {
  const { aggregation, batch, maxRecordBytes, ordering, rateLimit, recordTtlMs } = settings;
  const isAggregating = aggregation !== false;
  // The service counts the key that an aggregate travels under, too.
  const mostBytes = maxRecordBytes - AGGREGATE_PARTITION_KEY.length;
  const maxBytes = isAggregating ? Math.min(aggregation.maxBytes, mostBytes) : maxRecordBytes;
  return {
    isOrdered: ordering === "partition-key",
    isAggregating,
    // Nobody waits for company until it is too late to be sent.
    maxDelayMs: Math.min(batch.maxDelayMs, recordTtlMs / 2),
    chunk: { maxBytes, maxRecords: isAggregating ? aggregation.maxRecords : 1 },
    backlogMaxBytes: Math.min(SHARD_SHARE_BYTES, mostBytes),
    maxBytesPerBatch: SHARD_SHARE_BYTES,
    rateLimit,
    backoff: BACKOFF,
    builders: new BuilderPool(),
  };
}
