// Input that no honest client sends: the server must answer it or end the connection, and serve the next one. What
// bodies may hold is tried without a socket, in fuzz.test.ts.
import { once } from "node:events";
import { connect } from "node:http2";
import { connect as connectTls } from "node:tls";
import { systemClock, systemRandom } from "@shardline/core";
import { Emulator, startEmulator } from "@shardline/emulator";
import fc from "fast-check";
import { expect, test } from "vitest";
import { httpHandleOf } from "../../src/create-request-handler.ts";
import { HttpServer } from "../../src/http/http-server.ts";
import { exchange, readAnswer, requestOf, untilClosed, withSocket } from "../support/raw-http.ts";

async function isAlive(port: number): Promise<boolean> {
  return (await exchange(port, requestOf("ListStreams", "{}"))).status === 200;
}

test("any bytes on a connection are answered or the connection is closed", async () => {
  await using emulator = await startEmulator();
  const beginnings = fc.constantFrom(
    "",
    "PRI",
    "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "GET ",
    "POST / HTTP/1.1\r\n",
  );
  await fc.assert(
    fc.asyncProperty(beginnings, fc.uint8Array({ maxLength: 200 }), async (beginning, bytes) => {
      await withSocket(emulator.port, async (socket) => {
        // The end of our side keeps nobody waiting for more.
        socket.end(Buffer.concat([Buffer.from(beginning), bytes]));
        await untilClosed(socket);
      });
    }),
    { numRuns: 200 },
  );
  expect(await isAlive(emulator.port)).toBe(true);
});

const PREFACE = Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
const SETTINGS = Buffer.from("000000040000000000", "hex");

/** Frames of every kind and of none, their lengths mostly true, on streams that are open or never were. */
const frames = fc
  .record({
    type: fc.nat(12),
    flags: fc.constantFrom(0, 1, 4, 5, 8, 0x20, 0x24, 0x2d, 0xff),
    stream: fc.constantFrom(0, 1, 2, 3, 5, 0x7fffffff, 0xffffffff),
    payload: fc.uint8Array({ maxLength: 40 }),
    lie: fc.oneof(
      { weight: 9, arbitrary: fc.constant(0) },
      { weight: 1, arbitrary: fc.nat(0xffff) },
    ),
  })
  .map(({ type, flags, stream, payload, lie }) => {
    const head = Buffer.alloc(9);
    head.writeUIntBE(payload.length + lie, 0, 3);
    head.writeUInt8(type, 3);
    head.writeUInt8(flags, 4);
    head.writeUInt32BE(stream, 5);
    return Buffer.concat([head, payload]);
  });

test("any frames after an HTTP/2 preface are answered or the connection is closed in time", async () => {
  const emulator = new Emulator({ clock: systemClock, random: systemRandom });
  const times = { firstRequestMs: 20, idleSessionMs: 20 };
  const server = await HttpServer.listen(0, httpHandleOf(emulator), times);
  const sequences = fc.tuple(fc.boolean(), fc.array(frames, { minLength: 1, maxLength: 10 }));
  await fc.assert(
    fc.asyncProperty(sequences, async ([isPolite, sequence]) => {
      await withSocket(server.port, async (socket) => {
        socket.end(Buffer.concat([PREFACE, ...(isPolite ? [SETTINGS] : []), ...sequence]));
        await untilClosed(socket);
      });
    }),
    { numRuns: 300 },
  );
  expect(await isAlive(server.port)).toBe(true);
  await server.close();
});

test("any records of TLS, and any bytes within it, are answered or the connection is closed", async () => {
  await using emulator = await startEmulator({ tls: true });
  const { port, ca = "" } = emulator;
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 100 }), fc.boolean(), async (bytes, isWithin) => {
      if (!isWithin) {
        await withSocket(port, async (socket) => {
          socket.end(Buffer.concat([Buffer.of(0x16), bytes]));
          await untilClosed(socket);
        });
        return;
      }
      const socket = connectTls({ port, host: "127.0.0.1", ca });
      await once(socket, "secureConnect");
      socket.end(bytes);
      await untilClosed(socket);
    }),
    { numRuns: 100 },
  );
  expect(await isAlive(port)).toBe(true);
});

