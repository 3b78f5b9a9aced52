// The load over HTTP/1.1: requests as ready bytes on a few kept connections, one request under way on each.
// A client library would cost more than the servers under measurement.
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import type { Client } from "./load.ts";
import type { Traffic } from "./traffic.ts";

const HEAD_END = Buffer.from("\r\n\r\n");
/** An answer without a length ends so: one peer writes such. */
const LAST_CHUNK = Buffer.from("0\r\n\r\n");
const CLOSED = new Error("the server closed a connection");

/** A client with so many connections to a port of this machine, plain ones or over TLS. */
export async function http1Client(
  port: number,
  traffic: Traffic,
  connections: number,
  transport: "plain" | "tls" = "plain",
): Promise<Client> {
  const requests = traffic.bodies.map((body) => requestOf(traffic, body));
  const opened = await Promise.all(
    Array.from({ length: connections }, () => open(port, transport)),
  );
  return {
    lanes: opened.map((connection) => (turn) => {
      return connection.ask(requests[turn % requests.length] as Buffer);
    }),
    close: () => {
      for (const connection of opened) connection.close();
    },
  };
}

function requestOf({ operation, contentType }: Traffic, body: Buffer): Buffer {
  const head = [
    "POST / HTTP/1.1",
    "Host: localhost",
    `Content-Type: ${contentType}`,
    `Content-Length: ${body.length}`,
    `X-Amz-Target: Kinesis_20131202.${operation}`,
    // Nobody checks the signature, but kinesalite wants one.
    "X-Amz-Date: 20261121T000000Z",
    "Authorization: AWS4-HMAC-SHA256 Credential=000000000000/20261121/us-east-1/kinesis/aws4_request, " +
      "SignedHeaders=host, Signature=0",
  ];
  return Buffer.concat([Buffer.from(`${head.join("\r\n")}\r\n\r\n`), body]);
}

async function open(port: number, transport: "plain" | "tls"): Promise<Connection> {
  const isTls = transport === "tls";
  const socket = isTls ? connectTls(port, "127.0.0.1") : connect(port, "127.0.0.1");
  socket.setNoDelay(true);
  await once(socket, isTls ? "secureConnect" : "connect");
  return new Connection(socket);
}

interface Waiting {
  readonly resolve: (pieces: readonly Buffer[]) => void;
  readonly reject: (error: Error) => void;
}

/** One connection, which is asked one thing at a time. */
class Connection {
  readonly #socket: Socket;
  #waiting: Waiting | undefined;
  /** Of the answer: its body so far, and how much is missing; `undefined` where that is not told. */
  #pieces: Buffer[] = [];
  #missing: number | undefined = 0;

  constructor(socket: Socket) {
    this.#socket = socket;
    socket.on("data", (chunk) => this.#receive(chunk));
    socket.on("error", (error) => this.#waiting?.reject(error));
    socket.on("close", () => this.#waiting?.reject(CLOSED));
  }

  ask(request: Buffer): Promise<readonly Buffer[]> {
    this.#pieces = [];
    return new Promise((resolve, reject) => {
      if (this.#socket.destroyed) reject(CLOSED);
      this.#waiting = { resolve, reject };
      this.#socket.write(request);
    });
  }

  close(): void {
    this.#waiting = undefined;
    this.#socket.destroy();
  }

  #receive(chunk: Buffer): void {
    const body = this.#pieces.length === 0 ? this.#readHead(chunk) : chunk;
    this.#pieces.push(body);
    if (this.#missing !== undefined) this.#missing -= body.length;
    const isWhole =
      this.#missing === undefined ? body.subarray(-5).equals(LAST_CHUNK) : this.#missing === 0;
    if (isWhole) this.#waiting?.resolve(this.#pieces);
  }

  /** All servers here write their heads at once. Answers what follows. */
  #readHead(chunk: Buffer): Buffer {
    const end = chunk.indexOf(HEAD_END);
    const head = chunk.toString("latin1", 0, end);
    if (!head.startsWith("HTTP/1.1 200")) {
      this.#waiting?.reject(new Error(`refused: ${chunk.toString("latin1", 0, 600)}`));
    }
    const length = /\r\ncontent-length: *(\d+)/i.exec(head)?.[1];
    this.#missing = length === undefined ? undefined : Number(length);
    return chunk.subarray(end + HEAD_END.length);
  }
}
