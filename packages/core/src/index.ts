// Facts of Kinesis.
export {
  GET_RECORDS_LIMITS,
  LIST_SHARDS_PAGE_SIZE,
  PUT_RECORDS_LIMITS,
  RECORD_LIMITS,
  SHARD_LIMITS,
  TOKEN_LIFETIMES,
} from "./limits.ts";
export type { KinesisRecord, UserRecord } from "./record.ts";
export type { Attempt } from "./attempt.ts";
export { parseStreamId, parseStreamRef, type StreamRef } from "./stream-ref.ts";
export {
  type HashKeyRange,
  hashKeyOf,
  MAX_HASH_KEY,
  parseExplicitHashKey,
  rangeContains,
  tilesHashSpace,
} from "./hash-key.ts";
export { compareHashKeyWords, writeHashKeyWords } from "./hash-key-words.ts";
export { md5, md5Words } from "./md5.ts";
export { type ChildShard, isOpen, parentIdsOf, type Shard } from "./shard.ts";
export {
  comparePositions,
  isSentinel,
  type Position,
  type Sentinel,
  SHARD_END,
  sentinelPosition,
} from "./position.ts";

// The port to Kinesis.
export type * from "./kinesis-api.ts";
export type * from "./fan-out-api.ts";
export type * from "./shard-reading.ts";
export type { ApiFailure, ApiFailureKind } from "./api-failure.ts";
export { apiCallFailed, apiFailureOf } from "./api-call-failed.ts";
export { listAllShards } from "./list-shards.ts";

// Machinery without policy.
export { type Clock, sleep } from "./clock.ts";
export { isDate, systemClock, toDate } from "./system-clock.ts";
export { type Random, shuffled } from "./random.ts";
export { Schedule } from "./schedule.ts";
export { TimeHeap } from "./time-heap.ts";
export { systemRandom } from "./system-random.ts";
export { isProcessGone, processName } from "./system-host.ts";
export { type Loop, type LoopNext, type LoopOptions, startLoop } from "./loop.ts";
export { TaskGroup } from "./task-group.ts";
export { forEachLimited } from "./for-each-limited.ts";
export { untilAborted } from "./until-aborted.ts";
export { LinkedSignal } from "./linked-signal.ts";
export { PushedEvents, type PushedEventsSource } from "./pushed-events.ts";
export { type BackoffPlan, backoffMs } from "./backoff.ts";
export { MemoryPool, type MemoryPoolLimits } from "./memory-pool.ts";
export { TokenBucket } from "./token-bucket.ts";
export { Histogram } from "./histogram.ts";
export { StatisticSet, type Statistics } from "./statistic-set.ts";
export {
  KinesisError,
  type KinesisErrorCode,
  type KinesisErrorDetails,
  type UndeliveredCode,
  type RefusedDetails,
  type UndeliveredDetails,
} from "./errors.ts";
export {
  type EventMap,
  Events,
  type EventSink,
  type EventSource,
  type Listener,
} from "./events.ts";
export {
  logEvents,
  type Logger,
  type LogTable,
  silentLogger,
} from "./logger.ts";
export { group, optional, orFalse, required, resolveOptions, withDefault } from "./options.ts";
export { type Check, wrong } from "./option-check.ts";
export { nearWord } from "./near-word.ts";
export { integer, matching, number, oneOf, parsed, withMethods } from "./option-values.ts";
export {
  type IgnoredProperty,
  type ImportedProperties,
  importProperties,
} from "./import-properties.ts";
export {
  dropped,
  type GivenValues,
  handedIn,
  type ImportedKey,
  mapped,
  type Meaning,
} from "./imported-key.ts";
export { anyText, form, truth, whole, word } from "./property-values.ts";
export { invariant } from "./invariant.ts";
