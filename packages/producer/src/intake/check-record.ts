// What `put` refuses before anything is buffered: what Kinesis would refuse, and what it would silently change.
import {
  KinesisError,
  parseExplicitHashKey,
  RECORD_LIMITS,
  type UserRecord,
} from "@shardline/core";
import type { RecordLimits } from "./record-rules.ts";
import { NO_KEY } from "../record/packing.ts";
import { type NewRecord, RECORD_OVERHEAD_BYTES } from "../record/pending-record.ts";

/**
 * Checks a record; the explicit hash key comes back in canonical form, and a partition key that is left out, where it may
 * be, as an empty one.
 * @throws KinesisError INVALID_RECORD, RECORD_TOO_LARGE
 */
export function checkRecord(
  record: UserRecord,
  maxRecordBytes: number,
  isKeyOptional: boolean = false,
): NewRecord {
  // Callers without types may hand in nothing at all.
  const { data, explicitHashKey, partitionKey = NO_KEY } = (record ?? {}) as UserRecord;
  if (record?.partitionKey !== undefined || !isKeyOptional) checkPartitionKey(record?.partitionKey);
  const dataBytes = bytesOf(data);
  const recordBytes = dataBytes + Buffer.byteLength(partitionKey);
  if (recordBytes > maxRecordBytes) throw tooLarge(recordBytes, maxRecordBytes);
  const bytes = recordBytes + RECORD_OVERHEAD_BYTES;
  if (explicitHashKey === undefined) return { partitionKey, data, dataBytes, bytes };
  return {
    partitionKey,
    explicitHashKey: canonicalHashKey(explicitHashKey),
    data,
    dataBytes,
    bytes,
  };
}

/** Whether the stream takes a record that was checked by wider limits than these. */
export function isFine(
  record: NewRecord,
  { isKeyOptional, maxRecordBytes }: RecordLimits,
): boolean {
  const hasKey = isKeyOptional || record.partitionKey !== NO_KEY;
  return hasKey && record.bytes - RECORD_OVERHEAD_BYTES <= maxRecordBytes;
}

/** Why it does not, if so. */
export function problemOf(record: NewRecord, limits: RecordLimits): KinesisError | undefined {
  if (isFine(record, limits)) return undefined;
  const { maxRecordBytes } = limits;
  const recordBytes = record.bytes - RECORD_OVERHEAD_BYTES;
  return recordBytes > maxRecordBytes ? tooLarge(recordBytes, maxRecordBytes) : noKey();
}

/** A lone surrogate would be sent as U+FFFD, which has another hash. */
function checkPartitionKey(partitionKey: unknown): void {
  const { maxPartitionKeyLength: max } = RECORD_LIMITS;
  if (typeof partitionKey !== "string") {
    throw partitionKey === undefined
      ? noKey()
      : invalid("partitionKey", `it must be a string, not ${typeof partitionKey}`);
  }
  if (partitionKey.length === 0) throw invalid("partitionKey", "it is empty; 1 is the least");
  if (partitionKey.length > max) {
    throw invalid(
      "partitionKey",
      `it has ${partitionKey.length} UTF-16 code units; ${max} is the most`,
    );
  }
  if (!partitionKey.isWellFormed()) {
    throw invalid("partitionKey", "it holds a lone surrogate, which UTF-8 cannot carry");
  }
}

function bytesOf(data: unknown): number {
  if (typeof data === "string") return Buffer.byteLength(data);
  if (data instanceof Uint8Array) return data.length;
  throw invalid("data", "it must be a Uint8Array or a string; use an empty one for no data");
}

function canonicalHashKey(explicitHashKey: string | bigint): string {
  const isReadable = typeof explicitHashKey === "string" || typeof explicitHashKey === "bigint";
  const hashKey = isReadable ? parseExplicitHashKey(explicitHashKey) : undefined;
  if (hashKey !== undefined) return hashKey.toString();
  throw invalid("explicitHashKey", "it must be a whole number from 0 to 2^128 - 1");
}

function noKey(): KinesisError<"INVALID_RECORD"> {
  return invalid("partitionKey", "it must be a string, not undefined");
}

function invalid(field: keyof UserRecord, problem: string): KinesisError<"INVALID_RECORD"> {
  return new KinesisError("INVALID_RECORD", {
    message: `put rejected: ${field} cannot be sent: ${problem}`,
    isRetryable: false,
    details: { field },
  });
}

function tooLarge(bytes: number, maxBytes: number): KinesisError<"RECORD_TOO_LARGE"> {
  return new KinesisError("RECORD_TOO_LARGE", {
    message:
      `put rejected: data and partition key are ${bytes} bytes, the limit is ${maxBytes}; ` +
      "split the record, or raise the stream's limit and maxRecordBytes",
    isRetryable: false,
    details: { bytes, maxBytes },
  });
}
