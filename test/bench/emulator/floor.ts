// Servers that read a body and answer with what lies ready: what no server of the API can do without.
import { once } from "node:events";
import { createServer, type Server } from "node:http";
import { createServer as createHttp2Server, type Http2Server } from "node:http2";
import type { AddressInfo } from "node:net";

/** As large as the answer to 500 records, and never larger than the request. */
const ANSWER = Buffer.alloc(56_000, "x");

/** Over HTTP/1.1; answers its port. */
export function floorHttp1(): Promise<number> {
  const server = createServer((request, response) => {
    let bytes = 0;
    request.on("data", (chunk: Buffer) => (bytes += chunk.length));
    request.on("end", () => {
      const body = ANSWER.subarray(0, bytes);
      response.writeHead(200, { "content-length": body.length }).end(body);
    });
  });
  return listen(server);
}

/** Over HTTP/2 without TLS; answers its port. */
export function floorHttp2(): Promise<number> {
  const server = createHttp2Server();
  server.on("stream", (stream) => {
    let bytes = 0;
    stream.on("data", (chunk: Buffer) => (bytes += chunk.length));
    stream.on("end", () => {
      stream.respond({ ":status": 200 });
      stream.end(ANSWER.subarray(0, bytes));
    });
  });
  return listen(server);
}

async function listen(server: Server | Http2Server): Promise<number> {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return (server.address() as AddressInfo).port;
}
