// The tokens of a CBOR body, as the library's decoder asks for them. Read here is what the library refuses or
// does not do as it must be: strings in pieces, which writers of streams make; text that is no UTF-8; tags, which
// say nothing that the service's model does not; and bytes, which stay views of the body.
import { isUtf8 } from "node:buffer";
import { Token, Tokenizer, Type } from "cborg";

const MAJOR_BYTES = 2;
const MAJOR_TEXT = 3;
const MAJOR_TAG = 6;
/** Where a length would be: any number of pieces follows, then a break. */
const IN_PIECES = 31;
const BREAK = 0xff;
/** The largest call that the service takes has some 5,000. Without a bound, 20 MiB are 20 million objects. */
const MAX_TOKENS = 65_536;

const BREAK_TOKEN: Token = new Token(Type.break, undefined, 1);

/** The tokens of one body; throws where it is malformed. */
export class CborTokens extends Tokenizer {
  readonly #body: Buffer;
  #count = 0;

  constructor(body: Buffer) {
    super(body, { allowBigInt: true, allowNaN: false, allowInfinity: false });
    this.#body = body;
  }

  override next(): Token {
    this.#countItem();
    if (this.#body[this._pos] !== BREAK) return this.#nextItem();
    this._pos += 1;
    return BREAK_TOKEN;
  }

  /** Pieces of strings count, too: an empty one is a byte of the body and an object of ours. */
  #countItem(): void {
    this.#count += 1;
    if (this.#count > MAX_TOKENS) throw malformed(`more than ${MAX_TOKENS} items`);
  }

  #nextItem(): Token {
    const first = this.#body[this._pos] ?? BREAK;
    const minor = first & 31;
    switch (first >>> 5) {
      case MAJOR_BYTES:
        return new Token(Type.bytes, this.#bytes(minor, MAJOR_BYTES));
      case MAJOR_TEXT:
        return new Token(Type.string, this.#text(minor));
      case MAJOR_TAG:
        this.#readHead(minor);
        return this.#nextItem();
      default:
        if (first === BREAK) throw malformed("an item is missing");
        return this.#numberOrOther();
    }
  }

  /** Like in JSON, a number of more bits than a double has loses the last of them. */
  #numberOrOther(): Token {
    const token = super.next();
    if (typeof token.value === "bigint") token.value = Number(token.value);
    return token;
  }

  #text(minor: number): string {
    if (minor === IN_PIECES) return checkedText(this.#pieces(MAJOR_TEXT));
    const start = this.#skipString(minor);
    const text = this.#body.toString("utf8", start, this._pos);
    const isAscii = text.length === this._pos - start && !text.includes("\ufffd");
    return isAscii ? text : checkedText(this.#body.subarray(start, this._pos));
  }

  #bytes(minor: number, major: number): Buffer {
    return minor === IN_PIECES
      ? this.#pieces(major)
      : this.#body.subarray(this.#skipString(minor), this._pos);
  }

  #pieces(major: number): Buffer {
    const pieces: Buffer[] = [];
    this._pos += 1;
    for (;;) {
      this.#countItem();
      const first = this.#body[this._pos] ?? 0;
      if (first === BREAK) break;
      const minor = first & 31;
      if (first >>> 5 !== major || minor === IN_PIECES) throw malformed("a piece is no string");
      pieces.push(this.#bytes(minor, major));
    }
    this._pos += 1;
    return Buffer.concat(pieces);
  }

  /** Goes behind a string of stated length; answers where it starts. */
  #skipString(minor: number): number {
    const length = this.#readHead(minor);
    const start = this._pos;
    this._pos += length;
    if (this._pos > this.#body.length) throw malformed("a string is cut off");
    return start;
  }

  /** The number in an item's head: a length, or which tag it is. */
  #readHead(minor: number): number {
    const at = this._pos + 1;
    const bytes = minor < 24 ? 0 : 2 ** (minor - 24);
    if (bytes > 8) throw malformed("an item has no length");
    this._pos = at + bytes;
    if (bytes === 0) return minor;
    if (bytes === 8) return Number(this.#body.readBigUInt64BE(at));
    return this.#body.readUIntBE(at, bytes);
  }
}

function checkedText(bytes: Buffer): string {
  if (!isUtf8(bytes)) throw malformed("a text is not UTF-8");
  return bytes.toString();
}

function malformed(what: string): Error {
  return new Error(`malformed CBOR: ${what}`);
}
