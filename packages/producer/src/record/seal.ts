// Chunk -> carrier: plain, aggregate, or a payload that looks like an aggregate wrapped in a real one, so that
// consumers hand back exactly what was put. The rules are the KPL's (kinesis_record.cc of KPL 1.0.7).
import { isAggregate } from "@shardline/aggregation";
import type { BuilderPool } from "./builder-pool.ts";
import { NO_KEY, type Packing } from "./packing.ts";
import { AGGREGATE_PARTITION_KEY, Chunk, type ChunkLimits } from "./chunk.ts";
import {
  type Carrier,
  type CarrierContent,
  type FlushReason,
  hashKeyOfContent,
} from "./carrier.ts";
import type { LooseRecord, RecordContent } from "./pending-record.ts";

/** An empty chunk for carriers that are made so. */
export function newChunk(packing: Packing, builders?: BuilderPool): Chunk {
  return new Chunk(builders, packing.kind === "aggregate" ? packing.carrierKey : "a");
}

/** Closes a chunk. */
export function seal(chunk: Chunk, packing: Packing, closedBy: FlushReason): Carrier {
  const first = chunk.builder.firstRecord as RecordContent & { data: Uint8Array };
  const explicitHashKey = hashKeyOfContent(first).toString();
  const needsEscape = packing.kind === "aggregate" && packing.escapes && isAggregate(first.data);
  const usesFirst = packing.kind === "aggregate" && packing.carrierKey === "first";
  const isPlain = chunk.members.length === 1 && !needsEscape;
  const content: CarrierContent = isPlain
    ? { kind: "plain", record: first }
    : { kind: "aggregate" };
  const data = isPlain ? first.data : chunk.builder.encode();
  const partitionKey = isPlain || usesFirst ? first.partitionKey : AGGREGATE_PARTITION_KEY;
  const { dataBytes, members } = chunk;
  return {
    content,
    entry: partitionKey === NO_KEY ? { data } : { data, partitionKey, explicitHashKey },
    bytes: data.length + Buffer.byteLength(partitionKey),
    members,
    dataBytes,
    closedBy,
    attempts: [],
    waitingSinceMs: members.waitingSinceMs,
    trial: undefined,
  };
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
    const record = { ...content, dataBytes: content.data.length, bytes: pending.bytes };
    if (!chunk.hasRoomFor(record, limits)) {
      carriers.push(seal(chunk, packing, "retry"));
      chunk = newChunk(packing);
    }
    chunk.add(record, pending);
  }
  if (chunk.members.length > 0) carriers.push(seal(chunk, packing, "retry"));
  return carriers;
}
