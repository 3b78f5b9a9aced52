// Goes through CBOR (RFC 8949) from front to back without making anything of it. What is behind the end, too deep, or of a
// kind that answers do not have, ends it with an AnswerMismatch: so every step is forward, and the whole takes as long as
// its bytes.
import { expectAnswer } from "../answer-mismatch.ts";

/** The kinds of items, as an item's head tells them. */
export const CBOR_KINDS = {
  whole: 0,
  bytes: 2,
  text: 3,
  list: 4,
  map: 5,
  tag: 6,
  simple: 7,
} as const;

const BREAK = 0xff;
/** The length is not told: items follow until a break. */
const INDEFINITE = 31;
/** A list of shards has four. */
const MAX_DEPTH = 32;
const MAX_LONG_BYTES = 8;

/** A place in CBOR; items begin where it stands. */
export class CborCursor {
  readonly bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.bytes = bytes;
  }

  get at(): number {
    return this.#at;
  }

  expectEnd(): void {
    expectAnswer(this.#at === this.bytes.length, "CBOR with something behind it");
  }

  /** The head of the item here, which stays the next one. */
  peekHead(): number {
    expectAnswer(this.#at < this.bytes.length, "CBOR that is cut short");
    return this.bytes[this.#at] as number;
  }

  /** Passes the head of an item. */
  passHead(): number {
    const head = this.peekHead();
    this.#at += 1;
    return head;
  }

  /** Passes an item with all that is in it. */
  passItem(depth = 0): void {
    expectAnswer(depth < MAX_DEPTH, "CBOR that is too deep");
    const head = this.passHead();
    const kind = head >> 5;
    expectAnswer(kind !== CBOR_KINDS.tag, "CBOR with a tag");
    if (kind === CBOR_KINDS.bytes || kind === CBOR_KINDS.text) this.#passContent(kind, head);
    else if (kind === CBOR_KINDS.list || kind === CBOR_KINDS.map) {
      this.#passMembers(kind, head, depth);
    } else this.#count(head);
  }

  /**
   * Calls `onMember` at each member of the list or map here; it has to pass one item, or the value behind a name that it
   * passed itself.
   */
  passEach(kind: typeof CBOR_KINDS.list | typeof CBOR_KINDS.map, onMember: () => void): void {
    const head = this.passHead();
    expectAnswer(head >> 5 === kind, "CBOR of another kind than is due");
    this.#repeat(head, onMember);
  }

  /** Passes the rest of a text or of bytes in one piece, whose head was passed, and answers its length. */
  passPiece(head: number): number {
    const length = this.#count(head);
    this.skip(length);
    return length;
  }

  /** Passes what follows a head: a number, or a length. */
  passNumber(head: number): number {
    return this.#count(head);
  }

  skip(length: number): void {
    expectAnswer(length <= this.bytes.length - this.#at, "CBOR that is cut short");
    this.#at += length;
  }

  #passMembers(kind: number, head: number, depth: number): void {
    this.#repeat(head, () => {
      if (kind === CBOR_KINDS.map) this.#passName();
      this.passItem(depth + 1);
    });
  }

  #repeat(head: number, step: () => void): void {
    const isIndefinite = (head & 0x1f) === INDEFINITE;
    let left = isIndefinite ? Number.POSITIVE_INFINITY : this.#count(head);
    while (left > 0 && !(isIndefinite && this.#isBreak())) {
      step();
      left -= 1;
    }
  }

  #passName(): void {
    const head = this.passHead();
    expectAnswer(
      head >> 5 === CBOR_KINDS.text && head !== 0x7f,
      "CBOR with a field whose name is no text",
    );
    this.passPiece(head);
  }

  /** Of a length, or in pieces of the same kind that each have one. */
  #passContent(kind: number, head: number): void {
    if ((head & 0x1f) !== INDEFINITE) {
      this.passPiece(head);
      return;
    }
    while (!this.#isBreak()) {
      const pieceHead = this.passHead();
      expectAnswer(pieceHead >> 5 === kind, "CBOR with a piece of another type");
      this.passPiece(pieceHead);
    }
  }

  /** What a head tells besides its kind, in itself or in the 1, 2, 4 or 8 bytes that follow. */
  #count(head: number): number {
    const short = head & 0x1f;
    if (short < 24) return short;
    const longBytes = 2 ** (short - 24);
    expectAnswer(longBytes <= MAX_LONG_BYTES, "CBOR with a head of no known kind");
    const begin = this.#at;
    this.skip(longBytes);
    if (longBytes < MAX_LONG_BYTES) return this.bytes.readUIntBE(begin, longBytes);
    return this.bytes.readUInt32BE(begin) * 2 ** 32 + this.bytes.readUInt32BE(begin + 4);
  }

  #isBreak(): boolean {
    const isBreak = this.bytes[this.#at] === BREAK;
    if (isBreak) this.#at += 1;
    return isBreak;
  }
}
