// Options of a consumer: what each means, what stands when it is left out, and which setting of the KCL it replaces
// (KCL 3.5, docs/kcl-configurations.md). Checks and defaults: settings.ts.
import type { KinesisSource } from "@shardline/aws";
import type { Clock, Logger, Random } from "@shardline/core";
import type { BatchOptions } from "./batch-options.ts";
import type { BatchHandler } from "./batch/handler.ts";
import type { RecordHandler } from "./batch/record-handler.ts";
import type { FailureOptions } from "./failure-options.ts";
import type { RecordOrdering, WindowOptions } from "./lane-options.ts";
import type { DynamoDbSource } from "./lease/dynamodb-call.ts";
import type { LeaseAssignment } from "./lease/lease-plan.ts";
import type { LeaseTable } from "./lease/lease-table.ts";
import type { LeaseTableOptions } from "./lease/lease-table-options.ts";
import type { ShardHooks } from "./shard/shard-hooks.ts";
import type { StreamsOption } from "./stream/stream-source.ts";
import type { SyncOptions } from "./sync-options.ts";

/** What `createConsumer` takes. */
export interface ConsumerOptions {
  /** Workers of one application share a stream's shards; also the name of the lease table. */
  readonly application: string;
  /** Stream name or stream ARN; either this or `streams`. */
  readonly stream?: string;
  /**
   * Many streams, which share the workers, the lease table and all bounds: a list of names, ARNs or `NamedStream`, a function
   * that is asked for it every minute, or a `StreamSource` (KCL: MultiStreamTracker). Their leases have other keys than those
   * of a single stream: an application that has begun with one way of naming them stays with it.
   */
  readonly streams?: StreamsOption;
  /**
   * Where to begin with shards that have no lease yet: the oldest record there is, the newest, or the first that
   * arrived at some time. There is no default: one would repeat a day, the other would skip it
   * (KCL: initialPositionInStreamExtended).
   */
  readonly startAt: "TRIM_HORIZON" | "LATEST" | Date;
  /**
   * Handles a batch of one shard, one call at a time for each shard unless `concurrency` says otherwise. When it returns, the batch is done and will be
   * checkpointed with the next renewal of the lease; when it throws, the batch comes again, see `onFailure`; when it
   * returns `{ failedAt }`, what lies before that record is done, and the rest comes again. With `ordering: "partition-key"`
   * a batch has records of one key.
   */
  readonly processBatch?: BatchHandler;
  /** In place of `processBatch`: handles user records one by one, each as a batch of its own. */
  readonly processRecord?: RecordHandler;
  /**
   * Calls of the handler at a time for each shard, from 1 to 1000; more than 1 needs an `ordering` other than "shard".
   * @defaultValue 1
   */
  readonly concurrency?: number;
  /**
   * What a record waits for: all that are before it in its shard; those before it that have its partition key, also while
   * they are tried again or rest; or nothing. Records without a key, on service-managed streams, wait for none.
   * @defaultValue "shard"
   */
  readonly ordering?: RecordOrdering;
  readonly window?: WindowOptions;
  /** Called when a shard is begun, ended, lost, or about to be given up. */
  readonly hooks?: ShardHooks;
  /**
   * Whether what is done is checkpointed by itself, or only when `shard.checkpoint` is called, which works in both modes.
   * With "manual" a batch that the handler has returned from is not delivered again by this worker, but by the next one,
   * unless it was checkpointed.
   * @defaultValue "auto"
   */
  readonly checkpoint?: "auto" | "manual";
  /**
   * Which Kinesis: configuration for a client of the AWS SDK, a ready client, or any `KinesisApi`, such as the
   * emulator's.
   * @defaultValue the SDK's defaults: region and credentials from the environment
   */
  readonly kinesis?: KinesisSource;
  /**
   * Which DynamoDB holds the lease table: configuration for a client of the AWS SDK, or a ready client.
   * @defaultValue the SDK's defaults
   */
  readonly dynamodb?: DynamoDbSource;
  /** A lease table other than DynamoDB's; then `dynamodb` is not used. */
  readonly leaseTable?: LeaseTable;
  readonly leases?: LeaseOptions;
  readonly read?: ReadOptions;
  readonly batch?: BatchOptions;
  readonly prefetch?: PrefetchOptions;
  readonly onFailure?: FailureOptions;
  readonly sync?: SyncOptions;
  /**
   * What becomes of a record in an aggregate whose hash key does not belong to the shard, as it happens around a
   * reshard. Producers that know of reshards (this one, the KPL) send such records again, so they are dropped, and
   * `recordsOutOfRange` tells how many. Deliver them if yours packs keys of different shards together and never
   * sends again.
   * @defaultValue "drop"
   */
  readonly outOfRange?: "drop" | "deliver";
  /**
   * Name of this worker in the lease table; no two that run may share it (KCL: workerIdentifier).
   * @defaultValue host name, process id and a random part
   */
  readonly workerId?: string;
  /**
   * Records of a shard that are done so much later than they came are told of, in ms, from 1: `lagExceeded`.
   * @defaultValue half of the stream's retention period
   */
  readonly lagWarningMs?: number;
  /** A pino logger, or one of its shape. @defaultValue a pino logger at level `warn` */
  readonly logger?: Logger;
  /** Time, for tests. @defaultValue the system's */
  readonly clock?: Clock;
  /** Chance, for tests. @defaultValue the system's */
  readonly random?: Random;
}

