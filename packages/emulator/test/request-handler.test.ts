// The way in that needs no socket: clients of the AWS SDK on the virtual clock.
import { setImmediate as turn } from "node:timers/promises";
import { CreateTableCommand, DynamoDBClient, ListTablesCommand } from "@aws-sdk/client-dynamodb";
import {
  CreateStreamCommand,
  GetRecordsCommand,
  GetShardIteratorCommand,
  KinesisClient,
  ListStreamsCommand,
  PutRecordsCommand,
  ResourceNotFoundException,
  SubscribeToShardCommand,
  DescribeStreamCommand,
} from "@aws-sdk/client-kinesis";
import { createRequestHandler, startEmulator } from "@shardline/emulator";
import { expect, onTestFinished, test } from "vitest";
import type { HttpAnswer, HttpRequest } from "../src/http/http-message.ts";
import { type HandlerOptions, RequestHandler } from "../src/http/request-handler.ts";
import type { WireFault } from "../src/http/wire-fault.ts";
import { quietClock } from "../../../test/support/quiet-clock.ts";
import { newEmulator } from "./support/emulator.ts";
import { registerConsumer } from "./support/fan-out.ts";
import { kinesisClient } from "./support/running.ts";
import { SPEAKS_CBOR } from "./support/sdk-cbor.ts";

const IDENTITY = {
  region: "eu-west-1",
  credentials: { accessKeyId: "111122223333", secretAccessKey: "x" },
  maxAttempts: 1,
};
const REQUEST = { method: "POST", path: "/", headers: {} };

/** A handler before anything that answers. */
function handlerOver(
  handle: (request: HttpRequest) => Promise<HttpAnswer>,
  isOpen = true,
): RequestHandler {
  return new RequestHandler({ handle, clock: quietClock(), isOpen: () => isOpen });
}

async function textOf(body: AsyncIterable<Uint8Array> | Uint8Array): Promise<string> {
  const pieces = body instanceof Uint8Array ? [body] : body;
  let text = "";
  for await (const piece of pieces) text += Buffer.from(piece).toString();
  return text;
}

test.each([
  ["JSON", {}],
  ["CBOR", SPEAKS_CBOR],
])("clients of both services reach an emulator without a server, in %s", async (_, protocol) => {
  const { emulator, clock } = newEmulator();
  const requestHandler = createRequestHandler(emulator);
  const kinesis = new KinesisClient({ ...IDENTITY, ...protocol, requestHandler });
  const StreamName = "orders";
  await kinesis.send(new CreateStreamCommand({ StreamName, ShardCount: 1 }));
  await clock.advance(1);
  const Data = Buffer.from([0, 128, 255]);
  await kinesis.send(new PutRecordsCommand({ StreamName, Records: [{ Data, PartitionKey: "k" }] }));
  const ShardId = "shardId-000000000000";
  const { ShardIterator } = await kinesis.send(
    new GetShardIteratorCommand({ StreamName, ShardId, ShardIteratorType: "TRIM_HORIZON" }),
  );
  const { Records } = await kinesis.send(new GetRecordsCommand({ ShardIterator }));
  expect([...(Records?.[0]?.Data ?? [])]).toEqual([...Data]);
  const missing = kinesis.send(new DescribeStreamCommand({ StreamName: "unknown" }));
  await expect(missing).rejects.toThrow(ResourceNotFoundException);
  expect(
    emulator.inspect(StreamName, { accountId: "111122223333", region: "eu-west-1" }),
  ).toBeDefined();

  const dynamoDb = new DynamoDBClient({ ...IDENTITY, requestHandler });
  await dynamoDb.send(
    new CreateTableCommand({
      TableName: "leases",
      BillingMode: "PAY_PER_REQUEST",
      AttributeDefinitions: [{ AttributeName: "leaseKey", AttributeType: "S" }],
      KeySchema: [{ AttributeName: "leaseKey", KeyType: "HASH" }],
    }),
  );
  expect((await dynamoDb.send(new ListTablesCommand({}))).TableNames).toEqual(["leases"]);
  kinesis.destroy();
  dynamoDb.destroy();
});

test.each([
  ["JSON", {}],
  ["CBOR", SPEAKS_CBOR],
])("T42: a subscription brings events in %s, and ends with its client", async (form, protocol) => {
  const fake = newEmulator({ streams: { s: 1 } });
  const { emulator, clock, call } = fake;
  const ConsumerARN = await registerConsumer(fake);
  const { accountId, region } = emulator.caller;
  const client = new KinesisClient({
    region,
    credentials: { accessKeyId: accountId, secretAccessKey: "x" },
    ...protocol,
    requestHandler: createRequestHandler(emulator),
  });
  const Data = Buffer.from([0, 128, 255]).toString("base64");
  await call("PutRecord", { StreamName: "s", PartitionKey: "é", Data });
  const { EventStream = [] } = await client.send(
    new SubscribeToShardCommand({
      ConsumerARN,
      ShardId: "shardId-000000000000",
      StartingPosition: { Type: "TRIM_HORIZON" },
    }),
  );
  for await (const { SubscribeToShardEvent: event } of EventStream) {
    const [record] = event?.Records ?? [];
    expect([...(record?.Data ?? [])], form).toEqual([0, 128, 255]);
    expect(record?.PartitionKey).toBe("é");
    expect(event?.ContinuationSequenceNumber).toBe(record?.SequenceNumber);
    break;
  }
  client.destroy();
  await turn();
  expect(clock.pendingTimers).toBe(0);
});

