// Pure: which metrics of its shards a stream is told to publish. Nothing publishes them here.

/** Every metric, in the order of the service's model. */
export const SHARD_LEVEL_METRICS = [
  "IncomingBytes",
  "IncomingRecords",
  "OutgoingBytes",
  "OutgoingRecords",
  "WriteProvisionedThroughputExceeded",
  "ReadProvisionedThroughputExceeded",
  "IteratorAgeMilliseconds",
] as const;

/** One metric of a shard. */
export type ShardLevelMetric = (typeof SHARD_LEVEL_METRICS)[number];

/** How an input names metrics. */
export type NamedMetric = ShardLevelMetric | "ALL";

/** Some metrics and those that are named. */
export function withMetrics(
  current: readonly ShardLevelMetric[],
  named: readonly NamedMetric[],
): readonly ShardLevelMetric[] {
  return SHARD_LEVEL_METRICS.filter((metric) => current.includes(metric) || means(named, metric));
}

/** Some metrics without those that are named. */
export function withoutMetrics(
  current: readonly ShardLevelMetric[],
  named: readonly NamedMetric[],
): readonly ShardLevelMetric[] {
  return current.filter((metric) => !means(named, metric));
}

function means(named: readonly NamedMetric[], metric: ShardLevelMetric): boolean {
  return named.includes("ALL") || named.includes(metric);
}
