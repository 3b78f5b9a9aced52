import { GetRecordsCommand, KinesisClient } from "@aws-sdk/client-kinesis";
import { NodeHttp2Handler, NodeHttpHandler } from "@smithy/node-http-handler";
import { createAwsKinesisApi, openKinesis, openKinesisClient } from "@shardline/aws";
import { describe, expect, test, vi } from "vitest";
import {
  apiFor,
  atEnd,
  configFor,
  json,
  noAbort,
  openFor,
  serve,
} from "./support/kinesis-server.ts";

const stream = { name: "orders" };
const nowhere = configFor("http://127.0.0.1:9");
const emptyFetch = json({ Records: [], NextShardIterator: "next", MillisBehindLatest: 0 });
const read = { stream, iterator: "i", limit: 1 };

describe("a client built from configuration", () => {
  test("A-http: sends a hundred calls in turn over one connection", async () => {
    const { connections, url } = await serve(emptyFetch);
    const api = apiFor(url);
    for (let i = 0; i < 100; i += 1) await api.getRecords(read, noAbort());
    expect(connections.made).toBe(1);
  });

  test("A-http: sends calls side by side over at most 24 connections", async () => {
    const { connections, requests, url } = await serve(emptyFetch);
    const api = apiFor(url);
    await Promise.all(Array.from({ length: 100 }, () => api.getRecords(read, noAbort())));
    expect(requests.length).toBe(100);
    expect(connections.most).toBe(24);
  });

  test("uses as many connections as it is allowed", async () => {
    const { connections, url } = await serve(emptyFetch);
    const api = apiFor(url, { maxSockets: 3 });
    await Promise.all(Array.from({ length: 30 }, () => api.getRecords(read, noAbort())));
    expect(connections.most).toBe(3);
  });

  test("tries once, keeps its middleware and logs nothing", async () => {
    const { config } = openFor(nowhere.endpoint as string).client;
    expect(await config.maxAttempts()).toBe(1);
    expect(config.cacheMiddleware).toBe(true);
    // The SDK tells every call to a logger that has `info`.
    expect(config.logger).not.toHaveProperty("info");
    expect(config.requestHandler).toBeInstanceOf(NodeHttpHandler);
  });

  test("sets up its middleware once for many calls of a kind", async () => {
    const { url } = await serve(emptyFetch);
    const opened = openFor(url);
    const setUps = vi.spyOn((opened.client as KinesisClient).middlewareStack, "concat");
    const api = createAwsKinesisApi(opened);
    for (let i = 0; i < 10; i += 1) await api.getRecords(read, noAbort());
    expect(setUps).toHaveBeenCalledTimes(1);
  });

  test("lets the user's own fields win, but not those that are undefined", async () => {
    const logger = { debug() {}, info() {}, warn() {}, error() {} };
    const mine = openKinesisClient({ ...nowhere, maxAttempts: 2, logger });
    expect(await mine.client.config.maxAttempts()).toBe(2);
    expect(mine.client.config.logger).toBe(logger);
    const untyped: object = { ...nowhere, maxAttempts: undefined };
    expect(await openKinesisClient(untyped).client.config.maxAttempts()).toBe(1);
  });

  test("puts the user's handler options on top of its own", async () => {
    const { connections, url } = await serve(emptyFetch);
    const opened = openFor(
      url,
      { connectTimeoutMs: 100 },
      { requestHandler: { requestTimeout: 2500, httpAgent: { keepAlive: true, maxSockets: 2 } } },
    );
    const api = createAwsKinesisApi(opened);
    await Promise.all(Array.from({ length: 10 }, () => api.getRecords(read, noAbort())));
    expect(connections.most).toBe(2);
    expect(opened.requestTimeoutMs).toBe(2500);
    const handler = opened.client.config.requestHandler as NodeHttpHandler;
    expect(handler.httpHandlerConfigs()).toMatchObject({
      connectionTimeout: 100,
      requestTimeout: 2500,
      throwOnRequestTimeout: true,
    });
  });

  test("sets no limit of its own where the user wants no request timeout", () => {
    const opened = openKinesisClient({ ...nowhere, requestHandler: { requestTimeout: 0 } });
    expect(opened.requestTimeoutMs).toBeUndefined();
  });

  test("sends through the user's own handler, and leaves it open", async () => {
    const { url } = await serve(emptyFetch);
    const requestHandler = new NodeHttpHandler();
    atEnd(() => requestHandler.destroy());
    let isDestroyed = false;
    const destroy = requestHandler.destroy.bind(requestHandler);
    requestHandler.destroy = () => {
      isDestroyed = true;
      destroy();
    };
    const opened = openKinesisClient({ ...configFor(url), requestHandler });
    expect(opened.client.config.requestHandler).toBe(requestHandler);
    expect(opened.requestTimeoutMs).toBeUndefined();
    await createAwsKinesisApi(opened).getRecords(read, noAbort());
    opened.close();
    expect(isDestroyed).toBe(false);
  });

  test("closes its connections", async () => {
    const { url } = await serve(emptyFetch);
    const opened = openKinesisClient(configFor(url));
    await createAwsKinesisApi(opened).getRecords(read, noAbort());
    const sockets = () =>
      process.getActiveResourcesInfo().filter((kind) => kind === "TCPSocketWrap");
    expect(sockets().length).toBeGreaterThan(0);
    opened.close();
    await expect.poll(sockets).toEqual([]);
  });
});

