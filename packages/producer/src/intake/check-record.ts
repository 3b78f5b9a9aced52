// What `put` refuses before anything is buffered: what Kinesis would refuse, and what it would silently change.
import {
  KinesisError,
  parseExplicitHashKey,
  RECORD_LIMITS,
  type RefusedDetails,
  type UserRecord,
  writeHashKeyWords,
} from "@shardline/core";
import { type HashedKey, hashedKey } from "../record/hashed-key.ts";
import type { Entry } from "../record/entry.ts";
import type { KnownKeys } from "../record/known-keys.ts";
import type { RecordLimits } from "./record-rules.ts";
import { NO_KEY } from "../record/packing.ts";
import type { NewRecord } from "../record/new-record.ts";
import { RECORD_OVERHEAD_BYTES } from "../record/pending-record.ts";

const NO_PARTITION_KEY = "it must be a string, not undefined";
const NO_DATA = "it must be a Uint8Array or a string; use an empty one for no data";
const NO_HASH_KEY = "it must be a whole number from 0 to 2^128 - 1";

/** Stands for the key of a record that has none. */
const KEYLESS = hashedKey(NO_KEY);

/** What a caller says of a record's place. */
type Placed = Pick<NewRecord, "explicitHashKey" | "explicitWords">;

const BY_KEY: Placed = { explicitHashKey: undefined, explicitWords: undefined };

/**
 * Checks a record; the explicit hash key comes back in canonical form, and a partition key that is left out, where it may
 * be, as an empty one. What is found out is written into `found`, and nothing is if the record is refused.
 * @throws KinesisError INVALID_RECORD, RECORD_TOO_LARGE
 */
export function checkRecord(
  record: UserRecord,
  stream: string,
  limits: RecordLimits,
  keys: KnownKeys,
  found: Entry["record"],
): void {
  // Callers without types may hand in nothing at all.
  const { data, explicitHashKey, partitionKey } = (record ?? {}) as UserRecord;
  const isKeyless = partitionKey === undefined && limits.isKeyOptional;
  const key = isKeyless ? KEYLESS : (keys.find(partitionKey) ?? newKey(partitionKey, keys));
  if (typeof key === "string") throw invalid({ stream, record }, "partitionKey", key);
  const dataBytes = bytesOf(data);
  if (dataBytes === undefined) throw invalid({ stream, record }, "data", NO_DATA);
  const recordBytes = dataBytes + key.bytes;
  const { maxRecordBytes } = limits;
  if (recordBytes > maxRecordBytes) throw tooLarge({ stream, record }, recordBytes, maxRecordBytes);
  const bytes = recordBytes + RECORD_OVERHEAD_BYTES;
  const placed = explicitHashKey === undefined ? BY_KEY : readHashKey(explicitHashKey);
  if (placed === undefined) throw invalid({ stream, record }, "explicitHashKey", NO_HASH_KEY);
  found.key = key;
  found.explicitHashKey = placed.explicitHashKey;
  found.explicitWords = placed.explicitWords;
  found.data = data;
  found.dataBytes = dataBytes;
  found.bytes = bytes;
}

/** Whether the stream takes a record that was checked by wider limits than these. */
export function isFine(
  record: NewRecord,
  { isKeyOptional, maxRecordBytes }: RecordLimits,
): boolean {
  const hasKey = isKeyOptional || record.key.text !== NO_KEY;
  return hasKey && record.bytes - RECORD_OVERHEAD_BYTES <= maxRecordBytes;
}

/** Why it does not. */
export function problemOf(
  record: NewRecord,
  limits: RecordLimits,
  about: RefusedDetails,
): KinesisError {
  const { maxRecordBytes } = limits;
  const recordBytes = record.bytes - RECORD_OVERHEAD_BYTES;
  return recordBytes > maxRecordBytes
    ? tooLarge(about, recordBytes, maxRecordBytes)
    : invalid(about, "partitionKey", NO_PARTITION_KEY);
}

/** A partition key that is not known, or what is wrong with it. */
function newKey(partitionKey: unknown, keys: KnownKeys): HashedKey | string {
  const { maxPartitionKeyLength: max } = RECORD_LIMITS;
  if (partitionKey === undefined) return NO_PARTITION_KEY;
  if (typeof partitionKey !== "string") return `it must be a string, not ${typeof partitionKey}`;
  if (partitionKey.length === 0) return "it is empty; 1 is the least";
  if (partitionKey.length > max) {
    return `it has ${partitionKey.length} UTF-16 code units; ${max} is the most`;
  }
  const key = hashedKey(partitionKey);
  // One byte a unit is ASCII. A lone surrogate would be sent as U+FFFD, which has another hash.
  const isWellFormed = key.bytes === partitionKey.length || partitionKey.isWellFormed();
  if (!isWellFormed) return "it holds a lone surrogate, which UTF-8 cannot carry";
  keys.keep(key);
  return key;
}

function bytesOf(data: unknown): number | undefined {
  if (typeof data === "string") return Buffer.byteLength(data);
  return data instanceof Uint8Array ? data.length : undefined;
}

function readHashKey(input: unknown): Placed | undefined {
  const isReadable = typeof input === "string" || typeof input === "bigint";
  const value = isReadable ? parseExplicitHashKey(input) : undefined;
  if (value === undefined) return undefined;
  const explicitWords = new Uint32Array(4);
  writeHashKeyWords(value, explicitWords, 0);
  return { explicitHashKey: value.toString(), explicitWords };
}

function invalid(
  about: RefusedDetails,
  field: keyof UserRecord,
  problem: string,
): KinesisError<"INVALID_RECORD"> {
  return new KinesisError("INVALID_RECORD", {
    message: `put rejected: ${field} cannot be sent: ${problem} (stream ${about.stream})`,
    isRetryable: false,
    details: { field, ...about },
  });
}

function tooLarge(
  about: RefusedDetails,
  bytes: number,
  maxBytes: number,
): KinesisError<"RECORD_TOO_LARGE"> {
  return new KinesisError("RECORD_TOO_LARGE", {
    message:
      `put rejected: data and partition key are ${bytes} bytes, the limit is ${maxBytes} (stream ${about.stream}); ` +
      "split the record, or raise the stream's limit and maxRecordBytes",
    isRetryable: false,
    details: { bytes, maxBytes, ...about },
  });
}
