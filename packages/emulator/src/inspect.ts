// A look inside a stream, past the wire and all limits: what tests and checkers compare with what was read.
import type { KinesisRecord, Shard as ListedShard } from "@shardline/core";
import type { ConsumerStatus } from "./fan-out/consumer.ts";
import { blobBytes } from "./stream/blob.ts";
import { NO_KEY } from "./stream/read-description.ts";
import { readShard } from "./port-mapping.ts";
import { parseSequenceNumber } from "./stream/sequence-numbers.ts";
import type { Shard } from "./stream/shard.ts";
import { describeShard } from "./stream/shard-description.ts";
import type { Stream, StreamStatus } from "./stream/stream.ts";

/** One stream with all that is stored of it. */
export interface InspectedStream {
  readonly name: string;
  readonly arn: string;
  readonly status: StreamStatus;
  /** Open and closed shards that have not expired, in the order of their ids. */
  readonly shards: readonly InspectedShard[];
  /** Registered consumers in the order of their names. */
  readonly consumers: readonly InspectedConsumer[];
}

/** One registered consumer. */
export interface InspectedConsumer {
  readonly name: string;
  readonly arn: string;
  readonly status: ConsumerStatus;
  /** The shards of its open subscriptions, in the order of their ids. */
  readonly subscribedShardIds: readonly string[];
}

/** One shard with its lineage and every record that is not trimmed. */
export interface InspectedShard extends ListedShard {
  /** Epoch milliseconds. */
  readonly createdAtMs: number;
  /** Epoch milliseconds; absent while the shard is open. */
  readonly closedAtMs?: number;
  /** In the order in which they were put. */
  readonly records: readonly KinesisRecord[];
}

const EVERYTHING = { maxRecords: Number.POSITIVE_INFINITY, maxBytes: Number.POSITIVE_INFINITY };

/** Looks at a stream. */
export function inspectStream(stream: Stream): InspectedStream {
  stream.expire();
  return {
    name: stream.plan.name,
    arn: stream.home.arn,
    status: stream.status,
    shards: [...stream.shards.all()].map((shard) => inspectShard(shard, stream.horizonMs)),
    consumers: stream.consumers.all().map(({ name, arn, status, subscribedShardIds }) => ({
      name,
      arn,
      status,
      subscribedShardIds,
    })),
  };
}

/** The shards of a stream, without a look at their records. */
export function shardsOf(stream: Stream): ListedShard[] {
  stream.expire();
  return Array.from(stream.shards.all(), (shard) => readShard(describeShard(shard)));
}

/** The records of a shard behind a sequence number, or all of them; none if there is no such shard. */
export function recordsAfter(
  stream: Stream,
  shardId: string,
  sequenceNumber: string | undefined,
): KinesisRecord[] {
  stream.expire();
  const shard = stream.shards.find(shardId);
  if (shard === undefined) return [];
  shard.trim(stream.horizonMs);
  const number = sequenceNumber === undefined ? undefined : parseSequenceNumber(sequenceNumber);
  return recordsFrom(shard, number === undefined ? 0 : shard.indexAfter(number));
}

function inspectShard(shard: Shard, horizonMs: number): InspectedShard {
  shard.trim(horizonMs);
  return {
    ...readShard(describeShard(shard)),
    createdAtMs: shard.origin.createdAtMs,
    ...(shard.closing === undefined ? {} : { closedAtMs: shard.closing.atMs }),
    records: recordsFrom(shard, 0),
  };
}

function recordsFrom(shard: Shard, index: number): KinesisRecord[] {
  return shard.read(index, EVERYTHING).map((record) => ({
    sequenceNumber: record.sequenceNumber,
    ...(record.partitionKey === NO_KEY ? {} : { partitionKey: record.partitionKey }),
    /** A copy, made when it is looked at: most of what is stored never is. */
    get data() {
      return blobBytes(record.data);
    },
    arrivedAtMs: record.arrivedAtMs,
  }));
}
