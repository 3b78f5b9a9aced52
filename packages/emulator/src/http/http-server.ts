// The one port of the emulator. Each connection is asked for its protocol by its first bytes and handed to the
// transport that speaks it; what comes out of TLS is asked again. No other address than this machine's own.
import { once } from "node:events";
import type { Server as Http1Server } from "node:http";
import type { ServerHttp2Session } from "node:http2";
import { type AddressInfo, createServer, type Server as TcpServer, type Socket } from "node:net";
import { createServer as createTls, type Server as TlsServer, TLSSocket } from "node:tls";
import type { Certificate } from "./certificate.ts";
import { MAX_SNAPSHOT_BYTES } from "./body-bound.ts";
import { createHttp1 } from "./http1-transport.ts";
import { startHttp2 } from "./http2-transport.ts";
import type { HttpAnswer, HttpHandle, HttpRequest } from "./http-message.ts";
import type { Serving } from "./serving.ts";
import { type Sniffed, sniff } from "./sniff.ts";

const HOST = "127.0.0.1";
const FIRST_REQUEST_MS = 10_000;
const STALL_MS = 60_000;
/** The life of a subscription, whose reader may take his time. */
const UNREAD_MS = 300_000;
/** Clients of the SDK for JavaScript keep a silent session for 5 minutes; others ping. */
const IDLE_SESSION_MS = 600_000;
/** A connection that never says a word. */
const SILENT_MS = 65_000;
/** What a closing server grants to answers that are still on their way. */
const CLOSE_GRACE_MS = 1000;

/** How a server is started. */
interface HttpServerOptions {
  /** Lets it speak TLS, too. */
  readonly certificate?: Certificate | undefined;
  /**
   * How long a connection may take from its first byte to the end of its first request's header, and to the end of
   * its handshake where it speaks TLS, in milliseconds. @defaultValue 10,000
   */
  readonly firstRequestMs?: number;
  /**
   * How long the bytes of a request or of a whole answer under way may pause, in milliseconds. @defaultValue 60,000
   */
  readonly stallMs?: number;
  /** How long what was written of an answer in pieces may stay unread, in milliseconds. @defaultValue 300,000 */
  readonly unreadMs?: number;
  /** How long the body of `POST /_emu/restore` may be. @defaultValue 1 GiB */
  readonly maxSnapshotBytes?: number;
  /** How long an HTTP/2 session may be silent, in milliseconds. @defaultValue 600,000 */
  readonly idleSessionMs?: number;
}

/**
 * What a connection speaks. One that speaks TLS is there a second time, as what comes out of it, from the end of its
 * handshake on.
 */
type Spoken =
  | { readonly kind: "unknown" | "http1" | "tls" }
  | {
      readonly kind: "http2";
      readonly session: ServerHttp2Session;
    };

/** Serves requests on a port of this machine. */
export class HttpServer {
  readonly #serving: Serving;
  readonly #firstRequestMs: number;
  readonly #idleSessionMs: number;
  readonly #tcp: TcpServer;
  readonly #http1: Http1Server;
  readonly #tls: TlsServer | undefined;
  /** Every open connection, and what it speaks. */
  readonly #connections = new Map<Socket, Spoken>();
  readonly #answering = new Set<Promise<unknown>>();

  private constructor(handle: HttpHandle, options: HttpServerOptions) {
    const { certificate, firstRequestMs, idleSessionMs, maxSnapshotBytes, stallMs, unreadMs } =
      options;
    this.#firstRequestMs = firstRequestMs ?? FIRST_REQUEST_MS;
    this.#idleSessionMs = idleSessionMs ?? IDLE_SESSION_MS;
    this.#serving = {
      handle: (request) => this.#answer(request, handle(request)),
      stallMs: stallMs ?? STALL_MS,
      unreadMs: unreadMs ?? UNREAD_MS,
      maxSnapshotBytes: maxSnapshotBytes ?? MAX_SNAPSHOT_BYTES,
    };
    this.#http1 = createHttp1(this.#serving);
    if (certificate !== undefined) this.#tls = this.#createTls(certificate);
    this.#tcp = createServer({ noDelay: true }, (socket) => this.#accept(socket, SILENT_MS));
  }

  /** Resolves once the port is open; port 0 is any free one. Rejects if it is taken. */
  static async listen(
    port: number,
    handle: HttpHandle,
    options: HttpServerOptions = {},
  ): Promise<HttpServer> {
    const server = new HttpServer(handle, options);
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
    for (const [socket, spoken] of this.#connections) {
      if (spoken.kind === "http2") spoken.session.close();
      else if (spoken.kind !== "tls") socket.destroySoon();
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

  #accept(socket: Socket, silentMs: number): void {
    this.#connections.set(socket, { kind: "unknown" });
    socket.on("close", () => this.#connections.delete(socket));
    // Every error of a socket is followed by its close.
    socket.on("error", () => {});
    socket.on("timeout", () => socket.destroy());
    socket.setTimeout(silentMs);
    let first = Buffer.alloc(0);
    const onData = (chunk: Buffer): void => {
      first = Buffer.concat([first, chunk]);
      const protocol = sniff(first);
      if (protocol === "unknown") {
        socket.setTimeout(this.#firstRequestMs);
        return;
      }
      socket.off("data", onData).pause().unshift(first);
      this.#start(protocol, socket);
    };
    socket.on("data", onData);
  }

  #start(protocol: Exclude<Sniffed, "unknown">, socket: Socket): void {
    switch (protocol) {
      case "http1":
        return this.#startHttp1(socket);
      case "http2":
        return this.#startHttp2(socket);
      case "tls":
        return this.#startTls(socket);
    }
  }

  #startHttp1(socket: Socket): void {
    this.#connections.set(socket, { kind: "http1" });
    this.#http1.emit("connection", socket);
    socket.setTimeout(this.#firstRequestMs);
    socket.resume();
  }

  #startHttp2(socket: Socket): void {
    const session = startHttp2(socket, this.#serving);
    this.#connections.set(socket, { kind: "http2", session });
    socket.setTimeout(this.#firstRequestMs);
    session.once("stream", () => socket.setTimeout(0));
    // A session that met a frame which it cannot read says so, reads no more, and does not end by itself.
    session.setTimeout(this.#idleSessionMs, () => session.destroy());
  }

  #startTls(socket: Socket): void {
    if (this.#tls === undefined || socket instanceof TLSSocket) {
      socket.destroy();
      return;
    }
    this.#connections.set(socket, { kind: "tls" });
    // What is read from here on is not seen by this socket any more.
    socket.setTimeout(0);
    this.#tls.emit("connection", socket);
  }

  #createTls({ certificate: cert, privateKey: key }: Certificate): TlsServer {
    const tls = createTls({
      cert,
      key,
      minVersion: "TLSv1.2",
      ALPNProtocols: ["h2", "http/1.1"],
      handshakeTimeout: this.#firstRequestMs,
    });
    tls.on("secureConnection", (socket) => this.#accept(socket, this.#firstRequestMs));
    tls.on("tlsClientError", (_error, socket) => socket.destroy());
    return tls;
  }

  #destroyAll(): void {
    for (const socket of this.#connections.keys()) socket.destroy();
  }
}

/** A request's signal aborts when its answer is written or its client has gone. */
async function untilAborted(signal: AbortSignal): Promise<void> {
  if (!signal.aborted) await once(signal, "abort");
}