/** How leases are kept. */
export interface LeaseOptions {
  /**
   * A worker that does not renew a lease for so long has lost it, in ms, from 1000 to 600000; the same for all
   * workers of an application (KCL: failoverTimeMillis).
   * @defaultValue 10000
   */
  readonly failoverMs?: number;
  /**
   * Leases of this worker at most, from 1; `leasesSpilledOver` tells what it leaves (KCL: maxLeasesForWorker).
   * @defaultValue no limit
   */
  readonly maxPerWorker?: number;
  /**
   * Which shards this worker reads: its share of all, which the workers find among themselves, or exactly those that
   * are named, such as `{ shardIds: ["shardId-000000000000"] }`. A worker with named shards takes nothing from a living
   * worker and asks none for anything; a balanced one in the same application would. So name shards in all workers or in
   * none, each shard in one of them, and after a reshard the children as well: `shardUnassigned` tells of those that
   * were forgotten. Not with `streams`, whose shards share their names: there name other streams in each worker.
   * @defaultValue "balanced"
   */
  readonly assignment?: LeaseAssignment;
  /** Name of the lease table (KCL: tableName). @defaultValue the application's name */
  readonly tableName?: string;
  /** How the lease table is made where there is none. */
  readonly table?: LeaseTableOptions;
}

/** How shards are read. */
export interface ReadOptions {
  /**
   * By what records come (KCL: retrievalConfig, which is fan-out unless told otherwise):
   *
   * - "polling": GetRecords. It costs nothing besides the stream, and all applications share what a shard gives.
   * - "fan-out": subscriptions of a stream consumer, which push records and have what a shard gives for themselves. The
   *   stream consumer is registered where there is none, never deregistered, and billed as long as it is there. A
   *   shard is polled until its first subscription has brought something. From then on subscriptions that fail are
   *   tried again, up to half a minute apart, and the shard is not read meanwhile: `readFailed` tells it, and so does
   *   `health`. It is polled again only when the stream consumer is gone.
   * - "auto": the same, but a shard whose subscriptions have failed 5 times in a row is polled, and subscribed to again
   *   after a minute, or up to ten if that fails: `fellBackToPolling`.
   *
   * Each way begins behind the last record of the other: nothing is left out and nothing comes twice.
   * @defaultValue "polling"
   */
  readonly mode?: "polling" | "fan-out" | "auto";
  /**
   * Name of the stream consumer, 1 to 128 letters, digits, _, . and -; one for each application (KCL: consumerName). For
   * fan-out only.
   * @defaultValue the application's name
   */
  readonly consumerName?: string;
  /**
   * ARN of a stream consumer of this stream, which is then used whatever its name, and never registered
   * (KCL: consumerArn). For fan-out only.
   */
  readonly consumerArn?: string;
  /**
   * Pause between reads of a shard that has no more records, in ms, from 200 to 60000
   * (KCL: idleTimeBetweenReadsInMillis).
   * @defaultValue 1000
   */
  readonly idleMs?: number;
  /**
   * Reads of a shard each second while it lags behind, from 0.1 to 5. Kinesis allows 5, shared by all consumers of
   * the stream.
   * @defaultValue 4.5
   */
  readonly readsPerSecond?: number;
  /**
   * Bytes of a shard read each second while it lags behind, of data and partition keys, from 1024. Kinesis allows
   * 2097152, shared by all consumers of the stream; more is of use with what is not Kinesis itself.
   * @defaultValue 2097152
   */
  readonly bytesPerSecond?: number;
  /** Kinesis records of one read, from 1 to 10000 (KCL: maxRecords). @defaultValue 10000 */
  readonly maxRecords?: number;
}

/** How far reading may run ahead of the handlers; one more read may be on top. */
export interface PrefetchOptions {
  /** Kinesis records of one shard, from 1 (KCL: maxRecordsCount). @defaultValue 30000 */
  readonly maxRecords?: number;
  /** Bytes of one shard, from 1 (KCL: maxByteSize). @defaultValue 8388608 */
  readonly maxBytes?: number;
  /**
   * Bytes of all shards together, from 1: what was fetched and is not handled yet, where each record counts with its data,
   * its key, and 400 bytes that it takes besides. When there is no more room, a shard whose handler has nothing still makes
   * one read at a time, of as many records as its part takes, and one at least. Of each shard that is subscribed to one event
   * may be held besides, of about 2 MiB at most.
   * @defaultValue 256 MiB, or a quarter of the heap limit where that is less
   */
  readonly totalBytes?: number;
}
