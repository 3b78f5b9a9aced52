// Options of a producer: what each means, what stands when it is left out, and which key of the KPL it replaces
// (default_config.properties of KPL 1.0.7). Checks and defaults: settings.ts.
import type { KinesisSource } from "@shardline/aws";
import type { Clock, Logger, Random, UserRecord } from "@shardline/core";
import type { RateLimitOptions, RetryOptions } from "./retry-options.ts";

/** What `createProducer` takes. */
export interface ProducerOptions {
  /** Name or ARN of the stream for records that name none. @defaultValue each record names its own */
  readonly stream?: string;
  /**
   * Which Kinesis: configuration for a client of the AWS SDK, a ready client, or any `KinesisApi`, such as the
   * emulator's.
   * @defaultValue the SDK's defaults: region and credentials from the environment
   */
  readonly kinesis?: KinesisSource;
  /**
   * How user records share a Kinesis record; `false` sends each by itself (KPL: AggregationEnabled).
   * @defaultValue the defaults of its fields
   */
  readonly aggregation?: false | AggregationOptions;
  /** How Kinesis records share a PutRecords call, and how long records wait for company. */
  readonly batch?: BatchOptions;
  /** How much may be put and not yet settled; `put` waits beyond it, and `ready` tells when there is room. */
  readonly buffer?: BufferOptions;
  /**
   * How long a record may take from `put` to its receipt, in ms, from 100 to Infinity; then it rejects with
   * RECORD_EXPIRED, at the latest when a call that carries it has ended (KPL: RecordTtl).
   * @defaultValue 30000
   */
  readonly recordTtlMs?: number;
  /**
   * Data and partition key of one record, in bytes, from 1024 to 10485760; more than 1048576 only where the
   * stream's MaxRecordSizeInKiB allows it (KPL: MaxUserRecordSize).
   * @defaultValue 1048576
   */
  readonly maxRecordBytes?: number;
  /**
   * `"partition-key"`: a shard receives the records of a key in the order in which they were put; one Kinesis
   * record per shard is under way at a time. `"none"`: as many as there are.
   * @defaultValue "partition-key"; "none" where aggregation is off
   */
  readonly ordering?: "partition-key" | "none";
  /**
   * How fast each shard is written to; `false` for as fast as there is something to write. Within the limit the
   * rate follows what the shard takes.
   * @defaultValue the defaults of its fields
   */
  readonly rateLimit?: false | RateLimitOptions;
  /** What is tried again, how often and for how long. */
  readonly retry?: RetryOptions;
  /**
   * PutRecords calls under way at the same time, from 1 to 256 (KPL: MaxConnections).
   * @defaultValue 24
   */
  readonly maxInFlightRequests?: number;
  /** How long the transport waits, where it is made here: a ready client or request handler keeps its own times. */
  readonly http?: HttpOptions;
  /**
   * Makes of each record the one that is sent, before anything else is done with it: a schema's encoding, compression,
   * an id of your own. Must not be slow; what it throws rejects the `put` (KPL: GlueSchemaRegistry…).
   */
  readonly transform?: (record: UserRecord) => UserRecord;
  /** Which figures `metrics()` keeps, and how finely. @defaultValue the defaults of its fields */
  readonly metrics?: MetricsOptions;
  /** A pino logger, or one of its shape. @defaultValue a pino logger at level `warn` */
  readonly logger?: Logger;
  /** Time, for tests. @defaultValue the system's */
  readonly clock?: Clock;
  /** Chance, for tests. @defaultValue the system's */
  readonly random?: Random;
}

/** How user records share a Kinesis record. */
export interface AggregationOptions {
  /**
   * Bytes of one aggregate, from 64 to 1048576. A shard with a backlog may be sent up to 262144, so that one
   * at a time is enough (KPL: AggregationMaxSize).
   * @defaultValue 51200
   */
  readonly maxBytes?: number;
  /** User records in one aggregate, from 1 to Infinity (KPL: AggregationMaxCount). @defaultValue Infinity */
  readonly maxRecords?: number;
}

/** How Kinesis records share a PutRecords call. */
export interface BatchOptions {
  /**
   * How long a record waits for others, in ms, from 0; never more than half of `recordTtlMs`
   * (KPL: RecordMaxBufferedTime).
   * @defaultValue 100
   */
  readonly maxDelayMs?: number;
  /** Kinesis records in one call, from 1 to 500 (KPL: CollectionMaxCount). @defaultValue 500 */
  readonly maxRecords?: number;
  /** Bytes of one call, from 52224 to 10485760 (KPL: CollectionMaxSize). @defaultValue 5242880 */
  readonly maxBytes?: number;
}

/** How much may be put and not yet settled. */
export interface BufferOptions {
  /** User records, from 1. @defaultValue 32768 */
  readonly maxRecords?: number;
  /** Data, partition keys and 200 bytes for each record, from 1024. @defaultValue 67108864 */
  readonly maxBytes?: number;
  /** `"wait"`: `put` waits for room, first come, first served. `"reject"`: it rejects with BUFFER_FULL. @defaultValue "wait" */
  readonly onFull?: "wait" | "reject";
}

/** Which figures are kept, and how finely. */
export interface MetricsOptions {
  /** `"none"` keeps none and costs nothing, `"summary"` the most important ones (KPL: MetricsLevel). @defaultValue "detailed" */
  readonly level?: "none" | "summary" | "detailed";
  /**
   * Down to what: the whole producer, each stream, or each shard (KPL: MetricsGranularity, where the default is
   * shard).
   * @defaultValue "stream"
   */
  readonly granularity?: "global" | "stream" | "shard";
  /**
   * How many series are kept, from 100; of more, those go that were unused for longest. Each takes a few KB, and one
   * with percentiles, of which there are two for each stream, up to a third of a MB.
   * @defaultValue 2000
   */
  readonly maxSeries?: number;
}

/** How long the transport waits. */
export interface HttpOptions {
  /** From the start of a call until it has a connection, in ms, from 100 to 300000 (KPL: ConnectTimeout). @defaultValue 6000 */
  readonly connectTimeoutMs?: number;
  /**
   * From the start of a call until its answer begins, and then between any two pieces of it, in ms, from 100 to
   * 600000. A large call gets more, as much as a link of 256 KiB per second needs for it (KPL: RequestTimeout).
   * @defaultValue 6000
   */
  readonly requestTimeoutMs?: number;
}
