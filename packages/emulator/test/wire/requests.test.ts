import { once } from "node:events";
import { connect } from "node:http2";
import { VirtualClock } from "@shardline/core/testing";
import { startEmulator } from "@shardline/emulator";
import { expect, test } from "vitest";
import { HttpServer } from "../../src/http/http-server.ts";
import { exchange, readAnswer, requestOf, untilClosed, withSocket } from "../support/raw-http.ts";

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

test("T03: a connection that sends one byte, waits and sends the rest is still understood", async () => {
  await using emulator = await startEmulator();
  const { port } = emulator;
  const request = requestOf("ListStreams", "{}");
  const answer = await withSocket(port, async (socket) => {
    socket.write(request.subarray(0, 1));
    await pause(100);
    socket.write(request.subarray(1));
    return readAnswer(socket);
  });
  expect(answer.status).toBe(200);
});

test("T03: an HTTP/2 preface that comes byte by byte is still understood", async () => {
  await using emulator = await startEmulator();
  const { port } = emulator;
  await withSocket(port, async (socket) => {
    for (const byte of Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")) {
      socket.write(Buffer.of(byte));
      await pause(1);
    }
    // An empty SETTINGS frame, to which the server's own SETTINGS frame is the answer.
    socket.write(Buffer.from("000000040000000000", "hex"));
    const [first] = (await once(socket, "data")) as [Buffer];
    expect(first[3]).toBe(4);
  });
});

test("T03: garbage is answered or closed at once", async () => {
  await using emulator = await startEmulator();
  const { port } = emulator;
  for (const garbage of [
    "\u0000\u0001\u0002\u0003",
    "hello\r\n\r\n",
    "PRIVATE\r\n\r\n",
    "\r\n\r\n\r\n#",
  ]) {
    await withSocket(port, async (socket) => {
      socket.write(garbage);
      await untilClosed(socket);
    });
  }
});

test("T03: a connection that begins a request and falls silent is closed in time", async () => {
  const never = (): Promise<never> => new Promise(() => {});
  const server = await HttpServer.listen(0, never, { firstRequestMs: 100 });
  await Promise.all(
    ["P", "PRI * HT", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "POST / HTTP/1.1\r\nhost: x\r\n"].map(
      (beginning) =>
        withSocket(server.port, async (socket) => {
          socket.write(beginning);
          await untilClosed(socket);
        }),
    ),
  );
  await server.close();
});

test("an answer has its ids, its date by the emulator's clock, and its length", async () => {
  await using emulator = await startEmulator({ clock: new VirtualClock(1_700_000_000_000) });
  const { port } = emulator;
  const { status, headers, body } = await exchange(port, requestOf("ListStreams", "{}"));
  expect(status).toBe(200);
  expect(headers).toMatchObject({
    "content-type": "application/x-amz-json-1.1",
    "content-length": String(body.length),
    date: "Tue, 14 Nov 2023 22:13:20 GMT",
    "x-amzn-requestid": expect.stringMatching(
      /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-8[0-9a-f]{3}-[0-9a-f]{12}$/,
    ),
    "x-amz-id-2": expect.stringMatching(/^[A-Za-z0-9+/]{96}$/),
  });
  expect(JSON.parse(body)).toEqual({ StreamNames: [], StreamSummaries: [], HasMoreStreams: false });
});

test("an operation without output answers 200 with an empty body", async () => {
  await using emulator = await startEmulator();
  const { port } = emulator;
  const body = JSON.stringify({ StreamName: "s", ShardCount: 1 });
  const answer = await exchange(port, requestOf("CreateStream", body));
  expect([answer.status, answer.headers["content-length"], answer.body]).toEqual([200, "0", ""]);
});

test("T06: error bodies carry the exception and its message", async () => {
  await using emulator = await startEmulator();
  const { port } = emulator;
  const answer = async (operation: string, body: string): Promise<unknown> => {
    const { status, body: text } = await exchange(port, requestOf(operation, body));
    expect(status).toBe(400);
    return JSON.parse(text);
  };
  expect(await answer("DescribeStreamSummary", '{"StreamName":"s"}')).toEqual({
    __type: "ResourceNotFoundException",
    message: "Stream s under account 000000000000 not found.",
  });
  expect(await answer("DescribeStreamSummary", '{"StreamName":5}')).toEqual({
    __type: "SerializationException",
    Message:
      "class com.amazon.coral.value.json.numbers.TruncatingBigNumber can not be converted to an String",
  });
  expect(await answer("Nothing", "{}")).toMatchObject({ __type: "UnknownOperationException" });
});

