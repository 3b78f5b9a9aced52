// Reads the entries of one file out of pieces of any size, and tells an end that was never written from damage.
import { crc32 } from "node:zlib";
import { damaged, type FilePlace } from "./damage.ts";
import { decodeHead, type Entry, type EntryHead, HEAD_BYTES } from "./entry.ts";
import { decodeHeader, type FileHeader, HEADER_BYTES } from "./file-header.ts";

/** Takes an entry, and where its payload stands. */
export type OnEntry = (entry: Entry, place: FilePlace) => void;

/** How a file ended. */
export interface Ending {
  /** Entries that are whole. */
  readonly entries: number;
  /** Where the last of them ends. */
  readonly end: number;
  /** What follows there, of an entry that was being written when its process or machine stopped. */
  readonly tornBytes: number;
}

/** Reads one file from its start. */
export class EntryScanner {
  readonly #file: string;
  readonly #onEntry: OnEntry;
  #header: FileHeader | undefined;
  #head: EntryHead | undefined;
  /** Pieces that wait to be enough. */
  #pieces: Buffer[] = [];
  #held = 0;
  /** Of the first byte that is held. */
  #offset = 0;
  #entries = 0;
  /** Where the entry under way begins. */
  #end = 0;

  constructor(file: string, onEntry: OnEntry) {
    this.#file = file;
    this.#onEntry = onEntry;
  }

  /** `undefined` as long as it is not whole. */
  get header(): FileHeader | undefined {
    return this.#header;
  }

  /**
   * Takes the next bytes.
   * @throws KinesisError PERSISTENCE_FAILED
   */
  push(piece: Buffer): void {
    this.#pieces.push(piece);
    this.#held += piece.length;
    while (this.#held >= this.#wanted()) {
      if (!this.#step()) return;
    }
  }

  /**
   * Says that no more bytes follow.
   * @throws KinesisError PERSISTENCE_FAILED
   */
  finish(): Ending {
    const rest = this.#take(this.#held);
    const isCut = this.#header !== undefined && (this.#head !== undefined || isUnwritten(rest));
    if (!isCut && rest.length > 0) throw this.#damaged(this.#whatIsWrong());
    const tornBytes = this.#offset - this.#end;
    return { entries: this.#entries, end: this.#end, tornBytes };
  }

  #wanted(): number {
    if (this.#header === undefined) return HEADER_BYTES;
    return this.#head === undefined ? HEAD_BYTES : this.#head.length;
  }

  /** Answers whether it got on: not over a head that is none, of which the end of the file decides what it is. */
  #step(): boolean {
    if (this.#header === undefined) {
      this.#header = decodeHeader(this.#take(HEADER_BYTES), { file: this.#file });
      this.#end = HEADER_BYTES;
      return true;
    }
    if (this.#head === undefined) return this.#readHead();
    const { kind, length, checksum } = this.#head;
    const place = { file: this.#file, offset: this.#offset };
    const payload = this.#take(length);
    if (crc32(payload) !== checksum) {
      throw damaged(place, `entry ${this.#entries} does not fit its checksum`);
    }
    this.#onEntry({ kind, payload }, place);
    this.#head = undefined;
    this.#entries += 1;
    this.#end = this.#offset;
    return true;
  }

  #readHead(): boolean {
    const bytes = this.#take(HEAD_BYTES);
    const head = decodeHead(bytes);
    if (head?.number === this.#entries) {
      this.#head = head;
      return true;
    }
    const isPossiblyUnwritten = isZero(bytes);
    this.#pieces.unshift(bytes);
    this.#held += bytes.length;
    this.#offset -= bytes.length;
    if (isPossiblyUnwritten) return false;
    throw this.#damaged(this.#whatIsWrong());
  }

  #take(bytes: number): Buffer {
    const [first] = this.#pieces;
    const all =
      this.#pieces.length === 1 && first !== undefined ? first : Buffer.concat(this.#pieces);
    this.#pieces = all.length === bytes ? [] : [all.subarray(bytes)];
    this.#held -= bytes;
    this.#offset += bytes;
    return all.subarray(0, bytes);
  }

  #whatIsWrong(): string {
    return this.#header === undefined
      ? "the header is not whole"
      : `no entry ${this.#entries} begins here`;
  }

  #damaged(what: string): Error {
    return damaged({ file: this.#file, offset: this.#end }, what);
  }
}

/** A file system that lost power can have made a file longer without having written into it. */
function isUnwritten(rest: Buffer): boolean {
  return rest.length < HEAD_BYTES || isZero(rest);
}

function isZero(bytes: Buffer): boolean {
  return bytes.every((byte) => byte === 0);
}
