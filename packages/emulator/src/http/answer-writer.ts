// Writes the body of an answer to a connection, at the speed at which the client reads.
import { once } from "node:events";
import type { Writable } from "node:stream";
import type { HttpAnswer, HttpRequest } from "./http-message.ts";

/** What an answer is written to; it closes when nothing of it is taken for as long as was set. */
interface AnswerWritable extends Writable {
  setTimeout(ms: number): unknown;
}

/** What a body is written with. */
interface Writing {
  readonly request: Pick<HttpRequest, "signal">;
  /** How long a client may leave unread what was written, where pieces are still to come. */
  readonly unreadMs: number;
}

/** Writes a body and ends the answer. Stops where the client has gone; rejects where the body fails. */
export async function writeBody(
  to: AnswerWritable,
  body: HttpAnswer["body"],
  { request, unreadMs }: Writing,
): Promise<void> {
  if (Buffer.isBuffer(body)) {
    to.end(body);
    return;
  }
  // Asked for here and not above, because asking makes it.
  const { signal } = request;
  try {
    for await (const piece of body) {
      if (signal.aborted) return;
      if (to.write(piece)) continue;
      to.setTimeout(unreadMs);
      await once(to, "drain", { signal });
      to.setTimeout(0);
    }
    if (signal.aborted) return;
    to.setTimeout(unreadMs);
    to.end();
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}
