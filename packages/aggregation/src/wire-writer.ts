// Protobuf fields written one after the other into memory that grows. The hottest lines of the encoder: one
// record is one `reserve` and a few writes, with no bounds to check in between.

const FIRST_CAPACITY = 256;
/** Up to here memory grows by four, because each step costs more than its bytes; beyond by two. */
const SMALL_CAPACITY = 16_384;
const NONE = Buffer.alloc(0);
/** Up to here a loop beats a call into Buffer (`npm run bench -- codec`, "encode, 100 B, unique keys"). */
const SHORT_TEXT_BYTES = 24;

/** Fields in the order of their writing. Cleared, it keeps its memory for the next aggregate. */
export class WireWriter {
  #memory: Buffer = NONE;
  #length = 0;

  /** How many bytes were written. */
  get length(): number {
    return this.#length;
  }

  /** A view of what was written between two offsets; good until the next `reserve`. */
  view(start: number, end: number): Uint8Array {
    return this.#memory.subarray(start, end);
  }

  /** Makes room for so many bytes; every write must have been reserved. */
  reserve(bytes: number): void {
    const needed = this.#length + bytes;
    if (needed <= this.#memory.length) return;
    const { length: capacity } = this.#memory;
    const next = (capacity <= SMALL_CAPACITY ? 4 : 2) * capacity;
    const roomier = Buffer.allocUnsafeSlow(Math.max(needed, next, FIRST_CAPACITY));
    roomier.set(this.#memory.subarray(0, this.#length));
    this.#memory = roomier;
  }

  /** A tag and a varint, which is an index or the length of what follows. */
  writeVarint(tag: number, value: number): void {
    const memory = this.#memory;
    let at = this.#length;
    memory[at++] = tag;
    let rest = value;
    for (; rest >= 0x80; rest >>>= 7) memory[at++] = (rest & 0x7f) | 0x80;
    memory[at++] = rest;
    this.#length = at;
  }

  /** A tag, a length and that many bytes. */
  writeBytes(tag: number, bytes: Uint8Array): void {
    this.writeVarint(tag, bytes.length);
    this.#memory.set(bytes, this.#length);
    this.#length += bytes.length;
  }

  /** A tag, a length and a text whose length in UTF-8 is known. */
  writeText(tag: number, text: string, utf8Bytes: number): void {
    this.writeVarint(tag, utf8Bytes);
    const isAscii = utf8Bytes === text.length;
    if (isAscii && utf8Bytes <= SHORT_TEXT_BYTES) this.#writeAscii(text);
    else this.#memory.write(text, this.#length, utf8Bytes, "utf8");
    this.#length += utf8Bytes;
  }

  clear(): void {
    this.#length = 0;
  }

  #writeAscii(text: string): void {
    const memory = this.#memory;
    const at = this.#length;
    for (let i = 0; i < text.length; i += 1) memory[at + i] = text.charCodeAt(i);
  }
}
