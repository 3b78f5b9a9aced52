// Some records of a log, packed into bytes. Kept as objects, millions of them would be walked by every garbage
// collection, after the newest were copied twice (`npm run bench -- emulator`, E1 and E7).
//
//   one record:  head u16 | partition key | data
//   head:        length of the key in UTF-16 code units, and two flags above it
import { type Blob, blobLength } from "./blob.ts";

const HEAD_BYTES = 2;
/** Set where data came as base64 text, which is how it is handed out again. */
const DATA_IS_TEXT = 0x8000;
/** Set where the key is not ASCII: it is kept as UTF-16, which holds whatever a string does. */
const KEY_IS_WIDE = 0x4000;
const KEY_LENGTH = 0x3fff;

/** As many records as there is room for. */
export class RecordPage {
  readonly #bytes: Buffer;
  /** Where each record ends. */
  readonly #ends: number[] = [];
  #end = 0;

  constructor(capacity: number) {
    this.#bytes = Buffer.allocUnsafeSlow(capacity);
  }

  /** In bytes. */
  get capacity(): number {
    return this.#bytes.length;
  }

  /** How many records it holds. */
  get count(): number {
    return this.#ends.length;
  }

  /** As much room as a record of so many bytes, UTF-8 partition key included, can need. */
  static roomFor(partitionKey: string, bytes: number): number {
    return HEAD_BYTES + partitionKey.length + bytes;
  }

  /** Adds a record of so many bytes, if there is room for it; answers whether there is. */
  push(partitionKey: string, data: Blob, bytes: number): boolean {
    const dataBytes = blobLength(data);
    const isWide = bytes - dataBytes !== partitionKey.length;
    const keyAt = this.#end + HEAD_BYTES;
    const dataAt = keyAt + (isWide ? 2 : 1) * partitionKey.length;
    const end = dataAt + dataBytes;
    if (end > this.#bytes.length) return false;
    const isText = typeof data === "string";
    this.#writeHead(partitionKey.length | (isText ? DATA_IS_TEXT : 0) | (isWide ? KEY_IS_WIDE : 0));
    if (isWide) this.#bytes.write(partitionKey, keyAt, "utf16le");
    else this.#writeAscii(partitionKey, keyAt);
    if (isText) this.#bytes.write(data, dataAt, dataBytes, "base64");
    else this.#bytes.set(data, dataAt);
    this.#end = end;
    this.#ends.push(end);
    return true;
  }

  /** Adds a record as a page packs it, if there is room for it; answers whether there is. */
  pushPacked(packed: Uint8Array): boolean {
    const end = this.#end + packed.length;
    if (end > this.#bytes.length) return false;
    this.#bytes.set(packed, this.#end);
    this.#end = end;
    this.#ends.push(end);
    return true;
  }

  /** Whether bytes are a record as a page packs it. */
  static isPacked(bytes: Uint8Array): boolean {
    const [low = 0, high = 0] = bytes;
    return bytes.length >= HEAD_BYTES && HEAD_BYTES + keyBytesOf(low | (high << 8)) <= bytes.length;
  }

  /** The nth record as it is packed; a view of the page. */
  packedAt(slot: number): Uint8Array {
    return this.#bytes.subarray(this.#startOf(slot), this.#ends[slot]);
  }

  /** The partition key of the nth record. */
  keyAt(slot: number): string {
    const head = this.#headAt(slot);
    const encoding = (head & KEY_IS_WIDE) === 0 ? "latin1" : "utf16le";
    const from = this.#startOf(slot) + HEAD_BYTES;
    return this.#bytes.toString(encoding, from, from + keyBytesOf(head));
  }

  /** The data of the nth record, in the form in which it came; bytes are the stored ones. */
  dataAt(slot: number): Blob {
    const head = this.#headAt(slot);
    const from = this.#startOf(slot) + HEAD_BYTES + keyBytesOf(head);
    const end = this.#ends[slot] as number;
    if ((head & DATA_IS_TEXT) !== 0) return this.#bytes.toString("base64", from, end);
    return new Uint8Array(this.#bytes.buffer, this.#bytes.byteOffset + from, end - from);
  }

  /** Data and UTF-8 partition key of the nth record. */
  bytesAt(slot: number): number {
    const head = this.#headAt(slot);
    const room = (this.#ends[slot] as number) - this.#startOf(slot) - HEAD_BYTES;
    if ((head & KEY_IS_WIDE) === 0) return room;
    return room - keyBytesOf(head) + Buffer.byteLength(this.keyAt(slot));
  }

  #startOf(slot: number): number {
    return slot === 0 ? 0 : (this.#ends[slot - 1] as number);
  }

  #headAt(slot: number): number {
    const at = this.#startOf(slot);
    return (this.#bytes[at] as number) | ((this.#bytes[at + 1] as number) << 8);
  }

  #writeHead(head: number): void {
    this.#bytes[this.#end] = head;
    this.#bytes[this.#end + 1] = head >> 8;
  }

  /** Keys are short, and for those a loop beats a call into the encoder. */
  #writeAscii(text: string, at: number): void {
    for (let i = 0; i < text.length; i += 1) this.#bytes[at + i] = text.charCodeAt(i);
  }
}

function keyBytesOf(head: number): number {
  return (head & KEY_LENGTH) * ((head & KEY_IS_WIDE) === 0 ? 1 : 2);
}
