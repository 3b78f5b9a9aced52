// Subscriptions over HTTP/2, by the wire and by the SDK: what is asked, what is read when, and how they end.
import { getEventListeners } from "node:events";
import {
  createServer,
  type IncomingHttpHeaders,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from "node:http2";
import type { AddressInfo, Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import type { TransportOptions } from "@shardline/aws";
import {
  apiFailureOf,
  type IteratorStart,
  type ShardSubscription,
  type SubscriptionEvent,
} from "@shardline/core";
import { describe, expect, test } from "vitest";
import { exceptionMessage, INITIAL, recordsEvent } from "./support/event-messages.ts";
import { atEnd, noAbort, openFor } from "./support/kinesis-server.ts";
import { type ApiBy, WAYS } from "./support/ways.ts";

interface Asked {
  readonly headers: IncomingHttpHeaders;
  readonly body: unknown;
  readonly stream: ServerHttp2Stream;
  readonly session: ServerHttp2Session;
  /** Of the connection, under the session. */
  readonly socket: Socket;
}

type Answer = (asked: Asked) => void;
type Subscribe = (signal?: AbortSignal, start?: IteratorStart) => Promise<ShardSubscription>;

const CONSUMER = "arn:aws:kinesis:eu-west-1:123456789012:stream/orders/consumer/billing:1";
const SHARD = "shardId-000000000000";
const LATEST = { type: "LATEST" } as const;

/** A server that answers each call alike, and the adapter as it is configured by default. */
async function serve(
  apiBy: ApiBy,
  answer: Answer,
  transport: Partial<TransportOptions> = {},
): Promise<{ readonly asked: readonly Asked[]; readonly subscribe: Subscribe }> {
  const asked: Asked[] = [];
  const server = createServer();
  let socket: Socket | undefined;
  server.on("connection", (connected: Socket) => {
    socket = connected;
    atEnd(() => void connected.destroy());
  });
  server.on("session", (session) => session.on("error", () => undefined));
  server.on("stream", (stream, headers) => {
    const session = stream.session as ServerHttp2Session;
    const own = { headers, stream, session, socket: socket as Socket };
    const pieces: Buffer[] = [];
    stream.on("error", () => undefined).on("data", (piece: Buffer) => pieces.push(piece));
    stream.on("end", () => {
      const body: unknown = JSON.parse(Buffer.concat(pieces).toString());
      asked.push({ ...own, body });
      answer({ ...own, body });
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  atEnd(() => new Promise<void>((resolve) => void server.close(() => resolve())));
  const { port } = server.address() as AddressInfo;
  const api = apiBy(openFor(`http://127.0.0.1:${port}`, transport));
  const subscribe: Subscribe = (signal = noAbort(), start = LATEST) =>
    api.subscribeToShard({ consumerArn: CONSUMER, shardId: SHARD, start }, signal);
  return { asked, subscribe };
}

function begin({ stream }: Asked): ServerHttp2Stream {
  stream.respond({ ":status": 200, "content-type": "application/vnd.amazon.eventstream" });
  stream.write(INITIAL);
  return stream;
}

async function textsOf(subscription: ShardSubscription): Promise<string[]> {
  const texts: string[] = [];
  for await (const event of subscription) texts.push(...textsIn(event));
  return texts;
}

function textsIn({ records }: SubscriptionEvent): string[] {
  return records.map(({ data }) => Buffer.from(data).toString());
}

/** RST_STREAM as such; Node ends a stream before it resets it. */
function resetFrame({ stream }: Asked, code: number): Buffer {
  const frame = Buffer.alloc(13);
  frame.writeUIntBE(4, 0, 3);
  frame.writeUInt8(3, 3);
  frame.writeUInt32BE(stream.id ?? 0, 5);
  frame.writeUInt32BE(code, 9);
  return frame;
}

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await sleep(2);
}

describe.each(WAYS)("a subscription %s", (_way, apiBy) => {
  test("asks for a shard, from every start, over HTTP/2, and is signed", async () => {
    const { asked, subscribe } = await serve(apiBy, (one) => void begin(one).end());
    const starts: readonly (readonly [IteratorStart, object])[] = [
      [LATEST, { Type: "LATEST" }],
      [{ type: "TRIM_HORIZON" }, { Type: "TRIM_HORIZON" }],
      [
        { type: "AT_TIMESTAMP", timestampMs: 1_700_000_000_500 },
        { Type: "AT_TIMESTAMP", Timestamp: 1_700_000_000.5 },
      ],
      [
        { type: "AT_SEQUENCE_NUMBER", sequenceNumber: "7" },
        { Type: "AT_SEQUENCE_NUMBER", SequenceNumber: "7" },
      ],
      [
        { type: "AFTER_SEQUENCE_NUMBER", sequenceNumber: "7" },
        { Type: "AFTER_SEQUENCE_NUMBER", SequenceNumber: "7" },
      ],
    ];
    for (const [start] of starts)
      expect(await textsOf(await subscribe(noAbort(), start))).toEqual([]);
    expect(asked.map(({ body }) => body)).toEqual(
      starts.map(([, StartingPosition]) => ({
        ConsumerARN: CONSUMER,
        ShardId: SHARD,
        StartingPosition,
      })),
    );
    for (const { headers } of asked) {
      expect(headers["x-amz-target"]).toBe("Kinesis_20131202.SubscribeToShard");
      expect(headers["content-type"]).toBe("application/x-amz-json-1.1");
      expect(headers.authorization).toMatch(/^AWS4-HMAC-SHA256 .*SignedHeaders=[^,]*:authority/);
    }
  });

  test("tells events as they come, and its end", async () => {
    const { subscribe } = await serve(apiBy, (one) => {
      const stream = begin(one);
      stream.write(recordsEvent(1, "a", "b"));
      stream.end(recordsEvent(3, "c"));
    });
    expect(await textsOf(await subscribe())).toEqual(["a", "b", "c"]);
  });

  test("is refused in the service's words", async () => {
    const { subscribe } = await serve(apiBy, ({ stream }) => {
      stream.respond({ ":status": 400, "content-type": "application/x-amz-json-1.1" });
      stream.end('{"__type":"ResourceInUseException","message":"not yet"}');
    });
    const error: unknown = await subscribe().catch((thrown: unknown) => thrown);
    expect(apiFailureOf(error)).toEqual({
      kind: "busy",
      awsName: "ResourceInUseException",
      reason: "not yet",
      isAmbiguous: false,
    });
  });

  test.each<[string, Answer]>([
    ["a connection that breaks", ({ socket }) => void socket.destroy()],
    [
      "a session that is left",
      ({ session }) => {
        session.goaway(2);
        session.destroy();
      },
    ],
    [
      "a stream that is reset with INTERNAL_ERROR",
      (one) => void one.socket.write(resetFrame(one, 2)),
    ],
    ["a stream that is reset with CANCEL", (one) => void one.socket.write(resetFrame(one, 8))],
    ["half a message", ({ stream }) => void stream.end(recordsEvent(2, "b").subarray(0, 50))],
    [
      "an exception that passes",
      ({ stream }) => void stream.end(exceptionMessage("InternalFailureException", "broken")),
    ],
  ])("does not take %s for its end", async (_what, breakOff) => {
    let broken: Asked | undefined;
    const { subscribe } = await serve(apiBy, (one) => {
      begin(one).write(recordsEvent(1, "a"));
      broken = one;
    });
    const events = (await subscribe())[Symbol.asyncIterator]();
    const { value } = await events.next();
    expect(textsIn(value as SubscriptionEvent)).toEqual(["a"]);
    const next = events.next();
    breakOff(broken as Asked);
    const error: unknown = await next.catch((thrown: unknown) => thrown);
    expect(apiFailureOf(error)).toMatchObject({ kind: "transient", isAmbiguous: true });
    expect(await events.next()).toEqual({ done: true, value: undefined });
  });

  test("is ended by its signal, at the service too, and leaves no listener behind", async () => {
    const { asked, subscribe } = await serve(apiBy, (one) => {
      begin(one).write(recordsEvent(1, "a"));
    });
    const stop = new AbortController();
    const events = (await subscribe(stop.signal))[Symbol.asyncIterator]();
    await events.next();
    const next = events.next();
    const reason = new Error("enough");
    stop.abort(reason);
    await expect(next).rejects.toBe(reason);
    expect(getEventListeners(stop.signal, "abort")).toEqual([]);
    await until(() => asked[0]?.session.destroyed === true);
  });

  test("is ended by who leaves the loop, and by a signal while nobody reads", async () => {
    const { asked, subscribe } = await serve(apiBy, (one) => {
      begin(one).write(recordsEvent(1, "a"));
    });
    const stop = new AbortController();
    for await (const event of await subscribe(stop.signal)) {
      expect(textsIn(event)).toEqual(["a"]);
      break;
    }
    expect(getEventListeners(stop.signal, "abort")).toEqual([]);
    const unread = await subscribe(stop.signal);
    stop.abort("enough");
    await until(() => asked.every(({ session }) => session.destroyed));
    await expect(unread[Symbol.asyncIterator]().next()).rejects.toBe("enough");
  });

  test("takes no more from the connection than fits its window while nobody asks", async () => {
    const text = "x".repeat(100_000);
    let written = 0;
    const { subscribe } = await serve(apiBy, (one) => {
      const stream = begin(one);
      const write = (): void => {
        while (written < 200) {
          written += 1;
          if (!stream.write(recordsEvent(written, text))) break;
        }
        if (written === 200) stream.end();
      };
      stream.on("drain", write);
      write();
    });
    const subscription = await subscribe();
    await sleep(150);
    const before = written;
    expect(before).toBeLessThan(30);
    const events = subscription[Symbol.asyncIterator]();
    await events.next();
    await sleep(100);
    expect(written - before).toBeLessThan(30);
    let count = 1;
    while ((await events.next()).done !== true) count += 1;
    expect(count).toBe(200);
  });
});

test("pauses within a subscription may be longer than an answer may take to begin", async () => {
  const [[, byWire]] = WAYS as [readonly [string, ApiBy]];
  const answer: Answer = (one) => {
    const stream = begin(one);
    setTimeout(() => stream.end(recordsEvent(1, "late")), 400);
  };
  const patient = await serve(byWire, answer, { requestTimeoutMs: 200 });
  expect(await textsOf(await patient.subscribe())).toEqual(["late"]);
  const silent = await serve(byWire, () => undefined, { requestTimeoutMs: 100 });
  const error: unknown = await silent.subscribe().catch((thrown: unknown) => thrown);
  expect(apiFailureOf(error)).toMatchObject({ kind: "transient", awsName: "TimeoutError" });
});
