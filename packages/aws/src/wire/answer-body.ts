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

/** Answers of the calls that go by the wire are a tenth of this at most. */
const MAX_BYTES = 16 * 1024 * 1024;

/**
 * Reads a body, whatever a request handler makes of it; `collect` is the SDK's own way with what is unknown here.
 * Rejects if it breaks off, and with an AnswerMismatch if it is beyond all bounds.
 */
export async function readAnswerBody(
  body: unknown,
  collect: (body: unknown) => Promise<Uint8Array>,
): Promise<AnswerBody> {
  if (isStream(body)) return readStream(body);
  const bytes = body instanceof Uint8Array ? body : await collect(body);
  expectSize(bytes.length);
  return {
    bytes: Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength),
    isRequestSent: false,
  };
}

function isStream(body: unknown): body is Readable {
  return typeof body === "object" && body !== null && "on" in body && "pipe" in body;
}

function readStream(stream: Readable): Promise<AnswerBody> {
  return new Promise((resolve, reject) => {
    const pieces: Buffer[] = [];
    let length = 0;
    const onClose = (): void => reject(brokenOff());
    stream.on("data", (piece: Buffer) => {
      length += piece.length;
      pieces.push(piece);
      if (length > MAX_BYTES) stream.destroy(tooLarge());
    });
    stream.once("end", () => {
      stream.off("close", onClose);
      const [first] = pieces;
      const bytes = pieces.length === 1 && first ? first : Buffer.concat(pieces, length);
      // To be asked now: from the next turn on the connection may be another request's.
      resolve({ bytes, isRequestSent: isRequestSent(stream) });
    });
    stream.once("error", reject);
    stream.once("close", onClose);
  });
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
