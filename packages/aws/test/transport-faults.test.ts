// Faults of the transport as the SDK really meets them, each with the failure that the port makes of it.
import type { Agent, ServerResponse } from "node:http";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { type ApiFailure, apiFailureOf, type KinesisApi } from "@shardline/core";
import type { NodeHttpHandler } from "@smithy/node-http-handler";
import { describe, expect, test } from "vitest";
import { atEnd, exception, json, noAbort, openFor, serve } from "./support/kinesis-server.ts";
import { apiForBy, WAYS } from "./support/ways.ts";

const stream = { name: "orders" };
const entries = [
  { data: Buffer.from("a"), partitionKey: "k" },
  { data: Buffer.from("b"), partitionKey: "k" },
];

async function failureOf(call: Promise<unknown>): Promise<ApiFailure> {
  const error = await call.then(
    () => expect.unreachable("the call must fail"),
    (reason: unknown) => reason,
  );
  const failure = apiFailureOf(error);
  if (failure === undefined) throw error;
  return failure;
}

function failureOfPut(api: KinesisApi): Promise<ApiFailure> {
  return failureOf(api.putRecords({ stream, entries }, noAbort()));
}

function raw(status: number, body: string): (response: ServerResponse) => void {
  return (response) => {
    response.writeHead(status, { "content-length": Buffer.byteLength(body) });
    response.end(body);
  };
}

/** Sends headers that promise more than comes, and then does something to the connection. */
function halfAnAnswer(
  then: (response: ServerResponse) => void,
): (response: ServerResponse) => void {
  return (response) => {
    response.writeHead(200, { "content-length": 100 });
    response.write('{"Records":[', () => then(response));
  };
}

