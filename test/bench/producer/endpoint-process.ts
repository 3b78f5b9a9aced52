// The process of the endpoint that every variant puts into: PutRecords and PutRecord are answered from what the request
// says, anything else by an emulator behind it. It speaks HTTP/1.1 and HTTP/2 on one port, and both over TLS on another.
import { once } from "node:events";
import { createServer as createHttp1, type IncomingMessage, type ServerResponse } from "node:http";
import {
  createServer as createHttp2,
  type Http2ServerRequest,
  type Http2ServerResponse,
} from "node:http2";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { createServer as createTlsServer } from "node:tls";
import { systemClock, systemRandom } from "@shardline/core";
import { createRequestHandler, Emulator } from "@shardline/emulator";
import { generate } from "selfsigned";
import { STREAM } from "../emulator/traffic.ts";
import type { EndpointArgument, EndpointReady } from "./endpoint-messages.ts";
import { PutAnswers, SHARDS } from "./put-answers.ts";

type Request = IncomingMessage | Http2ServerRequest;
type Response = ServerResponse | Http2ServerResponse;

const HTTP2_PREFACE = "PRI";
/** Megabytes come at once. */
const WINDOW_BYTES = 16_777_216;

const { puts } = JSON.parse(process.argv[2] ?? "") as EndpointArgument;
const emulator = new Emulator({
  clock: systemClock,
  random: systemRandom,
  streams: { [STREAM]: SHARDS },
});
const putAnswers = new PutAnswers(emulator.shards(STREAM));
const others = createRequestHandler(emulator);
const http1 = createHttp1((request, response) => void answer(request, response));
const http2 = createHttp2(
  { settings: { initialWindowSize: WINDOW_BYTES } },
  (request, response) => void answer(request, response),
);
// Variants rest while others are measured.
http1.keepAliveTimeout = 0;
const { cert, private: key } = await generate([{ name: "commonName", value: "endpoint" }], {
  keyType: "rsa",
  keySize: 2048,
  algorithm: "sha256",
  extensions: [{ name: "subjectAltName", altNames: [{ type: 7, ip: "127.0.0.1" }] }],
});
const ready: EndpointReady = {
  port: await listen(createServer(sortOut)),
  tlsPort: await listen(createTlsServer({ cert, key, ALPNProtocols: ["h2", "http/1.1"] }, sortOut)),
  ca: cert,
};
process.on("disconnect", () => process.exit());
process.send?.(ready);

async function listen(server: Server): Promise<number> {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return (server.address() as AddressInfo).port;
}

/** Hands a connection to whoever speaks its protocol. */
function sortOut(socket: Socket): void {
  socket.on("error", () => socket.destroy());
  socket.once("data", (first) => {
    socket.pause();
    socket.unshift(first);
    const isHttp2 = first.toString("latin1", 0, HTTP2_PREFACE.length) === HTTP2_PREFACE;
    (isHttp2 ? http2 : http1).emit("connection", socket);
    if (!isHttp2) socket.resume();
  });
}

async function answer(request: Request, response: Response): Promise<void> {
  const pieces: Buffer[] = [];
  for await (const piece of request as AsyncIterable<Buffer>) pieces.push(piece);
  const body = Buffer.concat(pieces);
  const { "content-type": type = "", "x-amz-target": target = "" } = request.headers;
  const operation = String(target).split(".").at(-1);
  if (operation === "PutRecords" || operation === "PutRecord") {
    if (puts === "unanswered") return;
    const stored =
      operation === "PutRecords"
        ? putAnswers.toPutRecords(body, type)
        : putAnswers.toPutRecord(body, type);
    send(response, 200, { "content-type": type }, stored);
    return;
  }
  const headers = Object.fromEntries(
    Object.entries(request.headers).flatMap(([name, value]) =>
      name.startsWith(":") || value === undefined ? [] : [[name, String(value)]],
    ),
  );
  const { response: given } = await others.handle({ method: "POST", path: "/", headers, body });
  send(response, given.statusCode, given.headers, Buffer.from(given.body as Uint8Array));
}

function send(
  response: Response,
  status: number,
  headers: Readonly<Record<string, string>>,
  body: Buffer,
): void {
  response.statusCode = status;
  for (const [name, value] of Object.entries(headers)) {
    if (name !== "connection") response.setHeader(name, value);
  }
  response.setHeader("content-length", body.length);
  (response as ServerResponse).end(body);
}
