// HTTP/2: sessions on sockets that the server hands over. The AWS SDK for JavaScript speaks it to Kinesis by
// default, without TLS by prior knowledge.
import {
  constants,
  type IncomingHttpHeaders,
  performServerHandshake,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from "node:http2";
import type { Socket } from "node:net";
import { writeBody } from "./answer-writer.ts";
import { bodyBoundOf } from "./body-bound.ts";
import { BodyCollector } from "./body-collector.ts";
import { ClientRequest } from "./client-request.ts";
import { breakOffHttp2, meetHttp2Fault } from "./lost-answers.ts";
import type { Serving } from "./serving.ts";

const STREAM_WINDOW_BYTES = 1_048_576;
/** Lets a client send a whole 10 MiB record, in base64, without a pause. */
const SESSION_WINDOW_BYTES = 16_777_216;
const MAX_STREAMS = 10_000;
/** In MB: room for many large bodies at once. */
const MAX_SESSION_MEMORY = 1024;

/** Starts a session. The handshake works whether or not ALPN took place, which an http2 server's does not. */
export function startHttp2(socket: Socket, serving: Serving): ServerHttp2Session {
  const session = performServerHandshake(socket, {
    maxSessionMemory: MAX_SESSION_MEMORY,
    settings: { initialWindowSize: STREAM_WINDOW_BYTES, maxConcurrentStreams: MAX_STREAMS },
  });
  session.setLocalWindowSize(SESSION_WINDOW_BYTES);
  // A broken session ends, and with it its socket; nobody waits for more.
  session.on("error", () => {});
  session.on("stream", (stream, headers) => receive(stream, headers, { ...serving, socket }));
  return session;
}

/** What a session serves with. */
interface SessionServing extends Serving {
  readonly socket: Socket;
}

function receive(
  stream: ServerHttp2Stream,
  headers: IncomingHttpHeaders,
  serving: SessionServing,
): void {
  const { ":path": url = "" } = headers;
  const { maxBytes, refused } = bodyBoundOf({ headers, url }, serving.maxSnapshotBytes);
  const body = new BodyCollector(maxBytes);
  const refuse = (): void => {
    stream.off("data", onData).off("end", onEnd).resume();
    stream.respond({ ":status": refused.status, ...refused.headers });
    stream.end(refused.body);
  };
  const onData = (chunk: Buffer): void => {
    if (!body.add(chunk)) refuse();
  };
  const onEnd = (): void => {
    // What was broken off ends as well, and is no whole request.
    if (stream.aborted || stream.closed) return;
    // However long the answer takes, the silence meanwhile is not the client's.
    stream.setTimeout(0);
    void answer(stream, headers, body.finish(), serving);
  };
  stream.setTimeout(serving.stallMs, () => stream.close(constants.NGHTTP2_CANCEL));
  // A client that resets its stream has lost interest in it.
  stream.on("error", () => {});
  stream.on("data", onData).on("end", onEnd);
}

async function answer(
  stream: ServerHttp2Stream,
  headers: IncomingHttpHeaders,
  body: Buffer,
  { handle, stallMs, unreadMs, socket }: SessionServing,
): Promise<void> {
  const { ":method": method = "", ":path": url = "" } = headers;
  const request = new ClientRequest({ method, url, headers, body }, stream);
  const answered = await handle(request);
  if (stream.closed || stream.destroyed) return;
  const { fault } = answered;
  if (fault !== undefined && meetHttp2Fault(stream, answered, fault, socket) === "nothing") return;
  // A whole answer is for the client to read; how long one in pieces takes is not.
  const isWhole = Buffer.isBuffer(answered.body);
  if (isWhole) stream.setTimeout(stallMs);
  else endInOrder(stream);
  const head = { ":status": answered.status, ...answered.headers };
  stream.respond(head, { waitForTrailers: !isWhole });
  await writeBody(stream, answered.body, { request, unreadMs }).catch((error: unknown) => {
    breakOffHttp2(stream, error, socket);
  });
}

/** Node ends a stream before it resets it, unless the stream has to wait for trailers: then only what was written ends it. */
function endInOrder(stream: ServerHttp2Stream): void {
  stream.once("wantTrailers", () => {
    if (!stream.closed) stream.sendTrailers({});
  });
}
