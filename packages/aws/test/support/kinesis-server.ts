// An HTTP server that answers as a test says, byte by byte if need be, and remembers what it was asked.
import { createServer, type IncomingHttpHeaders, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { KinesisClientConfig } from "@aws-sdk/client-kinesis";
import type { KinesisApi } from "@shardline/core";
import { cbor } from "@smithy/core/cbor";
import { afterEach } from "vitest";
import {
  createAwsKinesisApi,
  type OpenKinesisClient,
  openKinesisClient,
  type TransportOptions,
} from "@shardline/aws";

type Close = () => void | Promise<void>;

const open: Close[] = [];

afterEach(async () => {
  for (const close of open.splice(0).reverse()) await close();
});

/** Closes something when the test is over, before it is looked at what was left open. */
export function atEnd(close: Close): void {
  open.push(close);
}

export interface SeenRequest {
  /** The operation's name. */
  readonly operation: string;
  readonly body: Readonly<Record<string, unknown>>;
  readonly headers: IncomingHttpHeaders;
  readonly method: string;
  /** Path and query, as they came. */
  readonly url: string;
  /** The body as it came. */
  readonly bytes: Buffer;
}

/** Answers the nth request, counted from 0, or leaves it hanging. */
export type Answer = (response: ServerResponse, nth: number) => void;

export interface KinesisServer {
  readonly url: string;
  readonly requests: readonly SeenRequest[];
  /** How many connections were ever made, and how many there were at most at one time. */
  readonly connections: { readonly made: number; readonly most: number };
}

/** Runs until the test is over. */
export async function serve(answer: Answer): Promise<KinesisServer> {
  const requests: SeenRequest[] = [];
  const connections = { made: 0, most: 0, open: 0 };
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const [, operation = ""] = String(request.headers["x-amz-target"]).split(".");
      const bytes = Buffer.concat(chunks);
      const { headers, method = "", url = "" } = request;
      const isCbor = headers["content-type"] === "application/x-amz-cbor-1.1";
      const content: unknown = isCbor ? cbor.deserialize(bytes) : JSON.parse(bytes.toString());
      const body = content as SeenRequest["body"];
      requests.push({ operation, body, headers, method, url, bytes });
      answer(response, requests.length - 1);
    });
  });
  server.on("connection", (socket) => {
    connections.made += 1;
    connections.open += 1;
    connections.most = Math.max(connections.most, connections.open);
    socket.on("close", () => {
      connections.open -= 1;
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  atEnd(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, requests, connections };
}

/** An answer of the service's own form. */
export function json(body: object, status = 200): Answer {
  return (response) => {
    const bytes = Buffer.from(JSON.stringify(body));
    const head = { "content-type": "application/x-amz-json-1.1", "content-length": bytes.length };
    response.writeHead(status, head).end(bytes);
  };
}

/** The same in the service's other form. */
export function inCbor(body: object, status = 200): Answer {
  return (response) => {
    response.writeHead(status, { "content-type": "application/x-amz-cbor-1.1" });
    response.end(cbor.serialize(body));
  };
}

/** One of the service's exceptions. */
export function exception(name: string, status = 400, message = "no"): Answer {
  return json({ __type: name, message }, status);
}

/** Answers the first request with the first, and so on, and all further ones with the last. */
export function inTurn(...answers: readonly Answer[]): Answer {
  return (response, nth) => answers[Math.min(nth, answers.length - 1)]?.(response, nth);
}

/** What a client needs to know to call a server of a test. */
export function configFor(url: string): KinesisClientConfig {
  return {
    endpoint: url,
    region: "eu-west-1",
    credentials: { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "secret" },
  };
}

/** A client that is closed when the test is over. */
export function openFor(
  url: string,
  transport: Partial<TransportOptions> = {},
  config: KinesisClientConfig = {},
): OpenKinesisClient {
  const client = openKinesisClient({ ...configFor(url), ...config }, transport);
  atEnd(() => client.close());
  return client;
}

/** The port over a client that is closed when the test is over. */
export function apiFor(url: string, transport: Partial<TransportOptions> = {}): KinesisApi {
  return createAwsKinesisApi(openFor(url, transport));
}

/** A signal that nobody aborts. */
export function noAbort(): AbortSignal {
  return new AbortController().signal;
}
