// Everything that there is at one moment, as entries: first what is small, at once; then the records, whenever somebody
// has room for them. What is stored after the moment is not among them, and what was forgotten since is left out.
import type { LeaseRow, OwnedRows } from "../lease-table/lease-rows.ts";
import type { Shard } from "../stream/shard.ts";
import { changesEntry } from "./change.ts";
import { ChangeDiff, type Kept } from "./change-diff.ts";
import { encodeHead, type Entry } from "./entry.ts";
import { encodeHeader, type FileHeader } from "./file-header.ts";
import { RecordBatch } from "./record-batch.ts";

const CHUNK_BYTES = 1024 * 1024;
const END: Entry = { kind: "end", payload: Buffer.alloc(0) };

/** The entries of a snapshot of this moment. */
export function snapshotEntries(kept: Kept, leaseRows: Iterable<OwnedRows>): Iterable<Entry> {
  const changes = new ChangeDiff().changes(kept).map((change) => changesEntry([change]));
  const rows = [...leaseRows].flatMap((owned) => [...rowEntries(owned)]);
  const tips = [...kept.namespaces()].flatMap((namespace) =>
    namespace
      .all()
      .flatMap(({ shards }) =>
        Array.from(shards.all(), (shard) => ({ shard, belowIndex: shard.nextIndex })),
      ),
  );
  return (function* (): Generator<Entry> {
    yield* [...changes, ...rows];
    const batch = new RecordBatch();
    for (const { shard, belowIndex } of tips) yield* recordEntries(shard, belowIndex, batch);
    if (batch.length > 0) yield { kind: "records", payload: batch.take() };
    yield END;
  })();
}

/** The bytes of a file, piece by piece; a piece is good until the next one is asked for. */
export function* fileOf(header: FileHeader, entries: Iterable<Entry>): Generator<Buffer> {
  yield encodeHeader(header);
  let number = 0;
  for (const entry of entries) {
    yield encodeHead(number, entry);
    yield entry.payload;
    number += 1;
  }
}

/** Rows of an owner, in entries that are full. */
function* rowEntries({ owner, rows }: OwnedRows): Generator<Entry> {
  let chunk: LeaseRow[] = [];
  let length = 0;
  for (const row of rows) {
    chunk.push(row);
    length += row[0].length + (row[1] ?? "").length;
    if (length < CHUNK_BYTES) continue;
    yield changesEntry([{ kind: "lease-rows", owner, rows: chunk }]);
    chunk = [];
    length = 0;
  }
  if (chunk.length > 0) yield changesEntry([{ kind: "lease-rows", owner, rows: chunk }]);
}

/** Records of a shard, in entries that are full; what is left stays in the batch. */
function* recordEntries(shard: Shard, belowIndex: number, batch: RecordBatch): Generator<Entry> {
  let from = 0;
  while (true) {
    const records = shard.packedFrom(from, belowIndex, CHUNK_BYTES);
    for (const record of records) batch.add(shard.origin, record);
    from = (records.at(-1)?.index ?? belowIndex) + 1;
    if (batch.length >= CHUNK_BYTES) yield { kind: "records", payload: batch.take() };
    if (records.length === 0) return;
  }
}
