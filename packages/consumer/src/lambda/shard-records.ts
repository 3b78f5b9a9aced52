// An event of AWS Lambda -> the Kinesis records in it, shard by shard, as a reader would have brought them.
import {
  comparePositions,
  KinesisError,
  type KinesisRecord,
  parseStreamRef,
} from "@shardline/core";
import type { KinesisEvent, KinesisEventRecord } from "./kinesis-event.ts";

/** The records of one shard, in the order of the shard. */
export interface ShardRecords {
  /** The stream's name. */
  readonly stream: string;
  readonly shardId: string;
  readonly records: readonly KinesisRecord[];
}

/** The end of a consumer's ARN, which begins with that of its stream. */
const CONSUMER = /\/consumer\/.*$/;
const SHARD_ID = /^(shardId-[^:]+):/;

/**
 * The shards of an event. Lambda sends one; events that are made by hand may hold more.
 * @throws KinesisError INVALID_EVENT
 */
export function shardRecordsOf(event: KinesisEvent): ShardRecords[] {
  const given: unknown = (event as Partial<KinesisEvent> | null | undefined)?.Records;
  if (!Array.isArray(given)) throw invalidEvent("it has no Records");
  const shards = new Map<string, { stream: string; shardId: string; records: KinesisRecord[] }>();
  given.forEach((eventRecord: unknown, n) => {
    if (!isKinesisRecord(eventRecord)) throw invalidEvent(`record ${n} is not one of a stream`);
    const [stream, shardId] = [streamOf(eventRecord), SHARD_ID.exec(eventRecord.eventID)?.[1]];
    if (stream === undefined) throw invalidEvent(`record ${n} has no ARN of a stream`);
    if (shardId === undefined) throw invalidEvent(`record ${n} does not say its shard`);
    const place = `${eventRecord.eventSourceARN} ${shardId}`;
    const shard = shards.get(place) ?? { stream, shardId, records: [] };
    shards.set(place, shard);
    shard.records.push(kinesisRecord(eventRecord));
  });
  const all = [...shards.values()];
  for (const { records } of all) records.sort((a, b) => comparePositions(placeOf(a), placeOf(b)));
  return all;
}

function isKinesisRecord(value: unknown): value is KinesisEventRecord {
  const { eventID, eventSourceARN, kinesis } = Object(value) as Partial<KinesisEventRecord>;
  const { approximateArrivalTimestamp, data, sequenceNumber } = Object(kinesis) as Partial<
    KinesisEventRecord["kinesis"]
  >;
  const texts = [eventID, eventSourceARN, data];
  return (
    texts.every((text) => typeof text === "string") &&
    /^\d+$/.test(sequenceNumber ?? "") &&
    typeof approximateArrivalTimestamp === "number"
  );
}

function streamOf({ eventSourceARN }: KinesisEventRecord): string | undefined {
  return parseStreamRef(eventSourceARN.replace(CONSUMER, ""))?.name;
}

function kinesisRecord({ kinesis }: KinesisEventRecord): KinesisRecord {
  const { approximateArrivalTimestamp, data, partitionKey, sequenceNumber } = kinesis;
  const record = {
    sequenceNumber,
    data: Buffer.from(data, "base64"),
    arrivedAtMs: Math.round(approximateArrivalTimestamp * 1000),
  };
  return partitionKey === undefined ? record : { ...record, partitionKey };
}

function placeOf({ sequenceNumber }: KinesisRecord): {
  sequenceNumber: string;
  subSequenceNumber: 0;
} {
  return { sequenceNumber, subSequenceNumber: 0 };
}

function invalidEvent(problem: string): KinesisError {
  return new KinesisError("INVALID_EVENT", {
    message: `no event of a Kinesis stream: ${problem}; see to the sources of the function`,
    isRetryable: false,
    details: { problem },
  });
}
