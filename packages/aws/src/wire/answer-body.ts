// Reads the body of an answer to its end, and tells whether the request was by then sent to its end too.
import { IncomingMessage } from "node:http";
import type { Duplex, Readable } from "node:stream";
import { AnswerMismatch } from "../answer-mismatch.ts";

/** A body that came whole. */
export interface AnswerBody {
  readonly bytes: Buffer;
  /** Whether nothing reads the request's own body any more. Certain if so, unknown if not. */
  readonly isRequestSent: boolean;
}

/**
 * GetRecords brings 10 MiB, a third more in base64, of 10,000 records at most, each with a partition key of up to 256
 * characters that JSON writes with up to 6 bytes. Answers of the other calls are a fraction of that.
 */
const MAX_BYTES = 32 * 1024 * 1024;

/** How to read a body. */
interface ReadingOptions {
  /** The SDK's own way with what is unknown here. */
  readonly collect: (body: unknown) => Promise<Uint8Array>;
  /** Of the body, as its head tells it. */
  readonly contentLength: string | undefined;
  /** Memory for a body in pieces, of at least so many bytes. It is written until the body is there, and not after. */
  readonly takeRoom?: ((bytes: number) => Buffer) | undefined;
}

/**
 * Reads a body, whatever a request handler makes of it. Rejects if it breaks off, and with an AnswerMismatch if it is
 * beyond all bounds.
 */
export async function readAnswerBody(
  body: unknown,
  { collect, contentLength, takeRoom = newRoom }: ReadingOptions,
): Promise<AnswerBody> {
  if (isStream(body)) return readStream(body, new Pieces(Number(contentLength), takeRoom));
  const bytes = body instanceof Uint8Array ? body : await collect(body);
  expectSize(bytes.length);
  return {
    bytes: Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength),
    isRequestSent: false,
  };
}

function newRoom(bytes: number): Buffer {
  return Buffer.allocUnsafeSlow(bytes);
}

function isStream(body: unknown): body is Readable {
  return typeof body === "object" && body !== null && "on" in body && "pipe" in body;
}

function readStream(stream: Readable, pieces: Pieces): Promise<AnswerBody> {
  return new Promise((resolve, reject) => {
    const onClose = (): void => reject(brokenOff());
    stream.on("data", (piece: Buffer) => {
      if (pieces.length + piece.length > MAX_BYTES) stream.destroy(tooLarge());
      else pieces.add(piece);
    });
    stream.once("end", () => {
      stream.off("close", onClose);
      // To be asked now: from the next turn on the connection may be another request's.
      resolve({ bytes: pieces.joined(), isRequestSent: isRequestSent(stream) });
    });
    stream.once("error", reject);
    stream.once("close", onClose);
  });
}

/** What came of a body so far. Where its length is told, each piece is copied when it comes, and not all at the end. */
class Pieces {
  readonly #expectedBytes: number;
  readonly #takeRoom: (bytes: number) => Buffer;
  #pieces: Buffer[] = [];
  #room: Buffer | undefined;
  #length = 0;

  /** `expectedBytes` is not a number where it is not told. */
  constructor(expectedBytes: number, takeRoom: (bytes: number) => Buffer) {
    this.#expectedBytes = expectedBytes;
    this.#takeRoom = takeRoom;
  }

  get length(): number {
    return this.#length;
  }

  add(piece: Buffer): void {
    const begin = this.#length;
    this.#length += piece.length;
    if (begin === 0) this.#room = this.#roomFor(piece);
    if (this.#room === undefined) this.#pieces.push(piece);
    else if (this.#length <= this.#room.length) piece.copy(this.#room, begin);
    else {
      this.#pieces = [this.#room.subarray(0, begin), piece];
      this.#room = undefined;
    }
  }

  joined(): Buffer {
    if (this.#room !== undefined) return this.#room.subarray(0, this.#length);
    const [first, ...others] = this.#pieces;
    const isOne = first !== undefined && others.length === 0;
    return isOne ? first : Buffer.concat(this.#pieces, this.#length);
  }

  /** None where the first piece is all, or nothing sensible is told. */
  #roomFor(first: Buffer): Buffer | undefined {
    const isSensible = this.#expectedBytes > first.length && this.#expectedBytes <= MAX_BYTES;
    return isSensible ? this.#takeRoom(this.#expectedBytes) : undefined;
  }
}

/** Of HTTP/1.1 the answer knows its request; an HTTP/2 stream is both in one. */
function isRequestSent(stream: Readable): boolean {
  const sender =
    stream instanceof IncomingMessage
      ? (stream as { readonly req?: { readonly writableFinished?: boolean } }).req
      : (stream as Partial<Duplex>);
  return sender?.writableFinished === true;
}

function expectSize(length: number): void {
  if (length > MAX_BYTES) throw tooLarge();
}

function tooLarge(): Error {
  return new AnswerMismatch(`an answer of more than ${MAX_BYTES} bytes`);
}

function brokenOff(): Error {
  return Object.assign(new Error("the answer broke off"), { code: "ECONNRESET" });
}
