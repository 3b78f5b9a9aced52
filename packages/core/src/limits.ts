// Every number that AWS sets, in one place, each with the page it was read from.
// Page "quotas": https://docs.aws.amazon.com/streams/latest/dev/service-sizes-and-limits.html, read 2026-11-21.
// Page "put": https://docs.aws.amazon.com/kinesis/latest/APIReference/API_PutRecords.html, read 2026-11-21.
// Page "iterator": https://docs.aws.amazon.com/kinesis/latest/APIReference/API_GetShardIterator.html, read 2026-11-21.
// Page "list": https://docs.aws.amazon.com/kinesis/latest/APIReference/API_ListShards.html, read 2026-11-21.

/** What one record, one call and one stored record may hold. */
export const RECORD_LIMITS = {
  /** Length of a partition key in UTF-16 code units (page "put"). */
  maxPartitionKeyLength: 256,
  /** Data and partition key of one Kinesis record, unless the stream allows more (page "quotas"). */
  defaultMaxBytes: 1_048_576,
  /** The largest limit a stream can be given (page "quotas"). */
  maxBytes: 10_485_760,
} as const;

/** What one PutRecords call may hold (page "put"). */
export const PUT_RECORDS_LIMITS = {
  maxEntries: 500,
  /** Sum of data and UTF-8 partition keys. */
  maxBytes: 10_485_760,
} as const;

/** What one shard takes and gives each second (page "quotas"). */
export const SHARD_LIMITS = {
  writeRecordsPerSecond: 1000,
  writeBytesPerSecond: 1_048_576,
  getRecordsCallsPerSecond: 5,
  readBytesPerSecond: 2_097_152,
} as const;

/** What one GetRecords call answers with at most (page "quotas"). */
export const GET_RECORDS_LIMITS = {
  maxRecords: 10_000,
  maxBytes: 10_485_760,
} as const;

/** How long a shard iterator (page "iterator") and a ListShards token (page "list") stay valid. */
export const TOKEN_LIFETIMES = {
  shardIteratorMs: 300_000,
  nextTokenMs: 300_000,
} as const;

/** Shards in one ListShards page, at most and by default (page "list"). */
export const LIST_SHARDS_PAGE_SIZE = 1000;
