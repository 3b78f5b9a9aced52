// What `put` refuses before anything is buffered: what Kinesis would refuse, and what it would silently change.
import {
  KinesisError,
  parseExplicitHashKey,
  RECORD_LIMITS,
  type RefusedDetails,
  type UserRecord,
} from "@shardline/core";
import type { RecordLimits } from "./record-rules.ts";
import { NO_KEY } from "../record/packing.ts";
import { type NewRecord, RECORD_OVERHEAD_BYTES } from "../record/pending-record.ts";

const NO_PARTITION_KEY = "it must be a string, not undefined";
const NO_DATA = "it must be a Uint8Array or a string; use an empty one for no data";
const NO_HASH_KEY = "it must be a whole number from 0 to 2^128 - 1";

/**
 * Checks a record; the explicit hash key comes back in canonical form, and a partition key that is left out, where it may
 * be, as an empty one.
 * @throws KinesisError INVALID_RECORD, RECORD_TOO_LARGE
 */
export function checkRecord(
  record: UserRecord,
  stream: string,
  { isKeyOptional, maxRecordBytes }: RecordLimits,
): NewRecord {
  // Callers without types may hand in nothing at all.
  const { data, explicitHashKey, partitionKey = NO_KEY } = (record ?? {}) as UserRecord;
  const isKeyLeftOut = record?.partitionKey === undefined && isKeyOptional;
  const keyProblem = isKeyLeftOut ? undefined : problemOfKey(record?.partitionKey);
  if (keyProblem !== undefined) throw invalid({ stream, record }, "partitionKey", keyProblem);
  const dataBytes = bytesOf(data);
  if (dataBytes === undefined) throw invalid({ stream, record }, "data", NO_DATA);
  const recordBytes = dataBytes + Buffer.byteLength(partitionKey);
  if (recordBytes > maxRecordBytes) throw tooLarge({ stream, record }, recordBytes, maxRecordBytes);
  const bytes = recordBytes + RECORD_OVERHEAD_BYTES;
  if (explicitHashKey === undefined) return { partitionKey, data, dataBytes, bytes };
  const hashKey = canonicalHashKey(explicitHashKey);
  if (hashKey === undefined) throw invalid({ stream, record }, "explicitHashKey", NO_HASH_KEY);
  return { partitionKey, explicitHashKey: hashKey, data, dataBytes, bytes };
}

/** Whether the stream takes a record that was checked by wider limits than these. */
export function isFine(
  record: NewRecord,
  { isKeyOptional, maxRecordBytes }: RecordLimits,
): boolean {
  const hasKey = isKeyOptional || record.partitionKey !== NO_KEY;
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

/** A lone surrogate would be sent as U+FFFD, which has another hash. */
function problemOfKey(partitionKey: unknown): string | undefined {
  const { maxPartitionKeyLength: max } = RECORD_LIMITS;
  if (partitionKey === undefined) return NO_PARTITION_KEY;
  if (typeof partitionKey !== "string") return `it must be a string, not ${typeof partitionKey}`;
  if (partitionKey.length === 0) return "it is empty; 1 is the least";
  if (partitionKey.length > max) {
    return `it has ${partitionKey.length} UTF-16 code units; ${max} is the most`;
  }
  return partitionKey.isWellFormed()
    ? undefined
    : "it holds a lone surrogate, which UTF-8 cannot carry";
}

function bytesOf(data: unknown): number | undefined {
  if (typeof data === "string") return Buffer.byteLength(data);
  return data instanceof Uint8Array ? data.length : undefined;
}

function canonicalHashKey(explicitHashKey: unknown): string | undefined {
  const isReadable = typeof explicitHashKey === "string" || typeof explicitHashKey === "bigint";
  return isReadable ? parseExplicitHashKey(explicitHashKey)?.toString() : undefined;
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