test.each(["", "{", "null", "[]", '"x"', "5", '{"StreamName":"\u00ff"}'])(
  "T06: a body of %j is a SerializationException",
  async (body) => {
    await using emulator = await startEmulator();
    const { port } = emulator;
    const answer = await exchange(
      port,
      requestOf("DescribeStreamSummary", Buffer.from(body, "latin1")),
    );
    expect(answer.status).toBe(400);
    expect(JSON.parse(answer.body)).toMatchObject({ __type: "SerializationException" });
  },
);

const UNDETERMINED =
  "<AccessDeniedException>\n" +
  "  <Message>Unable to determine service/operation name to be authorized</Message>\n" +
  "</AccessDeniedException>\n";

test("a request is refused by the first thing that is wrong with it: method, type, target, body", async () => {
  await using emulator = await startEmulator();
  const refusal = async (method: string, body: string, headers: object): Promise<unknown> => {
    const request = requestOf("ListStreams", body, { ...headers }).toString("latin1");
    const bytes = Buffer.from(request.replace("POST", method), "latin1");
    const { status, body: text } = await exchange(emulator.port, bytes);
    return [status, text];
  };
  const wrongType = { "content-type": "text/plain" };
  const noTarget = { "x-amz-target": "" };
  const wrongTarget = { "x-amz-target": "Kinesis_20131202.Nothing" };
  for (const method of ["GET", "PUT", "DELETE", "OPTIONS", "PATCH"]) {
    expect(await refusal(method, "{", { ...wrongType, ...noTarget })).toEqual([403, UNDETERMINED]);
  }
  expect(await refusal("POST", "{", { ...wrongType, ...noTarget })).toEqual([403, UNDETERMINED]);
  expect(await refusal("POST", "{", { "content-type": "", ...noTarget })).toEqual([
    403,
    UNDETERMINED,
  ]);
  expect(await refusal("POST", "{", { ...wrongType, ...wrongTarget })).toEqual([
    404,
    "<UnknownOperationException/>\n",
  ]);
  for (const target of ["", "ListStreams", "Kinesis_20131202.", "Other.ListStreams"]) {
    expect(await refusal("POST", "{", { "x-amz-target": target })).toEqual([
      400,
      '{"__type":"UnknownOperationException"}',
    ]);
  }
  expect(await refusal("POST", "{", wrongTarget)).toEqual([
    400,
    '{"__type":"UnknownOperationException"}',
  ]);
  expect(await refusal("POST", "{", {})).toEqual([
    400,
    '{"__type":"SerializationException","Message":"The body is not application/x-amz-json-1.1."}',
  ]);
});

test("parameters after the content type do not matter, and neither does the path", async () => {
  await using emulator = await startEmulator();
  const { port } = emulator;
  const request = requestOf("ListStreams", "{}", {
    "content-type": "application/x-amz-json-1.1; charset=utf-8",
  });
  const elsewhere = Buffer.from(request.toString().replace("POST /", "POST /any/where?x=1"));
  expect((await exchange(port, elsewhere)).status).toBe(200);
});

test("a health check answers 200", async () => {
  await using emulator = await startEmulator();
  const { endpoint } = emulator;
  const answer = await fetch(`${endpoint}/healthcheck`, { headers: { connection: "close" } });
  expect([answer.status, await answer.text()]).toEqual([200, "healthy\n"]);
});

test("a body of more than 20 MiB is answered with 413 and an empty body, and the connection lives on", async () => {
  await using emulator = await startEmulator();
  const { port } = emulator;
  await withSocket(port, async (socket) => {
    socket.write(requestOf("ListStreams", Buffer.alloc(20_971_521, " ")));
    const refused = await readAnswer(socket);
    expect([refused.status, refused.body]).toEqual([413, ""]);
    socket.write(requestOf("ListStreams", "{}"));
    expect((await readAnswer(socket)).status).toBe(200);
  });
});

test("a body of more than 20 MiB over HTTP/2 is answered with 413 too", async () => {
  await using emulator = await startEmulator();
  const { endpoint } = emulator;
  const session = connect(endpoint);
  const stream = session.request({ ":method": "POST", ":path": "/" });
  stream.on("error", () => {});
  stream.end(Buffer.alloc(20_971_521));
  const [headers] = (await once(stream, "response")) as [Record<string, unknown>];
  expect(headers[":status"]).toBe(413);
  session.destroy();
});

test("requests of one connection are answered in their order", async () => {
  await using emulator = await startEmulator({ streams: { a: 1, b: 2, c: 3 } });
  const { port } = emulator;
  await withSocket(port, async (socket) => {
    const names = ["a", "b", "c", "nothing"];
    const requests = names.map((StreamName) =>
      requestOf("DescribeStreamSummary", JSON.stringify({ StreamName })),
    );
    for (const name of names) {
      socket.write(requests[names.indexOf(name)] ?? "");
      expect((await readAnswer(socket)).body).toContain(name);
    }
  });
});
