// What the transport does not watch over while the body of an answer comes: its silence, and errors of sending that come
// after it.
import { type ClientRequest, IncomingMessage } from "node:http";

/**
 * Breaks off an answer whose body falls silent, with the name that the SDK gives to timeouts. Its request timeout ends
 * when the headers arrive, and its socket timeout would also end uploads that are still under way in the buffers of the
 * system.
 */
export function guardBody(body: unknown, maxSilenceMs: number): void {
  if (!(body instanceof IncomingMessage)) return;
  const { socket } = body;
  const onSilence = (): void => {
    const message = `the answer fell silent for ${maxSilenceMs} ms`;
    body.destroy(Object.assign(new Error(message), { name: "TimeoutError" }));
  };
  socket.setTimeout(maxSilenceMs, onSilence);
  // The connection outlives the answer; its agent resets the time, but not the listener.
  body.once("close", () => socket.off("timeout", onSilence));
}

/**
 * Keeps the process alive when a server answers before it has read the request, and then resets the connection. Node
 * takes the failed upload for a finished one and stops listening to the connection, whose error then reaches nobody.
 */
export function guardUpload(body: unknown): void {
  if (!(body instanceof IncomingMessage)) return;
  const { req, socket } = body as IncomingMessage & { readonly req?: ClientRequest };
  if (req?.writableFinished !== false) return;
  body.once("end", () => {
    if (!req.writableFinished && !socket.listeners("error").includes(ignore)) {
      socket.on("error", ignore);
    }
  });
}

/** The answer is there; what became of the connection is its agent's business. */
function ignore(): void {}
