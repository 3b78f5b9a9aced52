// Bodies as the AWS SDK's request handlers take and give them: whole or as streams.
import { Readable } from "node:stream";
import type { LinkedSignal } from "@shardline/core";
import { MAX_BODY_BYTES } from "./body-bound.ts";
import { BodyCollector } from "./body-collector.ts";
import { LostAnswer } from "./lost-answer.ts";
import { connectionReset } from "./lost-without-socket.ts";

/** What the SDK may hand over for a body. */
export type HandlerBody = string | Uint8Array | ArrayBuffer | AsyncIterable<Uint8Array> | undefined;

/** The bytes of a body; `undefined` if they are more than the service takes. */
export async function bytesOfBody(body: HandlerBody): Promise<Buffer | undefined> {
  const collected = new BodyCollector(MAX_BODY_BYTES);
  for await (const piece of piecesOf(body)) {
    if (!collected.add(bufferOf(piece))) return undefined;
  }
  return collected.finish();
}

/**
 * A stream to read an answer's pieces from as they come. Whoever leaves it is gone, and whoever is gone gets no
 * further.
 */
export function streamOfPieces(pieces: AsyncIterable<Buffer>, gone: LinkedSignal): Readable {
  const iterator = pieces[Symbol.asyncIterator]();
  const stream = new Readable({
    signal: gone.signal,
    read: () => {
      iterator.next().then(
        ({ done, value }) => void stream.push(done === true ? null : value),
        (error: Error) =>
          void stream.destroy(error instanceof LostAnswer ? connectionReset("aborted") : error),
      );
    },
    destroy: (error, settled) => {
      gone.abort(error ?? undefined);
      // Pieces under way come to their end by the signal, pieces not yet asked for by this.
      iterator.return?.().catch(() => {});
      settled(error);
    },
  });
  // Whoever reads it is told; where nobody does, nothing is to be thrown.
  stream.on("error", () => {});
  return stream;
}

function piecesOf(
  body: HandlerBody,
): AsyncIterable<Uint8Array> | readonly (string | Uint8Array | ArrayBuffer)[] {
  if (body === undefined) return [];
  return typeof body === "object" && Symbol.asyncIterator in body ? body : [body];
}

function bufferOf(piece: string | Uint8Array | ArrayBuffer): Buffer {
  if (typeof piece === "string") return Buffer.from(piece);
  if (piece instanceof ArrayBuffer) return Buffer.from(piece);
  return Buffer.from(piece.buffer, piece.byteOffset, piece.byteLength);
}
