// The process of the endpoint that every variant puts into: PutRecords is answered from what the request says, anything
// else by an emulator behind it. It speaks HTTP/1.1, and HTTP/2 by prior knowledge, on one port.
import { once } from "node:events";
import { createServer as createHttp1, type IncomingMessage, type ServerResponse } from "node:http";
import {
  createServer as createHttp2,
  type Http2ServerRequest,
  type Http2ServerResponse,
} from "node:http2";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { systemClock, systemRandom } from "@shardline/core";
import { createRequestHandler, Emulator } from "@shardline/emulator";
import { STREAM } from "../emulator/traffic.ts";
import { PutRecordsAnswers, SHARDS } from "./put-records-answer.ts";

type Request = IncomingMessage | Http2ServerRequest;
type Response = ServerResponse | Http2ServerResponse;

const HTTP2_PREFACE = "PRI";
/** Megabytes come at once. */
const WINDOW_BYTES = 16_777_216;

const emulator = new Emulator({
  clock: systemClock,
  random: systemRandom,
  streams: { [STREAM]: SHARDS },
});
const putRecords = new PutRecordsAnswers(emulator.shards(STREAM));
const others = createRequestHandler(emulator);
const http1 = createHttp1((request, response) => void answer(request, response));
const http2 = createHttp2(
  { settings: { initialWindowSize: WINDOW_BYTES } },
  (request, response) => void answer(request, response),
);
// Variants rest while others are measured.
http1.keepAliveTimeout = 0;
const server = createServer(sortOut).listen(0, "127.0.0.1");
await once(server, "listening");
process.on("disconnect", () => process.exit());
process.send?.((server.address() as AddressInfo).port);

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
  if (String(target).endsWith(".PutRecords")) {
    send(response, 200, { "content-type": type }, putRecords.to(body, type));
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
