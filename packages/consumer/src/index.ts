export { type Consumer, createConsumer } from "./consumer.ts";
export type { PauseOptions } from "./pause-options.ts";
export type { RunOptions } from "./run-options.ts";
export type { BatchOptions } from "./batch-options.ts";
export type {
  ConsumerOptions,
  LeaseOptions,
  PrefetchOptions,
  ReadOptions,
} from "./options.ts";
export type {
  FormerStreams,
  ListStreams,
  NamedStream,
  StreamInput,
  StreamSource,
  StreamsOption,
} from "./stream/stream-source.ts";
export type { SyncOptions } from "./sync-options.ts";
export type { RecordOrdering, WindowOptions } from "./lane-options.ts";
export type { FailureBackoff, FailureOptions } from "./failure-options.ts";
export type { ConsumerSettings, StreamsSummary } from "./settings.ts";
export type { ConsumerEvents } from "./consumer-events.ts";
export type * from "./handler/index.ts";
export type { ConsumerHealth, HealthReason, HealthStatus } from "./status/health.ts";
export type { ConsumerStats, ShardStats } from "./status/stats.ts";
export type { ShardHooks, ShardStart } from "./shard/shard-hooks.ts";
export type { PulledBatch } from "./handling/pull-desk.ts";
export type { DeadLetter, DeadLetterSink } from "./handling/dead-letter.ts";
export { KinesisError } from "@shardline/core";

// Lease tables: the port, the one of the KCL, and one that needs no database.
export type { Lease, PendingCheckpoint } from "./lease/lease.ts";
export type { LeaseLookup } from "./lease/lease-lookup.ts";
export type { LeaseExpectation, LeaseMove, LeasePatch } from "./lease/lease-move.ts";
export type {
  ForeignItem,
  LeaseListing,
  LeaseTable,
  LeaseTableUsage,
  LeaseUpdate,
  UnreadableItem,
} from "./lease/lease-table.ts";
export {
  DynamoDbLeaseTable,
  type DynamoDbLeaseTableOptions,
} from "./lease/dynamodb-lease-table.ts";
export type { LeaseTableOptions, TableBilling } from "./lease/lease-table-options.ts";
export { MemoryLeaseTable } from "./lease/memory-lease-table.ts";
