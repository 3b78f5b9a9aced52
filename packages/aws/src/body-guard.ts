// A bound on the body of an answer: the SDK's request timeout ends when the headers arrive, and its socket
// timeout would also end uploads that are still under way in the buffers of the system.
import { IncomingMessage } from "node:http";

/** Breaks off an answer whose body falls silent, with the name that the SDK gives to timeouts. */
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