test("a session that is broken after its first call is closed in time", async () => {
  const emulator = new Emulator({ clock: systemClock, random: systemRandom });
  const server = await HttpServer.listen(0, httpHandleOf(emulator), { idleSessionMs: 50 });
  await withSocket(server.port, async (socket) => {
    // GET / in a header block of indexed fields, then a frame that is longer than its kind.
    const call = Buffer.from("000003010500000001828684", "hex");
    const broken = Buffer.from("00000503000000000100000000000000", "hex");
    socket.write(Buffer.concat([PREFACE, SETTINGS, call]));
    await once(socket, "data");
    socket.write(broken);
    await untilClosed(socket);
  });
  await server.close();
});

test("a header of a megabyte is refused", async () => {
  await using emulator = await startEmulator();
  const huge = requestOf("ListStreams", "{}", { "x-huge": "x".repeat(1_000_000) });
  await withSocket(emulator.port, async (socket) => {
    socket.write(huge);
    await untilClosed(socket);
  });
  const session = connect(emulator.endpoint);
  session.on("error", () => {});
  const stream = session.request({ ":method": "POST", "x-huge": "x".repeat(100_000) });
  stream.on("error", () => {});
  await new Promise((resolve) => stream.on("close", resolve));
  session.destroy();
  expect(await isAlive(emulator.port)).toBe(true);
});

test("a client that leaves at any moment of its request hurts nobody", async () => {
  await using emulator = await startEmulator({ streams: { s: 1 } });
  const Records = Array.from({ length: 50 }, () => ({ PartitionKey: "k", Data: "aGk=" }));
  const request = requestOf("PutRecords", JSON.stringify({ StreamName: "s", Records }));
  for (let length = 0; length <= request.length; length += 97) {
    await withSocket(emulator.port, async (socket) => {
      socket.write(request.subarray(0, length));
      await new Promise((resolve) => setImmediate(resolve));
    });
  }
  expect(await isAlive(emulator.port)).toBe(true);
});

test("a client that resets its HTTP/2 streams hurts nobody", async () => {
  await using emulator = await startEmulator({ streams: { s: 1 } });
  const session = connect(emulator.endpoint);
  const headers = {
    ":method": "POST",
    "content-type": "application/x-amz-json-1.1",
    "x-amz-target": "Kinesis_20131202.ListStreams",
  };
  for (let i = 0; i < 20; i += 1) {
    const stream = session.request(headers);
    stream.on("error", () => {});
    if (i % 2 === 0) stream.write("{");
    else stream.end("{}");
    if (i % 3 === 0) await new Promise((resolve) => setImmediate(resolve));
    stream.close(8);
    await once(stream, "close");
  }
  const last = session.request(headers);
  last.end("{}");
  const [answer] = (await once(last, "response")) as [Record<string, unknown>];
  expect(answer[":status"]).toBe(200);
  session.destroy();
});

test("a pattern is not matched against megabytes, so that a long text costs no time", async () => {
  await using emulator = await startEmulator();
  const StreamARN = "arn:aws:kinesis:".repeat(500_000);
  const before = process.cpuUsage();
  const answer = await exchange(
    emulator.port,
    requestOf("DescribeStream", JSON.stringify({ StreamARN })),
  );
  expect(answer.status).toBe(400);
  expect(answer.body.length).toBeLessThan(10_000);
  // Of this process's own time, of which a busy machine takes none away.
  const { system, user } = process.cpuUsage(before);
  expect((system + user) / 1000).toBeLessThan(5000);
});

test("any JSON to the lease table is answered", async () => {
  await using emulator = await startEmulator();
  const operations = fc.constantFrom(
    "GetItem",
    "PutItem",
    "UpdateItem",
    "Scan",
    "CreateTable",
    "Nothing",
  );
  await withSocket(emulator.port, async (socket) => {
    await fc.assert(
      fc.asyncProperty(operations, fc.json(), async (operation, body) => {
        const headers = {
          "content-type": "application/x-amz-json-1.0",
          "x-amz-target": `DynamoDB_20120810.${operation}`,
          "x-amz-date": "20260101T000000Z",
          authorization:
            "AWS4-HMAC-SHA256 Credential=k/20260101/us-east-1/dynamodb/aws4_request, SignedHeaders=h, Signature=s",
        };
        socket.write(requestOf("", body, headers));
        expect([200, 400, 500]).toContain((await readAnswer(socket)).status);
      }),
      { numRuns: 200 },
    );
  });
  expect(await isAlive(emulator.port)).toBe(true);
});
