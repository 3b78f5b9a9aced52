// Faults of the transport under a ready client with the SDK's default handler, which speaks HTTP/2.
import { constants, createServer, type ServerHttp2Stream } from "node:http2";
import type { AddressInfo } from "node:net";
import { KinesisClient } from "@aws-sdk/client-kinesis";
import { apiFailureOf, type KinesisApi } from "@shardline/core";
import { describe, expect, test } from "vitest";
import { atEnd, configFor, noAbort } from "./support/kinesis-server.ts";
import { type ApiBy, apiOfReady, WAYS } from "./support/ways.ts";

type Answer = (stream: ServerHttp2Stream) => void;

const request = {
  stream: { name: "orders" },
  entries: [{ data: Buffer.from("a"), partitionKey: "k" }],
};

/** The port over the SDK's default client, and a server that answers each call alike. */
async function serveHttp2(apiBy: ApiBy, answer: Answer): Promise<KinesisApi> {
  const server = createServer();
  server.on("session", (session) => {
    session.on("error", () => undefined);
    atEnd(() => session.destroy());
  });
  server.on("stream", (stream) => {
    stream.on("error", () => undefined);
    stream.resume();
    stream.on("end", () => answer(stream));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  atEnd(() => new Promise<void>((resolve) => void server.close(() => resolve())));
  const { port } = server.address() as AddressInfo;
  const ready = new KinesisClient({ ...configFor(`http://127.0.0.1:${port}`), maxAttempts: 1 });
  atEnd(() => ready.destroy());
  return apiOfReady(apiBy, ready);
}

function answerWith(status: number, body: string): Answer {
  return (stream) => {
    stream.respond({ ":status": status });
    stream.end(body);
  };
}

function halfAnAnswer(then: Answer): Answer {
  return (stream) => {
    stream.respond({ ":status": 200 });
    stream.write('{"Records":[', () => setImmediate(then, stream));
  };
}

const reset =
  (code: number): Answer =>
  (stream) =>
    stream.close(code);
const goAway: Answer = (stream) => {
  stream.session?.goaway(constants.NGHTTP2_INTERNAL_ERROR);
  stream.session?.destroy();
};

describe.each(WAYS)("PutRecords %s", (_way, apiBy) => {
  const apiOverHttp2 = (answer: Answer) => serveHttp2(apiBy, answer);

  test("an answer is an answer", async () => {
    const outcome = { ShardId: "shardId-000000000000", SequenceNumber: "1" };
    const api = await apiOverHttp2(answerWith(200, JSON.stringify({ Records: [outcome] })));
    expect(await api.putRecords(request, noAbort())).toEqual({
      outcomes: [{ kind: "stored", shardId: "shardId-000000000000", sequenceNumber: "1" }],
    });
  });

  describe("every fault after the request was sent is transient and ambiguous", () => {
    test.each<[string, Answer]>([
      ["a session that ends before the answer", (stream) => stream.session?.destroy()],
      ["a session that ends within the answer", halfAnAnswer((s) => s.session?.destroy())],
      ["a reset with REFUSED_STREAM", reset(constants.NGHTTP2_REFUSED_STREAM)],
      ["a reset with CANCEL", reset(constants.NGHTTP2_CANCEL)],
      ["a reset with INTERNAL_ERROR", reset(constants.NGHTTP2_INTERNAL_ERROR)],
      ["a reset within the answer", halfAnAnswer(reset(constants.NGHTTP2_INTERNAL_ERROR))],
      ["a GOAWAY with an error", goAway],
      ["JSON that breaks off", answerWith(200, '{"Records":[{"Sequ')],
      ["an empty 200", answerWith(200, "")],
      ["a 500", answerWith(500, '{"__type":"InternalFailure","message":"no"}')],
    ])("%s", async (_what, answer) => {
      const api = await apiOverHttp2(answer);
      const error = await api.putRecords(request, noAbort()).catch((reason: unknown) => reason);
      expect(apiFailureOf(error)).toMatchObject({ kind: "transient", isAmbiguous: true });
    });
  });

  test("a refused connection is unreachable and not ambiguous", async () => {
    // Nobody listens there; a port that was closed just now may be somebody else's when it is called.
    const ready = new KinesisClient({ ...configFor("http://127.0.0.1:1"), maxAttempts: 1 });
    atEnd(() => ready.destroy());
    const api = apiOfReady(apiBy, ready);
    const error = await api.putRecords(request, noAbort()).catch((reason: unknown) => reason);
    expect(apiFailureOf(error)).toMatchObject({
      kind: "unreachable",
      awsName: "ECONNREFUSED",
      isAmbiguous: false,
    });
  });

  test("an abort rejects with its reason", async () => {
    const stop = new AbortController();
    const api = await apiOverHttp2(() => stop.abort("enough"));
    await expect(
      api.putRecords(request, stop.signal).catch((reason: unknown) => reason),
    ).resolves.toBe("enough");
  });
});
