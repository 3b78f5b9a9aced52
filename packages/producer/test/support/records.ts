// Records, chunks and carriers for tests of the parts, with what a test does not care for filled in.
import { type Attempt, type KinesisError, writeHashKeyWords } from "@shardline/core";
import { type AttemptLog, logOf, NO_ATTEMPTS } from "../../src/record/attempt-log.ts";
import type { Carrier } from "../../src/record/carrier.ts";
import type { ChunkLimits } from "../../src/record/chunk.ts";
import { Delivery } from "../../src/record/delivery.ts";
import { hashedKey } from "../../src/record/hashed-key.ts";
import type { NewRecord } from "../../src/record/new-record.ts";
import type { LooseRecord, PendingRecord } from "../../src/record/pending-record.ts";
import type { Sink } from "../../src/record/sink.ts";
import type { Receipt } from "../../src/record/receipt.ts";
import type { Packing } from "../../src/record/packing.ts";
import { pack } from "../../src/record/seal.ts";

/** What was heard of a record's promise. */
export interface Heard {
  readonly receipts: Receipt[];
  readonly errors: KinesisError[];
}

export const AGGREGATED: Packing = { kind: "aggregate", carrierKey: "a", escapes: true };
export const PLAIN: Packing = { kind: "plain" };
export const WIDE: ChunkLimits = { maxRecords: Infinity, maxBytes: 51_200 };
export const SOLITARY: ChunkLimits = { maxRecords: 1, maxBytes: 51_200 };

export function pendingRecord(
  more: Partial<PendingRecord> & { heard?: Heard } = {},
): PendingRecord {
  const { heard, ...rest } = more;
  const sink: Sink = {
    wantsReceipts: true,
    stored: (delivery, from, end) => {
      for (let at = from; at < end; at += 1) heard?.receipts.push(delivery.receiptAt(at));
    },
    failed: (error) => void heard?.errors.push(error),
  };
  return {
    acceptedAtMs: 0,
    bytes: 201,
    epoch: 0,
    context: undefined,
    earlierAttempts: NO_ATTEMPTS,
    waitingSinceMs: more.acceptedAtMs ?? 0,
    sink,
    ticket: 0,
    ...rest,
  };
}

export function newRecord(
  partitionKey: string,
  data: string | Uint8Array = "",
  explicitHashKey?: string,
): NewRecord {
  const dataBytes = typeof data === "string" ? Buffer.byteLength(data) : data.length;
  const key = hashedKey(partitionKey);
  const bytes = dataBytes + key.bytes + 200;
  const explicitWords = explicitHashKey === undefined ? undefined : new Uint32Array(4);
  if (explicitWords !== undefined)
    writeHashKeyWords(BigInt(explicitHashKey ?? 0), explicitWords, 0);
  return { key, explicitHashKey, explicitWords, data, dataBytes, bytes };
}

export function looseRecord(
  partitionKey: string,
  data: string | Uint8Array = "",
  more: Parameters<typeof pendingRecord>[0] & { explicitHashKey?: string } = {},
): LooseRecord {
  const { explicitHashKey, ...pending } = more;
  const content = {
    partitionKey,
    data: typeof data === "string" ? new Uint8Array(Buffer.from(data)) : data,
    ...(explicitHashKey === undefined ? {} : { explicitHashKey }),
  };
  return { content, pending: pendingRecord(pending) };
}

/** One carrier of all the records: plain if there is one, else an aggregate. */
export function carrierOf(...records: readonly LooseRecord[]): Carrier {
  const [carrier, ...others] = pack(
    records,
    { maxRecords: Infinity, maxBytes: 10_000_000 },
    AGGREGATED,
  );
  if (carrier === undefined || others.length > 0) throw new Error("not one carrier");
  return carrier;
}

/** What a carrier of such records is delivered with; the receipts have their places. */
export function delivery(
  columns: Partial<ConstructorParameters<typeof Delivery>[1]> = {},
  sequenceNumber = "1",
): Delivery {
  const none = { tickets: undefined, contexts: undefined, histories: undefined };
  const stored = { shardId: "shardId-0", sequenceNumber, attempts: NO_ATTEMPTS };
  return new Delivery(stored, { ...none, ...columns });
}

export function attemptLog(...attempts: readonly Attempt[]): AttemptLog {
  return attempts.map(logOf).reduce((log, each) => log.followedBy(each), NO_ATTEMPTS);
}

export function attempt(more: Partial<Attempt> = {}): Attempt {
  return { delayMs: 0, durationMs: 0, ...more };
}