async function listen(server: Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** A bare TCP server that treats every connection alike, until the test is over. */
async function tcp(onConnection: (socket: Socket) => void): Promise<string> {
  const server = createServer((socket) => {
    atEnd(() => void socket.destroy());
    onConnection(socket);
  });
  const address = await listen(server);
  atEnd(() => void server.close());
  return address;
}

/** Where nobody listens: a port that was closed just now may be somebody else's by the time that it is called. */
const DEAD_PORT = 1;

describe.each(WAYS)("PutRecords %s", (_way, apiBy) => {
  const apiFor = apiForBy(apiBy);

  describe("after the request was sent, every fault of the transport is transient and ambiguous", () => {
    test.each([
      [
        "a connection closed before the answer",
        (r: ServerResponse) => r.socket?.destroy(),
        "ECONNRESET",
      ],
      [
        "a connection reset before the answer",
        (r: ServerResponse) => r.socket?.resetAndDestroy(),
        "ECONNRESET",
      ],
      [
        "a connection closed within the answer",
        halfAnAnswer((r) => r.socket?.destroy()),
        "ECONNRESET",
      ],
      [
        "an answer that is not HTTP",
        (r: ServerResponse) => r.socket?.end("ouch\r\n\r\n"),
        "HPE_INVALID_CONSTANT",
      ],
      ["JSON that breaks off", raw(200, '{"Records":[{"Sequ'), "UnreadableAnswer"],
      ["HTML", raw(200, "<html></html>"), "UnreadableAnswer"],
      ["an empty 200", raw(200, ""), "AnswerMismatch"],
      [
        "too few outcomes",
        json({ Records: [{ ShardId: "s", SequenceNumber: "1" }] }),
        "AnswerMismatch",
      ],
      ["too many outcomes", json({ Records: [{}, {}, {}] }), "AnswerMismatch"],
      ["outcomes that are no list", json({ Records: 5 }), "AnswerMismatch"],
      ["a 500", exception("InternalFailure", 500), "InternalFailure"],
      ["a 500 without a body", raw(500, ""), "Http500"],
      ["a 502 in HTML", raw(502, "<html></html>"), "Http502"],
      ["a 403 of something in between", raw(403, "<html></html>"), "Http403"],
    ])("%s", async (_what, answer, awsName) => {
      const { url } = await serve(answer);
      expect(await failureOfPut(apiFor(url))).toMatchObject({
        kind: "transient",
        awsName,
        isAmbiguous: true,
      });
    });

    test("an answer that does not begin within the request timeout", async () => {
      const { url } = await serve(() => undefined);
      // Time enough to connect, on a busy machine too: before that it would be another failure.
      const api = apiFor(url, { requestTimeoutMs: 500 });
      const fetch = api.getRecords({ stream, iterator: "i", limit: 1 }, noAbort());
      expect(await failureOf(fetch)).toMatchObject({
        kind: "transient",
        awsName: "TimeoutError",
        isAmbiguous: true,
      });
    });

    test("an answer that begins and then falls silent", async () => {
      const { url } = await serve(halfAnAnswer(() => undefined));
      expect(await failureOfPut(apiFor(url, { requestTimeoutMs: 60 }))).toEqual({
        kind: "transient",
        awsName: "TimeoutError",
        reason: "the answer fell silent for 60 ms",
        isAmbiguous: true,
      });
    });
  });

  describe("an answer that turns the request away is not ambiguous", () => {
    test.each([
      ["a 503", exception("ServiceUnavailable", 503), "transient", "ServiceUnavailable"],
      ["a 503 in HTML", raw(503, "<html>busy</html>"), "transient", "Http503"],
      ["a 413", raw(413, ""), "rejected", "Http413"],
      ["a 429", raw(429, ""), "throttled", "Http429"],
      [
        "an exception with a namespace",
        exception("com.amazon.x#KMSDisabledException"),
        "denied",
        "KMSDisabledException",
      ],
    ] as const)("%s", async (_what, answer, kind, awsName) => {
      const { url } = await serve(answer);
      expect(await failureOfPut(apiFor(url))).toMatchObject({ kind, awsName, isAmbiguous: false });
    });
  });

  describe("what failed before anything was sent is unreachable and not ambiguous", () => {
    test("a refused connection", async () => {
      expect(await failureOfPut(apiFor(`http://127.0.0.1:${DEAD_PORT}`))).toMatchObject({
        kind: "unreachable",
        awsName: "ECONNREFUSED",
        isAmbiguous: false,
      });
    });

    test("a connection refused on every address of a name", async () => {
      expect(await failureOfPut(apiFor(`http://localhost:${DEAD_PORT}`))).toMatchObject({
        kind: "unreachable",
        awsName: "ECONNREFUSED",
        isAmbiguous: false,
      });
    });

    test("a server that does not speak TLS", async () => {
      const address = await tcp((socket) => socket.end("HTTP/1.1 400 Bad Request\r\n\r\n"));
      expect(await failureOfPut(apiFor(`https://${address}`))).toMatchObject({
        kind: "unreachable",
        isAmbiguous: false,
      });
    });

    test("a server that closes before TLS stands", async () => {
      const address = await tcp((socket) => {
        socket.once("data", () => socket.end());
      });
      expect(await failureOfPut(apiFor(`https://${address}`))).toMatchObject({
        kind: "unreachable",
        awsName: "ECONNRESET",
        isAmbiguous: false,
      });
    });

    test("a call that got no connection within the connect timeout", async () => {
      const { url } = await serve(() => undefined);
      const api = apiFor(url, { maxSockets: 1, connectTimeoutMs: 500, requestTimeoutMs: 1000 });
      const fetch = () => failureOf(api.getRecords({ stream, iterator: "i", limit: 1 }, noAbort()));
      const [first, second] = await Promise.all([fetch(), fetch()]);
      expect(first).toMatchObject({
        kind: "transient",
        awsName: "TimeoutError",
        isAmbiguous: true,
      });
      expect(second).toMatchObject({
        kind: "unreachable",
        awsName: "TimeoutError",
        isAmbiguous: false,
      });
    });
  });

  test("a reset after an answer that came before the request was read harms nobody", async () => {
    const stored = '{"Records":[{"ShardId":"s","SequenceNumber":"1"}]}';
    const early = `HTTP/1.1 200 OK\r\ncontent-length: ${stored.length}\r\n\r\n${stored}`;
    let answers = 0;
    const address = await tcp((socket) => {
      socket.on("error", () => undefined);
      socket.once("data", () => {
        answers += 1;
        socket.pause();
        socket.write(early, () => socket.resetAndDestroy());
      });
    });
    const api = apiFor(`http://${address}`);
    const large = [{ data: Buffer.alloc(8 * 1_048_576), partitionKey: "k" }];
    // The reset may overtake the answer; either way the error of the upload must find somebody who listens.
    for (let i = 0; i < 5; i += 1) {
      await api.putRecords({ stream, entries: large }, noAbort()).catch(apiFailureOf);
    }
    expect(answers).toBe(5);
  });

  describe("a slow answer", () => {
    test("is waited for as long as pieces of it keep coming", async () => {
      const body = JSON.stringify({ Records: [], NextShardIterator: "next" });
      const { url } = await serve((response) => {
        response.writeHead(200, { "content-length": body.length });
        const pieces = body.match(/.{1,8}/g) ?? [];
        const send = (at: number): void => {
          response.write(pieces[at]);
          if (at + 1 < pieces.length) setTimeout(send, 450, at + 1);
          else response.end();
        };
        send(0);
      });
      const api = apiFor(url, { requestTimeoutMs: 2000 });
      const fetched = await api.getRecords({ stream, iterator: "i", limit: 1 }, noAbort());
      expect(fetched.next).toEqual({ kind: "iterator", iterator: "next" });
    });

    test("to PutRecords is waited for as long as a slow link may need to send it", async () => {
      const stored = { ShardId: "shardId-000000000000", SequenceNumber: "1" };
      const { url } = await serve((response, nth) => {
        setTimeout(json({ Records: [stored, stored] }), 150, response, nth);
      });
      const api = apiFor(url, { requestTimeoutMs: 50 });
      const { outcomes } = await api.putRecords({ stream, entries }, noAbort());
      expect(outcomes.map(({ kind }) => kind)).toEqual(["stored", "stored"]);
    });

    test("leaves nothing behind on its connection", async () => {
      const { connections, url } = await serve(json({ Records: [], NextShardIterator: "next" }));
      const sockets: Socket[] = [];
      const opened = openFor(url, { maxSockets: 1 });
      const handler = opened.client.config.requestHandler as NodeHttpHandler;
      const api = apiBy(opened);
      const fetch = () => api.getRecords({ stream, iterator: "i", limit: 1 }, noAbort());
      for (let i = 0; i < 20; i += 1) await fetch();
      const { httpAgent } = handler.httpHandlerConfigs();
      for (const idle of Object.values((httpAgent as Agent).freeSockets))
        sockets.push(...(idle ?? []));
      expect(connections.made).toBe(1);
      expect(sockets.map((socket) => socket.timeout)).toEqual([0]);
      expect(sockets.map((socket) => socket.listenerCount("timeout"))).toEqual([1]);
    });
  });

  test("the rejection names the operation and keeps the SDK's error as its cause", async () => {
    const { url } = await serve(exception("ResourceNotFoundException", 400, "no such stream"));
    await expect(apiFor(url).putRecords({ stream, entries }, noAbort())).rejects.toMatchObject({
      code: "API_CALL_FAILED",
      message: "PutRecords failed: ResourceNotFoundException: no such stream",
      isRetryable: false,
      details: { operation: "PutRecords" },
      cause: { name: "ResourceNotFoundException", $metadata: { httpStatusCode: 400 } },
    });
  });

  test("a failed call of the data plane is not repeated", async () => {
    const { url, requests } = await serve(exception("InternalFailure", 500));
    const api = apiFor(url);
    await failureOfPut(api);
    const start = { type: "LATEST" } as const;
    const calls = [
      api.listShards({ stream }, noAbort()),
      api.getShardIterator({ stream, shardId: "shardId-000000000000", start }, noAbort()),
      api.getRecords({ stream, iterator: "i", limit: 1 }, noAbort()),
    ];
    const settled = await Promise.allSettled(calls);
    expect(settled.map(({ status }) => status)).toEqual(["rejected", "rejected", "rejected"]);
    expect(requests.map(({ operation }) => operation).sort()).toEqual([
      "GetRecords",
      "GetShardIterator",
      "ListShards",
      "PutRecords",
    ]);
  });
});
