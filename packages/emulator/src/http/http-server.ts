// The one port of the emulator. Each connection is asked for its protocol by its first bytes and handed to the
// transport that speaks it. No certificate, no other address than this machine's own.
import { once } from "node:events";
import type { Server as Http1Server } from "node:http";
import type { ServerHttp2Session } from "node:http2";
import { type AddressInfo, createServer, type Server as TcpServer, type Socket } from "node:net";
import { createHttp1 } from "./http1-transport.ts";
import { startHttp2 } from "./http2-transport.ts";
import type { HttpAnswer, HttpHandle, HttpRequest } from "./http-message.ts";
import { sniff } from "./sniff.ts";

const HOST = "127.0.0.1";
const FIRST_REQUEST_MS = 10_000;
/** A connection that never says a word. */
const SILENT_MS = 65_000;
/** What a closing server grants to answers that are still on their way. */
const CLOSE_GRACE_MS = 1000;

/** Serves requests on a port of this machine. */
export class HttpServer {
  readonly #handle: HttpHandle;
  readonly #firstRequestMs: number;
  readonly #tcp: TcpServer;
  readonly #http1: Http1Server;
  /** Every open connection, with its session where it speaks HTTP/2. */
  readonly #connections = new Map<Socket, ServerHttp2Session | undefined>();
  readonly #answering = new Set<Promise<unknown>>();

  private constructor(handle: HttpHandle, firstRequestMs: number) {
    this.#firstRequestMs = firstRequestMs;
    this.#handle = (request) => this.#answer(request, handle(request));
    this.#http1 = createHttp1(this.#handle);
    this.#tcp = createServer({ noDelay: true }, (socket) => this.#accept(socket));
  }

  /**
   * Resolves once the port is open; port 0 is any free one. Rejects if it is taken. `firstRequestMs` is how
   * long a connection may take from its first byte to the end of its first request's header.
   */
  static async listen(
    port: number,
    handle: HttpHandle,
    firstRequestMs: number = FIRST_REQUEST_MS,
  ): Promise<HttpServer> {
    const server = new HttpServer(handle, firstRequestMs);
    server.#tcp.listen(port, HOST);
    await once(server.#tcp, "listening");
    // What fails from now on is a connection that could not be taken in, and the client sees that.
    server.#tcp.on("error", () => {});
    return server;
  }

  /** Where it listens. */
  get port(): number {
    return (this.#tcp.address() as AddressInfo).port;
  }

  /**
   * Answers what was asked, to the end of answers that come piece by piece, then ends every connection. Resolves when
   * nothing is left open.
   */
  async close(): Promise<void> {
    const closed = new Promise((resolve) => this.#tcp.close(resolve));
    const grace = setTimeout(() => this.#destroyAll(), CLOSE_GRACE_MS);
    await Promise.race([Promise.all(this.#answering), closed]);
    for (const [socket, session] of this.#connections) {
      if (session === undefined) socket.destroySoon();
      else session.close();
    }
    await closed;
    clearTimeout(grace);
  }

  #answer(request: HttpRequest, answering: Promise<HttpAnswer>): Promise<HttpAnswer> {
    const written = answering.then(({ body }) =>
      Buffer.isBuffer(body) ? undefined : untilAborted(request.signal),
    );
    this.#answering.add(written);
    void written.finally(() => this.#answering.delete(written));
    return answering;
  }

  #accept(socket: Socket): void {
    this.#connections.set(socket, undefined);
    socket.on("close", () => this.#connections.delete(socket));
    // Every error of a socket is followed by its close.
    socket.on("error", () => {});
    socket.on("timeout", () => socket.destroy());
    socket.setTimeout(SILENT_MS);
    let first = Buffer.alloc(0);
    const onData = (chunk: Buffer): void => {
      first = Buffer.concat([first, chunk]);
      const protocol = sniff(first);
      if (protocol === "unknown") {
        socket.setTimeout(this.#firstRequestMs);
        return;
      }
      socket.off("data", onData).pause().unshift(first);
      if (protocol === "http1") this.#startHttp1(socket);
      else this.#startHttp2(socket);
    };
    socket.on("data", onData);
  }

  #startHttp1(socket: Socket): void {
    this.#http1.emit("connection", socket);
    socket.setTimeout(this.#firstRequestMs);
    socket.resume();
  }

  #startHttp2(socket: Socket): void {
    const session = startHttp2(socket, this.#handle);
    this.#connections.set(socket, session);
    socket.setTimeout(this.#firstRequestMs);
    session.once("stream", () => socket.setTimeout(0));
  }

  #destroyAll(): void {
    for (const socket of this.#connections.keys()) socket.destroy();
  }
}

/** A request's signal aborts when its answer is written or its client has gone. */
async function untilAborted(signal: AbortSignal): Promise<void> {
  if (!signal.aborted) await once(signal, "abort");
}
