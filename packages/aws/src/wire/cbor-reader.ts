// Reads answers in CBOR (RFC 8949). The SDK's decoder is quick, but takes what comes: with a tagged number of a megabyte it
// holds up the process for minutes, and it takes anything for the name of a field. So what it gets is walked through first;
// answers here have no tags, and are not deep.
import { cbor } from "@smithy/core/cbor";
import { expectAnswer } from "../answer-mismatch.ts";

const BYTES = 2;
const TEXT = 3;
const LIST = 4;
const MAP = 5;
const TAG = 6;
const BREAK = 0xff;
/** The length is not told: items follow until a break. */
const INDEFINITE = 31;
/** A list of shards has four. */
const MAX_DEPTH = 32;
const MAX_LONG_BYTES = 8;

/** Reads one item, which must be all there is. Throws an AnswerMismatch. */
export function readCbor(bytes: Buffer): unknown {
  const walk = new CborWalk(bytes);
  walk.passItem(0);
  walk.expectEnd();
  return cbor.deserialize(bytes);
}

class CborWalk {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  expectEnd(): void {
    expectAnswer(this.#at === this.#bytes.length, "CBOR with something behind it");
  }

  passItem(depth: number): void {
    expectAnswer(depth < MAX_DEPTH, "CBOR that is too deep");
    const head = this.#head();
    const type = head >> 5;
    const short = head & 0x1f;
    expectAnswer(type !== TAG, "CBOR with a tag");
    if (type === BYTES || type === TEXT) this.#passContent(type, short);
    else if (type === LIST || type === MAP) this.#passMembers(type, short, depth);
    else this.#count(short);
  }

  #passMembers(type: number, short: number, depth: number): void {
    let left = short === INDEFINITE ? Number.POSITIVE_INFINITY : this.#count(short);
    while (left > 0 && !(short === INDEFINITE && this.#isBreak())) {
      if (type === MAP) this.#passName();
      this.passItem(depth + 1);
      left -= 1;
    }
  }

  #passName(): void {
    const head = this.#head();
    expectAnswer(head >> 5 === TEXT && head !== 0x7f, "CBOR with a field whose name is no text");
    this.#skip(this.#count(head & 0x1f));
  }

  /** Of a length, or in pieces of the same type that each have one. */
  #passContent(type: number, short: number): void {
    if (short !== INDEFINITE) {
      this.#skip(this.#count(short));
      return;
    }
    while (!this.#isBreak()) {
      const head = this.#head();
      expectAnswer(head >> 5 === type, "CBOR with a piece of another type");
      this.#skip(this.#count(head & 0x1f));
    }
  }

  /** What a head tells besides its type, in itself or in the 1, 2, 4 or 8 bytes that follow. */
  #count(short: number): number {
    if (short < 24) return short;
    const longBytes = 2 ** (short - 24);
    expectAnswer(longBytes <= MAX_LONG_BYTES, "CBOR with a head of no known kind");
    const begin = this.#at;
    this.#skip(longBytes);
    if (longBytes < MAX_LONG_BYTES) return this.#bytes.readUIntBE(begin, longBytes);
    return this.#bytes.readUInt32BE(begin) * 2 ** 32 + this.#bytes.readUInt32BE(begin + 4);
  }

  #isBreak(): boolean {
    const isBreak = this.#bytes[this.#at] === BREAK;
    if (isBreak) this.#at += 1;
    return isBreak;
  }

  #head(): number {
    this.#skip(1);
    return this.#bytes[this.#at - 1] as number;
  }

  #skip(length: number): void {
    expectAnswer(length <= this.#bytes.length - this.#at, "CBOR that is cut short");
    this.#at += length;
  }
}
