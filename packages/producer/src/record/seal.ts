// Chunk -> carrier: plain, aggregate, or a payload that looks like an aggregate wrapped in a real one, so that
// consumers hand back exactly what was put. The rules are the KPL's (kinesis_record.cc of KPL 1.0.7).
import { isAggregate } from "@shardline/aggregation";
import { NO_ATTEMPTS } from "./attempt-log.ts";
import type { BuilderPool } from "./builder-pool.ts";
import { NO_KEY, type Packing } from "./packing.ts";
import { AGGREGATE_PARTITION_KEY, Chunk, type ChunkLimits } from "./chunk.ts";
import {
  type Carrier,
  type CarrierContent,
  type FlushReason,
  writeMissingDigests,
} from "./carrier.ts";
import { hashedKey } from "./hashed-key.ts";
import { Members } from "./members.ts";
import { unpack } from "./unpack.ts";
import { hashKeyOfContent } from "./hash-key-of-content.ts";
import type { UnencodedRecord } from "./new-record.ts";
import type { LooseRecord, PendingRecord, RecordContent } from "./pending-record.ts";

const encoder = new TextEncoder();

/** An empty chunk for carriers that are made so. */
export function newChunk(packing: Packing, builders?: BuilderPool): Chunk {
  return new Chunk(builders, packing.kind === "aggregate" ? packing.carrierKey : "a");
}

/** Closes a chunk; if that makes an aggregate, its digest is still missing. */
export function seal(chunk: Chunk, packing: Packing, closedBy: FlushReason): Carrier {
  const first = chunk.builder.firstRecord as RecordContent & { data: Uint8Array };
  const needsEscape = packing.kind === "aggregate" && packing.escapes && isAggregate(first.data);
  const usesFirst = packing.kind === "aggregate" && packing.carrierKey === "first";
  const isPlain = chunk.members.length === 1 && !needsEscape;
  const content: CarrierContent = isPlain
    ? { kind: "plain", record: first }
    : { kind: "aggregate", digest: "missing" };
  const data = isPlain ? first.data : chunk.encodeWithoutDigest();
  const partitionKey = isPlain || usesFirst ? first.partitionKey : AGGREGATE_PARTITION_KEY;
  const { dataBytes, members } = chunk;
  return carrierOf({
    content,
    entry: entryOf(first, partitionKey, data),
    members,
    dataBytes,
    closedBy,
  });
}

/** A carrier of one record that nothing is to join: it needs no chunk. */
export function sealAlone(record: UnencodedRecord, pending: PendingRecord): Carrier {
  const { dataBytes, explicitHashKey, key } = record;
  const partitionKey = key.text;
  // A copy, because the caller may use its buffer again.
  const data =
    typeof record.data === "string" ? encoder.encode(record.data) : new Uint8Array(record.data);
  const content = { partitionKey, data };
  const own = explicitHashKey === undefined ? content : { ...content, explicitHashKey };
  const members = new Members();
  members.add(pending);
  return carrierOf({
    content: { kind: "plain", record: own },
    entry: entryOf(own, partitionKey, data),
    members,
    dataBytes: { count: 1, sum: dataBytes, min: dataBytes, max: dataBytes },
    closedBy: "count",
  });
}

/** Packs loose records, in order, into as few carriers as the limits allow. */
export function pack(
  records: readonly LooseRecord[],
  limits: ChunkLimits,
  packing: Packing,
): Carrier[] {
  const carriers: Carrier[] = [];
  let chunk = newChunk(packing);
  for (const { content, pending } of records) {
    const record = unencoded(content);
    if (!chunk.hasRoomFor(record, limits)) {
      carriers.push(seal(chunk, packing, "retry"));
      chunk = newChunk(packing);
    }
    chunk.add(record, pending);
  }
  if (chunk.members.length > 0) carriers.push(seal(chunk, packing, "retry"));
  writeMissingDigests(carriers);
  return carriers;
}

/** Some records of a chunk in a new one, open for more; what becomes of the old one, and of the others, is the caller's. */
export function packOpen(
  chunk: Chunk,
  packing: Packing,
  builders: BuilderPool,
  keep: (record: LooseRecord) => boolean,
): Chunk {
  const left = newChunk(packing, builders);
  const records = unpack(seal(chunk, packing, "retry"));
  for (const { content, pending } of records.filter(keep)) {
    // Hashed like those of records that are put: whoever joins them must find its key.
    left.add({ ...unencoded(content), key: hashedKey(content.partitionKey) }, pending);
  }
  return left;
}

type SealedParts = Pick<Carrier, "content" | "entry" | "members" | "dataBytes" | "closedBy">;

function carrierOf({ closedBy, content, dataBytes, entry, members }: SealedParts): Carrier {
  const { data, partitionKey = NO_KEY } = entry;
  return {
    content,
    entry,
    bytes: data.length + Buffer.byteLength(partitionKey),
    members,
    dataBytes,
    closedBy,
    attempts: NO_ATTEMPTS,
    waitingSinceMs: members.waitingSinceMs,
    trial: undefined,
  };
}

/** What is sent, placed by the hash key of the first record. */
function entryOf(first: RecordContent, partitionKey: string, data: Uint8Array): Carrier["entry"] {
  if (partitionKey === NO_KEY) return { data };
  return { data, partitionKey, explicitHashKey: hashKeyOfContent(first).toString() };
}

/** To be encoded again. */
function unencoded({ data, explicitHashKey, partitionKey: text }: RecordContent): UnencodedRecord {
  const key = { text, bytes: Buffer.byteLength(text), hash: undefined };
  return { key, explicitHashKey, data, dataBytes: data.length };
}
