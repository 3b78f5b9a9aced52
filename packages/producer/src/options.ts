// Options of a producer: what each means, what stands when it is left out, and which key of the KPL it replaces
// (default_config.properties of KPL 1.0.7). Checks and defaults: settings.ts.
import type { KinesisSource } from "@shardline/aws";
import type { Clock, Distribution, Logger, Random, UserRecord } from "@shardline/core";
import type { RateLimitOptions, RetryOptions } from "./retry-options.ts";
import type { ShardMapOptions } from "./shard-map-options.ts";

/** What `createProducer` takes. */
export interface ProducerOptions {
  /** Name or ARN of the stream for records that name none. @defaultValue each record names its own */
  readonly stream?: string;
  /**
   * The id of `stream`, as DescribeStreamSummary tells it: 20 and 3 letters or digits with a hyphen between them. It goes
   * along with every call, and the AWS SDK then calls an address of AWS's that it makes from the id, whatever `endpoint`
   * says (KPL: setStreamId).
   * @defaultValue none is sent
   */
  readonly streamId?: string;
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
  /** How records find their shards. */
  readonly shardMap?: ShardMapOptions;
  /**
   * Who places records. `"partition-key"`: their keys. `"service-managed"`: the service, as on streams on demand whose
   * record distribution strategy is AUTO; records are then neither aggregated nor kept in order, and need no partition
   * key. `"detect"`: ask the stream, and believe what landings prove (KPL: setRecordDistributionStrategyDefault).
   * @defaultValue "detect"
   */
  readonly distribution?: "detect" | Distribution;
  /**
   * How long a record may take from `put` to its receipt, in ms, from 100 to Infinity; then it rejects with
   * RECORD_EXPIRED, at the latest when a call that carries it has ended (KPL: RecordTtl).
   * @defaultValue 30000
   */
  readonly recordTtlMs?: number;
  /**
   * Data and partition key of one record, in bytes, from 1024 to 10485760. `"auto"`: as large as the stream's
   * MaxRecordSizeInKiB allows; 1048576 if it cannot be described (KPL: MaxUserRecordSize).
   * @defaultValue "auto"
   */
  readonly maxRecordBytes?: number | "auto";
  /**
   * `"partition-key"`: a shard receives the records of a key in the order in which they were put; one Kinesis
   * record per shard is under way at a time. `"none"`: as many as there are. A service-managed stream keeps no order:
   * where it is asked for, `put` rejects with INVALID_OPTIONS.
   * @defaultValue "partition-key"; "none" where aggregation is off, and on service-managed streams
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
   * an id of your own. Must not be slow; what it throws becomes the `cause` of TRANSFORM_FAILED (KPL: GlueSchemaRegistry…).
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
   * Bytes of one aggregate, from 64 to 10485760, and never more than the stream takes. Where order is kept, a
   * shard with a backlog that is not held back by its rate may be sent up to 262144, so that one at a time is enough (KPL: AggregationMaxSize).
   * @defaultValue 51200
   */
  readonly maxBytes?: number;
  /** User records in one aggregate, from 1 to Infinity (KPL: AggregationMaxCount). @defaultValue Infinity */
  readonly maxRecords?: number;
  /**
   * Which records may share an aggregate. `"shard"`: all of a shard. `"hash-key"`: those of one partition key or explicit
   * hash key only, which no reshard can part; for few hot keys.
   * @defaultValue "shard"
   */
  readonly scope?: "shard" | "hash-key";
  /**
   * Under which partition key an aggregate travels: the letter `"a"`, as with the KPL, or that of its `"first"` record,
   * for tools that look for hot keys.
   * @defaultValue "a"
   */
  readonly carrierKey?: "a" | "first";
  /**
   * Whether a payload that is itself an aggregate is wrapped in another one, so that consumers hand it back as it was put
   * and do not take it apart.
   * @defaultValue true
   */
  readonly escape?: boolean;
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
  /**
   * Bytes of one call for one shard, from 1024 to 10485760; a larger record goes all the same (KPL: 262144, a constant).
   * @defaultValue 262144
   */
  readonly maxBytesPerShard?: number;
  /**
   * Records that fall due within so many ms go along with a call that leaves anyway, from 0. `"auto"`: a fifth of
   * `maxDelayMs`, at most 50 (KPL: a constant).
   * @defaultValue "auto"
   */
  readonly lingerMs?: number | "auto";
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
