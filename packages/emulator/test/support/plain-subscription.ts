// Subscriptions over plain HTTP, whose bytes come no sooner than a test asks for them.
import { once } from "node:events";
import { type IncomingMessage, request as requestHttp1 } from "node:http";
import { connect as connectHttp2 } from "node:http2";
import { EventStreamDecoder, type Message } from "./event-stream-decoder.ts";
import { FIRST_SHARD } from "./records.ts";

interface PlainSubscription extends Disposable {
  readonly headers: Readonly<Record<string, unknown>>;
  readonly bytes: AsyncIterable<Buffer>;
}

const HEADERS = {
  "content-type": "application/x-amz-json-1.1",
  "x-amz-target": "Kinesis_20131202.SubscribeToShard",
};

/** Ways to subscribe, each with its protocol. */
export const PLAIN = [
  ["HTTP/1.1", subscribeOverHttp1],
  ["HTTP/2", subscribeOverHttp2],
] as const;

/** The body of a request. */
export function subscriptionOf(ConsumerARN: string, Type: "LATEST" | "TRIM_HORIZON"): string {
  return JSON.stringify({ ConsumerARN, ShardId: FIRST_SHARD, StartingPosition: { Type } });
}

/** Decodes what comes. */
export async function* messagesOf(bytes: AsyncIterable<Buffer>): AsyncGenerator<Message> {
  const decoder = new EventStreamDecoder();
  for await (const piece of bytes) yield* decoder.push(piece);
}

async function subscribeOverHttp1(port: number, body: string): Promise<PlainSubscription> {
  const request = requestHttp1({ port, host: "127.0.0.1", method: "POST", headers: HEADERS });
  request.end(body);
  const [response] = (await once(request, "response")) as [IncomingMessage];
  return {
    headers: response.headers,
    bytes: response,
    [Symbol.dispose]: () => request.destroy(),
  };
}

async function subscribeOverHttp2(port: number, body: string): Promise<PlainSubscription> {
  const session = connectHttp2(`http://127.0.0.1:${port}`);
  const stream = session.request({ ":method": "POST", ...HEADERS });
  stream.end(body);
  const [headers] = (await once(stream, "response")) as [Record<string, unknown>];
  return { headers, bytes: stream, [Symbol.dispose]: () => session.destroy() };
}
