// What follows the header of a file: entries, each with checksums of its own. The head has one for itself, so that a
// length that was altered is told from an entry whose end was never written.
//
//   CRC-32 of the rest of the head u32 | number u32 | kind u32 | length u32 | CRC-32 of the payload u32 | payload
import { crc32 } from "node:zlib";

/** One entry: some changes as JSON, some records, or the mark that a snapshot is whole. */
export interface Entry {
  readonly kind: EntryKind;
  readonly payload: Buffer;
}

const KINDS = ["changes", "records", "end"] as const;

export type EntryKind = (typeof KINDS)[number];

/** What the head of an entry says. */
export interface EntryHead {
  readonly number: number;
  readonly kind: EntryKind;
  readonly length: number;
  readonly checksum: number;
}

export const HEAD_BYTES = 20;
/** No payload is longer: a length that says more was altered. */
const MAX_PAYLOAD_BYTES = 256 * 1024 * 1024;

/**
 * Writes the head of the nth entry of a file, counted from 0.
 * @throws RangeError where nobody could read the entry
 */
export function encodeHead(number: number, { kind, payload }: Entry): Buffer {
  if (payload.length > MAX_PAYLOAD_BYTES) {
    throw new RangeError(
      `an entry has ${MAX_PAYLOAD_BYTES} bytes at most, not ${payload.length} bytes`,
    );
  }
  const bytes = Buffer.allocUnsafe(HEAD_BYTES);
  bytes.writeUInt32LE(number, 4);
  bytes.writeUInt32LE(KINDS.indexOf(kind), 8);
  bytes.writeUInt32LE(payload.length, 12);
  bytes.writeUInt32LE(crc32(payload), 16);
  bytes.writeUInt32LE(crc32(bytes.subarray(4)), 0);
  return bytes;
}

/** Reads a head; `undefined` if it is none. */
export function decodeHead(bytes: Buffer): EntryHead | undefined {
  if (bytes.readUInt32LE(0) !== crc32(bytes.subarray(4, HEAD_BYTES))) return undefined;
  const kind = KINDS[bytes.readUInt32LE(8)];
  const length = bytes.readUInt32LE(12);
  if (kind === undefined || length > MAX_PAYLOAD_BYTES) return undefined;
  return { number: bytes.readUInt32LE(4), kind, length, checksum: bytes.readUInt32LE(16) };
}
