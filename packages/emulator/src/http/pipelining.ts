// HTTP/1.1 lets a client ask on and on without reading an answer. What it asked is served one after the other, the
// next once the answer before is written, so that no more than one answer waits for its reader.
import type { ServerResponse } from "node:http";
import type { Socket } from "node:net";

/** What each connection was asked last. */
const latest = new WeakMap<Socket, ServerResponse>();

/** Serves at once, or when the answer before has gone out; until then nothing more is read. */
export function serveInTurn(socket: Socket, response: ServerResponse, serve: () => void): void {
  const before = latest.get(socket);
  latest.set(socket, response);
  if (before === undefined || before.closed) {
    serve();
    return;
  }
  socket.pause();
  before.once("close", () => {
    if (socket.destroyed) return;
    socket.resume();
    serve();
  });
}
