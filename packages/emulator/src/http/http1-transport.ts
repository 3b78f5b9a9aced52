// HTTP/1.1: requests of sockets that the server hands over.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { writeBody } from "./answer-writer.ts";
import { BodyCollector } from "./body-collector.ts";
import { ClientRequest } from "./client-request.ts";
import { breakOffHttp1, meetHttp1Fault } from "./lost-answers.ts";
import type { HttpHandle } from "./http-message.ts";
import { serveInTurn } from "./pipelining.ts";

/** How long a client may keep an idle connection, in milliseconds. */
const KEEP_ALIVE_MS = 65_000;

/** A server that never listens: sockets come by its `connection` event. */
export function createHttp1(handle: HttpHandle, stallMs: number): Server {
  const server = createServer((request, response) => {
    serveInTurn(request.socket, response, () => receive(request, response, { handle, stallMs }));
  });
  server.keepAliveTimeout = KEEP_ALIVE_MS;
  server.timeout = stallMs;
  return server;
}

/** What a transport serves with. */
interface Serving {
  readonly handle: HttpHandle;
  /** How long the bytes of a request or an answer under way may pause. */
  readonly stallMs: number;
}

function receive(request: IncomingMessage, response: ServerResponse, serving: Serving): void {
  const body = new BodyCollector();
  request.socket.setTimeout(serving.stallMs);
  const refuse = (): void => {
    // The rest of the body is read and dropped, so that the client gets to see the answer.
    request.off("data", onData).off("end", onEnd).resume();
    response.writeHead(413, { "content-length": "0" }).end();
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
  { handle, stallMs }: Serving,
): Promise<void> {
  const request = new ClientRequest({ method, url, headers, body }, response);
  const answered = await handle(request);
  const { fault } = answered;
  if (fault !== undefined && meetHttp1Fault(response, answered, fault) === "nothing") return;
  // A whole answer is for the client to read; how long one in pieces takes is not.
  if (Buffer.isBuffer(answered.body)) response.socket?.setTimeout(stallMs);
  response.writeHead(answered.status, answered.headers);
  await writeBody(response, answered.body, request).catch((error: unknown) => {
    breakOffHttp1(response, error);
  });
}
