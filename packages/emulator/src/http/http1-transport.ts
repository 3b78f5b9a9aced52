// HTTP/1.1: requests of sockets that the server hands over.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { writeBody } from "./answer-writer.ts";
import { bodyBoundOf } from "./body-bound.ts";
import { BodyCollector } from "./body-collector.ts";
import { ClientRequest } from "./client-request.ts";
import { breakOffHttp1, meetHttp1Fault } from "./lost-answers.ts";
import { serveInTurn } from "./pipelining.ts";
import type { Serving } from "./serving.ts";

/** How long a client may keep an idle connection, in milliseconds. */
const KEEP_ALIVE_MS = 65_000;

/** A server that never listens: sockets come by its `connection` event. */
export function createHttp1(serving: Serving): Server {
  const server = createServer((request, response) => {
    serveInTurn(request.socket, response, () => receive(request, response, serving));
  });
  server.keepAliveTimeout = KEEP_ALIVE_MS;
  server.timeout = serving.stallMs;
  return server;
}

function receive(request: IncomingMessage, response: ServerResponse, serving: Serving): void {
  const { headers, url = "" } = request;
  const { maxBytes, refused } = bodyBoundOf({ headers, url }, serving.maxSnapshotBytes);
  const body = new BodyCollector(maxBytes);
  request.socket.setTimeout(serving.stallMs);
  const refuse = (): void => {
    // The rest of the body is read and dropped, so that the client gets to see the answer.
    request.off("data", onData).off("end", onEnd).resume();
    response.writeHead(refused.status, refused.headers).end(refused.body);
  };
  const onData = (chunk: Buffer): void => {
    if (!body.add(chunk)) refuse();
  };
  const onEnd = (): void => {
    // However long the answer takes, the silence meanwhile is not the client's.
    request.socket.setTimeout(0);
    void answer(request, response, body.finish(), serving);
  };
  request.on("data", onData).on("end", onEnd);
}

async function answer(
  { method = "", url = "", headers }: IncomingMessage,
  response: ServerResponse,
  body: Buffer,
  { handle, stallMs, unreadMs }: Serving,
): Promise<void> {
  const request = new ClientRequest({ method, url, headers, body }, response);
  const answered = await handle(request);
  const { fault } = answered;
  if (fault !== undefined && meetHttp1Fault(response, answered, fault) === "nothing") return;
  // A whole answer is for the client to read; how long one in pieces takes is not.
  if (Buffer.isBuffer(answered.body)) response.socket?.setTimeout(stallMs);
  response.writeHead(answered.status, answered.headers);
  await writeBody(response, answered.body, { request, unreadMs }).catch((error: unknown) => {
    breakOffHttp1(response, error);
  });
}
