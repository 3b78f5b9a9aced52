// The process of the endpoint that every reader reads from: ready answers over HTTP/1.1, and over HTTP/2 by prior knowledge.
import { once } from "node:events";
import {
  createServer as createHttp1Server,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from "node:http";
import {
  createServer as createHttp2Server,
  type Http2Server,
  type Http2ServerRequest,
  type Http2ServerResponse,
} from "node:http2";
import type { AddressInfo } from "node:net";
import { answersFor } from "./answers.ts";
import { type Load, LOADS } from "./load.ts";

/** The first message of the process: where it listens. */
export interface EndpointPorts {
  readonly http1: number;
  readonly http2: number;
}

const answerCall = answersFor(LOADS[JSON.parse(process.argv[2] ?? "") as Load["id"]]);
const http1 = createHttp1Server(answer);
// Readers rest while others are measured.
http1.keepAliveTimeout = 0;
const ports: EndpointPorts = {
  http1: await listen(http1),
  http2: await listen(createHttp2Server(answer)),
};
process.on("disconnect", () => process.exit());
process.send?.(ports);

function answer(
  request: IncomingMessage | Http2ServerRequest,
  response: ServerResponse | Http2ServerResponse,
): void {
  const contentType = String(request.headers["content-type"]);
  const [, operation = ""] = String(request.headers["x-amz-target"]).split(".");
  const pieces: Buffer[] = [];
  request.on("data", (piece: Buffer) => pieces.push(piece));
  request.on("end", () => {
    const body = answerCall(operation, Buffer.concat(pieces).toString("latin1"), contentType);
    response.writeHead(200, { "content-type": contentType, "content-length": body.length });
    response.end(body);
  });
}

async function listen(server: Server | Http2Server): Promise<number> {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return (server.address() as AddressInfo).port;
}
