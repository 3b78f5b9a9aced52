// The first bytes of each file of a folder, and of a snapshot that is handed out.
//
//   magic "shardlin" | version u16 | kind u16 | generation u32 | follows u32 | CRC-32 of all before u32
//
// All numbers are little-endian. The place of the version is the same in every version.
import { crc32 } from "node:zlib";
import { damaged, type FilePlace, persistenceFailed } from "./damage.ts";

/** What a file is. */
export interface FileHeader {
  readonly kind: "snapshot" | "log";
  /** Counts the snapshots of a folder; a log has the number of the snapshot that it goes on from. */
  readonly generation: number;
  /** How many entries the log before has, where there is one: so that its end cannot be missing unnoticed. */
  readonly follows: number;
}

export const HEADER_BYTES = 24;
/** Of the form that this emulator writes and reads. */
const FORMAT_VERSION = 1;
const MAGIC = Buffer.from("shardlin");
const KINDS = ["snapshot", "log"] as const;
const CHECKED_BYTES = HEADER_BYTES - 4;

/** Writes a header. */
export function encodeHeader({ kind, generation, follows }: FileHeader): Buffer {
  const bytes = Buffer.alloc(HEADER_BYTES);
  MAGIC.copy(bytes);
  bytes.writeUInt16LE(FORMAT_VERSION, 8);
  bytes.writeUInt16LE(KINDS.indexOf(kind), 10);
  bytes.writeUInt32LE(generation, 12);
  bytes.writeUInt32LE(follows, 16);
  bytes.writeUInt32LE(crc32(bytes.subarray(0, CHECKED_BYTES)), CHECKED_BYTES);
  return bytes;
}

/**
 * Reads a header.
 * @throws KinesisError PERSISTENCE_FAILED
 */
export function decodeHeader(bytes: Buffer, { file }: FilePlace): FileHeader {
  if (bytes.length < HEADER_BYTES || !bytes.subarray(0, MAGIC.length).equals(MAGIC)) {
    throw damaged({ file, offset: 0 }, "this is no file of the emulator");
  }
  const checksum = bytes.readUInt32LE(CHECKED_BYTES);
  if (checksum !== crc32(bytes.subarray(0, CHECKED_BYTES))) {
    throw damaged({ file, offset: 0 }, "the header does not fit its checksum");
  }
  const version = bytes.readUInt16LE(8);
  if (version !== FORMAT_VERSION) {
    const problem = `this has the format ${version}, and this version of the emulator reads ${FORMAT_VERSION} only`;
    throw persistenceFailed({ file, offset: 8 }, problem);
  }
  const kind = KINDS[bytes.readUInt16LE(10)];
  if (kind === undefined) throw damaged({ file, offset: 10 }, "this is neither snapshot nor log");
  return { kind, generation: bytes.readUInt32LE(12), follows: bytes.readUInt32LE(16) };
}
