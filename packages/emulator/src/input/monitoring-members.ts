// The members that name metrics of shards, and what both operations with them do and answer.
import { list, type MemberShapes } from "./compound-shapes.ts";
import { streamOf } from "./addressing.ts";
import { STREAM_ADDRESS, type StreamAddress } from "./members.ts";
import { word } from "./scalar-shapes.ts";
import { required } from "./shape.ts";
import type { Call } from "../operation.ts";
import {
  type NamedMetric,
  SHARD_LEVEL_METRICS,
  type ShardLevelMetric,
} from "../stream/shard-level-metrics.ts";

/** Members of either call. */
export interface MonitoringInput extends StreamAddress {
  readonly ShardLevelMetrics: readonly NamedMetric[];
}

/** Members of either answer. */
export interface MonitoringOutput {
  readonly StreamName: string;
  readonly StreamARN: string;
  readonly CurrentShardLevelMetrics: readonly ShardLevelMetric[];
  readonly DesiredShardLevelMetrics: readonly ShardLevelMetric[];
}

/** The members of either call. */
export const MONITORING: MemberShapes<MonitoringInput> = {
  ...STREAM_ADDRESS,
  ShardLevelMetrics: required(list(word(...SHARD_LEVEL_METRICS, "ALL"), { min: 1, max: 7 })),
};

/**
 * Brings a stream from its metrics to others, which it has at the end of UPDATING.
 * @throws ServiceException
 */
export function changeMetrics(
  { ShardLevelMetrics: named, ...address }: MonitoringInput,
  call: Call,
  change: (
    current: readonly ShardLevelMetric[],
    named: readonly NamedMetric[],
  ) => readonly ShardLevelMetric[],
): MonitoringOutput {
  const stream = streamOf(address, call);
  stream.requireStatus("ACTIVE");
  const current = stream.shardLevelMetrics;
  const shardLevelMetrics = change(current, named);
  // One is always a part of the other.
  if (shardLevelMetrics.length !== current.length) stream.change({ shardLevelMetrics });
  return {
    StreamName: stream.plan.name,
    StreamARN: stream.home.arn,
    CurrentShardLevelMetrics: current,
    DesiredShardLevelMetrics: shardLevelMetrics,
  };
}
