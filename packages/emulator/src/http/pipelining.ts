// HTTP/1.1 lets a client ask on and on without reading an answer. What it asked is served one after the other, the
// next once the answer before is written, so that no more than one answer waits for its reader, and no more requests
// wait for that than came in one piece.
import type { ServerResponse } from "node:http";
import type { Socket } from "node:net";

/** What a connection was asked last, and how many requests wait for the answer before theirs. */
interface Queue {
  latest: ServerResponse | undefined;
  waiting: number;
}

const queues = new WeakMap<Socket, Queue>();

/**
 * Serves at once, or when the answer before has gone out. While any request waits, nothing more is read; so its body
 * must not be asked for before it is served.
 */
export function serveInTurn(socket: Socket, response: ServerResponse, serve: () => void): void {
  const queue = queues.get(socket) ?? openQueue(socket);
  const before = queue.latest;
  queue.latest = response;
  if (before === undefined || before.closed) {
    serve();
    return;
  }
  queue.waiting += 1;
  socket.pause();
  before.once("close", () => {
    queue.waiting -= 1;
    if (socket.destroyed) return;
    if (queue.waiting === 0) socket.resume();
    serve();
  });
}

function openQueue(socket: Socket): Queue {
  const queue: Queue = { latest: undefined, waiting: 0 };
  queues.set(socket, queue);
  // Node reads on whenever it has written an answer, whoever paused the connection.
  socket.on("resume", () => {
    if (queue.waiting > 0) socket.pause();
  });
  return queue;
}