test("T10: a stream id is accepted by the way that the SDK cannot divert", async () => {
  const { emulator } = newEmulator({ streams: { orders: 1 } });
  const requestHandler = createRequestHandler(emulator);
  const { accountId } = emulator.caller;
  const client = new KinesisClient({
    ...IDENTITY,
    region: emulator.caller.region,
    credentials: { accessKeyId: accountId, secretAccessKey: "x" },
    requestHandler,
  });
  const StreamId = `${"a1".repeat(10)}-abc`;
  const { StreamDescription } = await client.send(
    new DescribeStreamCommand({ StreamName: "orders", StreamId }),
  );
  expect(StreamDescription?.StreamName).toBe("orders");
});

test("a running emulator's request handler and its port are two ways to the same streams and tables", async () => {
  await using emulator = await startEmulator({ streams: { s: 1 } });
  using inProcess = kinesisClient(emulator, { requestHandler: emulator.requestHandler() });
  using overHttp = kinesisClient(emulator);
  await inProcess.send(new CreateStreamCommand({ StreamName: "t", ShardCount: 1 }));
  expect((await overHttp.send(new ListStreamsCommand({}))).StreamNames).toEqual(["s", "t"]);
});

test("what a signature's scope, a query and a header in capitals say arrives", async () => {
  let seen: HttpRequest | undefined;
  const handler = handlerOver(async (request) => {
    seen = request;
    return { status: 200, headers: { "x-a": "b" }, body: Buffer.from("body") };
  });
  const { response } = await handler.handle({
    method: "PUT",
    path: "/p",
    query: { a: "1 &", b: ["2", "3"], c: null },
    headers: { Authorization: "scope" },
    body: "é",
  });
  expect(seen).toMatchObject({
    method: "PUT",
    url: "/p?a=1%20%26&b=2&b=3&c=",
    headers: { authorization: "scope" },
  });
  expect(seen?.body.toString()).toBe("é");
  expect({ ...response, body: await textOf(response.body) }).toEqual({
    statusCode: 200,
    headers: { "x-a": "b" },
    body: "body",
  });
});

test.each([
  ["nothing", undefined, ""],
  ["a text", "text", "text"],
  ["bytes", Uint8Array.of(97, 98), "ab"],
  ["a part of some bytes", new Uint8Array(Buffer.from("xaby")).subarray(1, 3), "ab"],
  ["a buffer of bytes", Uint8Array.of(97, 98).buffer, "ab"],
  [
    "a stream",
    (async function* () {
      yield Buffer.from("a");
      yield Buffer.from("b");
    })(),
    "ab",
  ],
])("a body may be %s", async (_, body, expected) => {
  const handler = handlerOver(async (request) => ({
    status: 200,
    headers: {},
    body: request.body,
  }));
  const { response } = await handler.handle({ ...REQUEST, body });
  expect(await textOf(response.body)).toBe(expected);
});

test("a body of more than 20 MiB is answered with 413", async () => {
  const handler = handlerOver(() => Promise.reject(new Error("not to be asked")));
  const { response } = await handler.handle({ ...REQUEST, body: Buffer.alloc(20_971_521) });
  expect([response.statusCode, await textOf(response.body)]).toEqual([413, ""]);
});

test("an answer in pieces is a stream that is read as it comes", async () => {
  const handler = handlerOver(async () => ({
    status: 200,
    headers: {},
    body: (async function* () {
      yield Buffer.from("one ");
      yield Buffer.from("two");
    })(),
  }));
  const { response } = await handler.handle(REQUEST);
  expect(await textOf(response.body)).toBe("one two");
});

/** Answers in pieces without an end, until the client goes. */
function endless(): { readonly handler: RequestHandler; readonly gone: Promise<void> } {
  let leave = (): void => {};
  const gone = new Promise<void>((resolve) => {
    leave = resolve;
  });
  const handler = handlerOver(async ({ signal }) => ({
    status: 200,
    headers: {},
    body: (async function* () {
      try {
        yield Buffer.from("first");
        await new Promise((resolve) => signal.addEventListener("abort", resolve));
      } finally {
        leave();
      }
    })(),
  }));
  return { handler, gone };
}

