// Writes the body of an answer to a connection, at the speed at which the client reads.
import { once } from "node:events";
import type { Writable } from "node:stream";
import type { HttpAnswer, HttpRequest } from "./http-message.ts";

/** Writes a body and ends the answer. Stops where the client has gone; rejects where the body fails. */
export async function writeBody(
  to: Writable,
  body: HttpAnswer["body"],
  request: Pick<HttpRequest, "signal">,
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
      if (!to.write(piece)) await once(to, "drain", { signal });
    }
    if (!signal.aborted) to.end();
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}
