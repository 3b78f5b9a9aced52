// A server that answers PutRecords and GetRecords with what lies ready, in the form in which it was asked; in a process of
// its own, so that it costs the clients under measurement nothing.
import { once } from "node:events";
import { createServer as createHttp1Server, type Server } from "node:http";
import {
  createSecureServer,
  createServer as createH2cServer,
  type Http2SecureServer,
  type Http2Server,
  type Http2ServerRequest,
  type Http2ServerResponse,
} from "node:http2";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { generate } from "selfsigned";
import { answerTo } from "./answers.ts";
import type { ResponderReady } from "./responder-messages.ts";

const { cert, private: key } = await generate([{ name: "commonName", value: "responder" }], {
  keyType: "rsa",
  keySize: 2048,
  algorithm: "sha256",
  extensions: [{ name: "subjectAltName", altNames: [{ type: 7, ip: "127.0.0.1" }] }],
});
const ready: ResponderReady = {
  http1: await listen(createHttp1Server(respond)),
  h2c: await listen(createH2cServer(respond)),
  tls: await listen(createSecureServer({ cert, key, allowHTTP1: true }, respond)),
  ca: cert,
};
process.send?.(ready);
process.on("disconnect", () => process.exit());

function respond(
  request: IncomingMessage | Http2ServerRequest,
  response: ServerResponse | Http2ServerResponse,
): void {
  const contentType = String(request.headers["content-type"]);
  const length = Number(request.headers["content-length"]);
  const target = String(request.headers["x-amz-target"]);
  request.on("data", () => undefined);
  request.on("end", () => {
    const body = answerTo(target, length, contentType);
    response.writeHead(200, { "content-type": contentType, "content-length": body.length });
    response.end(body);
  });
}

async function listen(server: Server | Http2Server | Http2SecureServer): Promise<number> {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return (server.address() as AddressInfo).port;
}