test("whoever leaves an answer in pieces is gone for the emulator", async () => {
  const { handler, gone } = endless();
  const { response } = await handler.handle(REQUEST);
  for await (const piece of response.body) {
    expect(String(piece)).toBe("first");
    break;
  }
  await gone;
});

test.each(["before its first piece", "in the middle"])(
  "an aborted call is gone for the emulator, and its answer ends in an AbortError %s",
  async (moment) => {
    const { handler, gone } = endless();
    const stop = new AbortController();
    const { response } = await handler.handle(REQUEST, { abortSignal: stop.signal });
    const read = textOf(response.body);
    if (moment === "in the middle") await turn();
    stop.abort();
    await expect(read).rejects.toMatchObject({ name: "AbortError" });
    await gone;
  },
);

test("an answer in pieces that fails in the middle fails for its reader", async () => {
  const handler = handlerOver(async () => ({
    status: 200,
    headers: {},
    body: (async function* () {
      yield Buffer.from("first");
      throw new Error("broken");
    })(),
  }));
  const { response } = await handler.handle(REQUEST);
  await expect(textOf(response.body)).rejects.toThrow("broken");
});

const unanswered = (options: HandlerOptions): Promise<unknown> =>
  handlerOver(() => new Promise(() => {})).handle(REQUEST, options);

test("a call rejects with an AbortError when it is aborted, before and while it waits", async () => {
  const cause = new Error("enough");
  const over = AbortSignal.abort(cause);
  await expect(unanswered({ abortSignal: over })).rejects.toMatchObject({
    name: "AbortError",
    cause,
  });
  const stop = new AbortController();
  const waiting = unanswered({ abortSignal: stop.signal });
  stop.abort(cause);
  await expect(waiting).rejects.toMatchObject({ name: "AbortError", cause });
});

test("a call rejects with a TimeoutError when its time by the emulator's clock is over, and the emulator is told", async () => {
  const clock = quietClock();
  let signal: AbortSignal | undefined;
  const handler = new RequestHandler({
    handle: (request) => {
      signal = request.signal;
      return new Promise(() => {});
    },
    clock,
    isOpen: () => true,
  });
  const waiting = handler.handle(REQUEST, { requestTimeout: 100 });
  const failed = expect(waiting).rejects.toMatchObject({ name: "TimeoutError" });
  await clock.advance(99);
  expect(signal?.aborted).toBe(false);
  await clock.advance(1);
  await failed;
  expect(signal?.aborted).toBe(true);
});

test("a call that is answered leaves neither a timer nor a listener behind", async () => {
  const { emulator } = newEmulator();
  const handler = createRequestHandler(emulator);
  const stop = new AbortController();
  let listeners = 0;
  const { signal } = stop;
  const add = signal.addEventListener.bind(signal);
  const remove = signal.removeEventListener.bind(signal);
  signal.addEventListener = (...args: Parameters<typeof add>) => {
    listeners += 1;
    add(...args);
  };
  signal.removeEventListener = (...args: Parameters<typeof remove>) => {
    listeners -= 1;
    remove(...args);
  };
  await handler.handle(
    { ...REQUEST, method: "GET", path: "/healthcheck" },
    { abortSignal: signal, requestTimeout: 1000 },
  );
  expect(listeners).toBe(0);
});

test("an answer that is lost on the wire is lost here as it is over HTTP/1.1", async () => {
  const lost = async (fault: WireFault): Promise<string> => {
    const body = Buffer.from("whole answer");
    const handler = handlerOver(async () => ({ status: 200, headers: {}, body, fault }));
    const { response } = await handler.handle(REQUEST);
    return textOf(response.body);
  };
  const code = "ENHANCE_YOUR_CALM";
  for (const kind of ["close", "reset"] as const) {
    await expect(lost({ kind })).rejects.toMatchObject({ code: "ECONNRESET" });
  }
  await expect(lost({ kind: "resetStream", code })).rejects.toMatchObject({ code: "ECONNRESET" });
  await expect(lost({ kind: "goAway", code, answers: false })).rejects.toMatchObject({
    code: "ECONNRESET",
  });
  expect(await lost({ kind: "goAway", code, answers: true })).toBe("whole answer");
  for (const afterBytes of [undefined, 0, 5]) {
    await expect(lost({ kind: "cutBody", afterBytes })).rejects.toMatchObject({
      code: "ECONNRESET",
      message: "aborted",
    });
  }
});

test("once the emulator is closed, nobody is listening", async () => {
  const { emulator } = newEmulator();
  const requestHandler = createRequestHandler(emulator);
  const client = new KinesisClient({ ...IDENTITY, requestHandler });
  onTestFinished(() => client.destroy());
  await client.send(new ListStreamsCommand({}));
  emulator.close();
  await expect(client.send(new ListStreamsCommand({}))).rejects.toMatchObject({
    code: "ECONNREFUSED",
  });
});