describe("a ready client", () => {
  test("is used as it is and left open", async () => {
    const { url } = await serve(emptyFetch);
    const requestHandler = new NodeHttpHandler();
    const ready = new KinesisClient({ ...configFor(url), requestHandler });
    atEnd(() => ready.destroy());
    const opened = openKinesisClient(ready);
    expect(opened.client).toBe(ready);
    await createAwsKinesisApi(opened).getRecords(read, noAbort());
    opened.close();
    await expect(ready.send(new GetRecordsCommand({ ShardIterator: "i" }))).resolves.toMatchObject({
      NextShardIterator: "next",
    });
  });

  test("may be anything that sends and has a configuration", async () => {
    const { url } = await serve(emptyFetch);
    const inner = openFor(url).client;
    const outer = { config: inner.config, send: inner.send.bind(inner) };
    const api = createAwsKinesisApi(openKinesisClient(outer));
    expect(await api.getRecords(read, noAbort())).toMatchObject({
      next: { kind: "iterator", iterator: "next" },
    });
  });

  test("keeps its own request timeout", () => {
    const ready = new KinesisClient(nowhere);
    expect(openKinesisClient(ready).requestTimeoutMs).toBeUndefined();
  });
});

describe("isolated HTTP/2 sessions", () => {
  test("are what the SDK gives a client that was told nothing", async () => {
    expect(await openKinesis(new KinesisClient(nowhere)).isSlow).toBe(true);
  });

  test.each([
    ["HTTP/1.1", new NodeHttpHandler()],
    ["shared HTTP/2 sessions", new NodeHttp2Handler()],
    ["a handler of the user's own", { handle: async () => ({ response: {} }) }],
  ])("are not %s", async (_what, requestHandler) => {
    const client = new KinesisClient({ ...nowhere, requestHandler } as typeof nowhere);
    expect(await openKinesis(client).isSlow).toBe(false);
  });

  test("are not found where the handler's settings cannot be had", async () => {
    const broken = new NodeHttp2Handler(() => Promise.reject(new Error("no")));
    const client = new KinesisClient({ ...nowhere, requestHandler: broken });
    expect(await openKinesis(client).isSlow).toBe(false);
  });

  test("are not what we build", async () => {
    expect(await openKinesis(nowhere).isSlow).toBe(false);
  });
});
