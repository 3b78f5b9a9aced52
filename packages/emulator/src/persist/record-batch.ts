// Records in the payload of an entry, one behind the other:
//
//   stream id u32 | shard index u32 | index f64 | arrived at, epoch ms f64 | length u32 | record as a page packs it
import type { PackedRecord, ShardPlace } from "../stream/journal.ts";
import { RecordPage } from "../stream/record-page.ts";
import { damaged, type FilePlace } from "./damage.ts";

const HEAD_BYTES = 28;
const FIRST_BYTES = 65_536;

/** Gathers records until they are taken. */
export class RecordBatch {
  #bytes = Buffer.allocUnsafe(FIRST_BYTES);
  #end = 0;

  /** In bytes. */
  get length(): number {
    return this.#end;
  }

  add(place: ShardPlace, { index, arrivedAtMs, packed }: PackedRecord): void {
    const at = this.#end;
    this.#end = at + HEAD_BYTES + packed.length;
    if (this.#end > this.#bytes.length) this.#grow(at);
    const bytes = this.#bytes;
    bytes.writeUInt32LE(place.streamId, at);
    bytes.writeUInt32LE(place.index, at + 4);
    bytes.writeDoubleLE(index, at + 8);
    bytes.writeDoubleLE(arrivedAtMs, at + 16);
    bytes.writeUInt32LE(packed.length, at + 24);
    bytes.set(packed, at + HEAD_BYTES);
  }

  /** What was gathered, in bytes that are written over by the next record; none are left. */
  take(): Buffer {
    const taken = this.#bytes.subarray(0, this.#end);
    this.#end = 0;
    return taken;
  }

  #grow(used: number): void {
    const larger = Buffer.allocUnsafe(Math.max(2 * this.#bytes.length, this.#end));
    this.#bytes.copy(larger, 0, 0, used);
    this.#bytes = larger;
  }
}

/** Takes a record that was read. */
export type OnRecord = (place: ShardPlace, record: PackedRecord, at: FilePlace) => void;

/**
 * Reads records.
 * @throws KinesisError PERSISTENCE_FAILED
 */
export function readRecords(payload: Buffer, { file, offset = 0 }: FilePlace, on: OnRecord): void {
  for (let at = 0; at < payload.length; ) {
    const place = { file, offset: offset + at };
    if (at + HEAD_BYTES > payload.length) throw damaged(place, "a record is cut");
    const end = at + HEAD_BYTES + payload.readUInt32LE(at + 24);
    const packed = payload.subarray(at + HEAD_BYTES, end);
    if (end > payload.length || !RecordPage.isPacked(packed))
      throw damaged(place, "a record is cut");
    const index = payload.readDoubleLE(at + 8);
    const arrivedAtMs = payload.readDoubleLE(at + 16);
    if (!Number.isSafeInteger(index) || !Number.isFinite(arrivedAtMs)) {
      throw damaged(place, "a record has no index or no time");
    }
    const shard = { streamId: payload.readUInt32LE(at), index: payload.readUInt32LE(at + 4) };
    on(shard, { index, arrivedAtMs, packed }, place);
    at = end;
  }
}
