// Every metric there is: the KPL's, by its names (metrics.md of KPL 1.0.7), and what its users had to guess.

/** How far down series go: the producer, a stream, a shard. */
export type MetricsGranularity = "global" | "stream" | "shard";

/** What a metric is. */
export interface MetricKind {
  /** In CloudWatch's words. */
  readonly unit: "Count" | "Bytes" | "Milliseconds" | "None";
  readonly level: "summary" | "detailed";
  readonly deepest: MetricsGranularity;
  /** The dimension that tells its samples apart before any stream does. */
  readonly label?: "ErrorCode" | "Reason";
  /** Whether its percentiles are known. */
  readonly hasPercentiles?: true;
}

function kind(
  unit: MetricKind["unit"],
  level: MetricKind["level"],
  deepest: MetricsGranularity,
  more: Pick<MetricKind, "label" | "hasPercentiles"> = {},
): MetricKind {
  return { unit, level, deepest, ...more };
}

/** Names, those of the KPL first. */
export type MetricName =
  | "UserRecordsReceived"
  | "UserRecordsPending"
  | "UserRecordsPut"
  | "UserRecordsDataPut"
  | "UserRecordExpired"
  | "KinesisRecordsPut"
  | "KinesisRecordsDataPut"
  | "ErrorsByCode"
  | "AllErrors"
  | "RetriesPerRecord"
  | "BufferingTime"
  | "RequestTime"
  | "UserRecordsPerKinesisRecord"
  | "KinesisRecordsPerPutRecordsRequest"
  | "UserRecordsPerPutRecordsRequest"
  | "UserRecordLatency"
  | "WrongShardRecords"
  | "DuplicatesPossible"
  | "ThrottledRecords"
  | "RateFactor"
  | "OutstandingBytes"
  | "BackpressureTime"
  | "AggregateFillRatio"
  | "FlushReason"
  | "ShardMapRefreshes";

/** What each metric is, and what its samples are. */
export const METRICS: Readonly<Record<MetricName, MetricKind>> = {
  /** 1 for each record that `put` took. */
  UserRecordsReceived: kind("Count", "detailed", "stream"),
  /** Records put and not settled, sampled at most every 200 ms while the producer does something. */
  UserRecordsPending: kind("Count", "detailed", "stream"),
  /** 1 for each record stored, 0 for each that failed. */
  UserRecordsPut: kind("Count", "summary", "shard"),
  /** Data of each record stored. */
  UserRecordsDataPut: kind("Bytes", "detailed", "shard"),
  /** 1 for each record whose time to live was over. */
  UserRecordExpired: kind("Count", "summary", "shard"),
  /** 1 for each Kinesis record stored, 0 for each that was refused. */
  KinesisRecordsPut: kind("Count", "summary", "shard"),
  /** Data and partition key of each Kinesis record stored. */
  KinesisRecordsDataPut: kind("Bytes", "detailed", "shard"),
  /** 1 for each Kinesis record that was refused, and for each call that failed as a whole, by AWS's name for it. */
  ErrorsByCode: kind("Count", "summary", "shard", { label: "ErrorCode" }),
  /** The same without regard to the name; 0 for each Kinesis record stored. */
  AllErrors: kind("Count", "summary", "shard"),
  /** Tries of each settled record beyond the first. */
  RetriesPerRecord: kind("Count", "detailed", "shard"),
  /** What each record waited before each try: since `put`, or since the try before. */
  BufferingTime: kind("Milliseconds", "summary", "shard"),
  /** Of each PutRecords call. */
  RequestTime: kind("Milliseconds", "detailed", "stream", { hasPercentiles: true }),
  /** Of each Kinesis record, each time it is sent. */
  UserRecordsPerKinesisRecord: kind("Count", "detailed", "shard"),
  KinesisRecordsPerPutRecordsRequest: kind("Count", "detailed", "stream"),
  UserRecordsPerPutRecordsRequest: kind("Count", "detailed", "stream"),

  /** From `put` to the receipt, for each record stored. */
  UserRecordLatency: kind("Milliseconds", "summary", "stream", { hasPercentiles: true }),
  /**
   * 1 for each record of an aggregate that landed on a shard that does not cover all of it, or of which nobody knows, and
   * was sent again.
   */
  WrongShardRecords: kind("Count", "summary", "shard"),
  /** 1 for each record of a try of which nobody knows whether it was stored. */
  DuplicatesPossible: kind("Count", "summary", "shard"),
  /** 1 for each record of a Kinesis record or call that was refused because a rate was exceeded. */
  ThrottledRecords: kind("Count", "summary", "shard"),
  /** The part of a shard's own limits that is used after it has throttled, told each time it does. */
  RateFactor: kind("None", "detailed", "shard"),
  /** Data, partition keys and overhead of what is put and not settled, sampled as UserRecordsPending is. */
  OutstandingBytes: kind("Bytes", "detailed", "stream"),
  /** What each `put` waited for room in the buffer, of those that had to. */
  BackpressureTime: kind("Milliseconds", "summary", "stream"),
  /**
   * Bytes of each Kinesis record over `aggregation.maxBytes`, where there is aggregation; more than 1 where a backlog
   * let it grow.
   */
  AggregateFillRatio: kind("None", "detailed", "shard"),
  /**
   * 1 for each Kinesis record sent, by why it left: `count`, `bytes` (full), `deadline`, `flush`, or `retry` if its
   * records had been sent before or waited for another shard.
   */
  FlushReason: kind("Count", "detailed", "shard", { label: "Reason" }),
  /** 1 for each listing of shards that made a map, 0 for each that failed. */
  ShardMapRefreshes: kind("Count", "summary", "stream"),
};
