// Records on command: stored past limits and faults, as if a producer had put them long before anybody looked.
import {
  type Check,
  group,
  KinesisError,
  optional,
  parsed,
  required,
  resolveOptions,
  wrong,
} from "@shardline/core";
import { placeRecord, type PutEntry } from "../input/record-placement.ts";
import { ServiceException } from "../service-exception.ts";
import { NO_KEY } from "../stream/read-description.ts";
import type { Stream } from "../stream/stream.ts";

/** A record to store. */
export interface InjectedRecord {
  /** May be left out only where the service places records. */
  readonly partitionKey?: string;
  readonly explicitHashKey?: string;
  /** Text is stored as UTF-8. */
  readonly data: string | Uint8Array;
}

/** Where a record was stored. */
export interface Injected {
  readonly shardId: string;
  readonly sequenceNumber: string;
}

const MAX_RECORDS = 10_000;
const RECORD = required(
  group<InjectedRecord>({
    partitionKey: optional(
      parsed("a text of 1 to 256 characters", (text) =>
        text.length >= 1 && text.length <= 256 ? text : undefined,
      ),
    ) as Check<string>,
    explicitHashKey: optional(parsed("a hash key", (text) => text)) as Check<string>,
    data: (value, path, problems) => {
      const isData = typeof value === "string" || value instanceof Uint8Array;
      if (!isData) problems.push(wrong(path, "text or bytes", value));
      return value as string;
    },
  }),
);
const RECORDS: Check<readonly InjectedRecord[]> = (value, path, problems) => {
  if (Array.isArray(value) && value.length > 0 && value.length <= MAX_RECORDS) {
    return value.map((record, i) => RECORD(record, `records[${i}]`, problems));
  }
  problems.push(wrong(path || "records", `a list of 1 to ${MAX_RECORDS} records`, value));
  return [];
};

/**
 * Stores records in a stream, all or none.
 * @throws KinesisError INVALID_OPTIONS
 */
export function inject(stream: Stream, given: unknown): Injected[] {
  const records = resolveOptions("inject", RECORDS, given);
  const entries = records.map(entryOf);
  try {
    stream.requireStatus("ACTIVE", "UPDATING", "DELETING");
    const placed = entries.map((entry, i) => placeRecord(entry, stream, i));
    stream.home.storage.requireRoom(placed.reduce((sum, { bytes }) => sum + bytes, 0));
    const wallMs = stream.home.clock.wallTimeMs();
    const { horizonMs } = stream;
    return placed.map(({ shard, bytes }, i) => {
      const { PartitionKey = NO_KEY, Data } = entries[i] as PutEntry;
      const sequenceNumber = shard.append(PartitionKey, Data, bytes, wallMs, horizonMs);
      return { shardId: shard.shardId, sequenceNumber };
    });
  } catch (error) {
    throw error instanceof ServiceException ? refused(error) : error;
  }
}

function entryOf({ partitionKey, explicitHashKey, data }: InjectedRecord): PutEntry {
  return {
    Data: typeof data === "string" ? Buffer.from(data) : data,
    ...(partitionKey === undefined ? {} : { PartitionKey: partitionKey }),
    ...(explicitHashKey === undefined ? {} : { ExplicitHashKey: explicitHashKey }),
  };
}

function refused({ message }: ServiceException): KinesisError<"INVALID_OPTIONS"> {
  return new KinesisError("INVALID_OPTIONS", {
    message: `inject refused its options: ${message}`,
    isRetryable: false,
    details: { problems: [message] },
  });
}
