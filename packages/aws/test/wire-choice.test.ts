// Which clients go by the wire, and that nobody who wants to see calls is left out.
import {
  Kinesis,
  KinesisClient,
  type KinesisClientConfig,
  PutRecordsCommand,
} from "@aws-sdk/client-kinesis";
import { createAwsKinesisApi, openKinesisClient } from "@shardline/aws";
import { NodeHttpHandler } from "@smithy/node-http-handler";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import {
  atEnd,
  configFor,
  json,
  type KinesisServer,
  noAbort,
  serve,
} from "./support/kinesis-server.ts";

const stored = { ShardId: "shardId-000000000000", SequenceNumber: "1" };
const put = {
  stream: { name: "orders" },
  entries: [{ data: Buffer.from("x"), partitionKey: "k" }],
};

/** Whether a request came by `client.send`: the SDK counts its attempts in a header. */
function bySdk({ requests }: KinesisServer): boolean[] {
  return requests.map(({ headers }) => "amz-sdk-invocation-id" in headers);
}

function serveStored(): Promise<KinesisServer> {
  return serve(json({ Records: [stored] }));
}

function readyClient(url: string, config: KinesisClientConfig = {}): KinesisClient {
  const requestHandler = new NodeHttpHandler();
  const client = new KinesisClient({ ...configFor(url), requestHandler, ...config });
  atEnd(() => client.destroy());
  return client;
}

/** Middleware that counts the calls that it sees. */
const counting =
  (seen: () => void) =>
  <Args, Result>(next: (args: Args) => Result) =>
  (args: Args): Result => {
    seen();
    return next(args);
  };

/** Adds to a client what counts the calls that it sees. */
type Touch = (client: KinesisClient, seen: () => void) => void;

const TOUCHES: readonly (readonly [what: string, touch: Touch])[] = [
  ["middleware of the user's", (client, seen) => client.middlewareStack.add(counting(seen))],
  [
    "middleware relative to the SDK's",
    (client, seen) =>
      client.middlewareStack.addRelativeTo(counting(seen), {
        name: "mine",
        relation: "after",
        toMiddleware: "retryMiddleware",
      }),
  ],
  [
    "middleware in the place and with the name of the SDK's",
    (client, seen) =>
      client.middlewareStack.add(counting(seen), {
        name: "loggerMiddleware",
        step: "initialize",
        tags: ["LOGGER"],
        override: true,
      }),
  ],
  [
    "a stack of its own",
    (client, seen) => {
      const stack = client.middlewareStack.clone();
      stack.add(counting(seen));
      client.middlewareStack = stack;
    },
  ],
  [
    "a signer of the user's",
    (client, seen) => {
      const { signer } = client.config;
      client.config.signer = async (scheme) => {
        seen();
        return signer(scheme);
      };
    },
  ],
  [
    "an auth scheme with a signer of the user's",
    (client, seen) => {
      const [scheme] = client.config.httpAuthSchemes;
      if (scheme === undefined) throw new Error("no scheme");
      const { signer } = scheme;
      scheme.signer = {
        sign: (...args) => {
          seen();
          return signer.sign(...args);
        },
      };
    },
  ],
  [
    "a `send` of its own",
    (client, seen) => {
      const send = client.send.bind(client) as (command: PutRecordsCommand) => Promise<never>;
      client.send = (command: never) => {
        seen();
        return send(command);
      };
    },
  ],
  [
    "a stack that is resolved by the user's function, as a tracer's",
    (client, seen) => {
      const concat = client.middlewareStack.concat.bind(client.middlewareStack);
      client.middlewareStack.concat = ((...args: Parameters<typeof concat>) => {
        seen();
        return concat(...args);
      }) as typeof client.middlewareStack.concat;
    },
  ],
  [
    "a method of the protocol's",
    (client, seen) => {
      const protocol = client.config.protocol as unknown as Record<
        string,
        (...args: unknown[]) => unknown
      >;
      const { serializeRequest } = protocol;
      protocol["serializeRequest"] = (...args) => {
        seen();
        return serializeRequest?.apply(protocol, args);
      };
    },
  ],
  [
    "commands that are wrapped",
    (_client, seen) => {
      const { prototype } = PutRecordsCommand;
      const made = Reflect.get(prototype, "resolveMiddleware") as () => unknown;
      onTestFinished(() => void Reflect.set(prototype, "resolveMiddleware", made));
      Reflect.set(prototype, "resolveMiddleware", function wrapped(this: object, ...args: never[]) {
        seen();
        return made.apply(this, args as never);
      });
    },
  ],
  [
    "a logger that begins to listen",
    (client, seen) => {
      client.config.logger = Object.assign(Object.create(client.config.logger ?? null), {
        info: seen,
      });
    },
  ],
  [
    "an endpoint provider of the user's",
    (client, seen) => {
      const { endpointProvider } = client.config;
      client.config.endpointProvider = (...args) => {
        seen();
        return endpointProvider(...args);
      };
    },
  ],
];

describe("a ready client that nobody touched", () => {
  test.each([
    ["KinesisClient", KinesisClient],
    ["Kinesis", Kinesis],
  ])("goes by the wire as a %s", async (_name, Client) => {
    const server = await serveStored();
    const ready = new Client({ ...configFor(server.url), requestHandler: new NodeHttpHandler() });
    atEnd(() => ready.destroy());
    const { outcomes } = await createAwsKinesisApi(openKinesisClient(ready)).putRecords(
      put,
      noAbort(),
    );
    expect(outcomes).toMatchObject([{ kind: "stored" }]);
    expect(bySdk(server)).toEqual([false]);
  });

  test("is sent for once by the wire, whatever attempts it allows", async () => {
    const server = await serve(json({ __type: "InternalFailure", message: "no" }, 500));
    const api = createAwsKinesisApi(openKinesisClient(readyClient(server.url, { maxAttempts: 5 })));
    await expect(api.putRecords(put, noAbort())).rejects.toThrow("InternalFailure");
    expect(server.requests.length).toBe(1);
  });
});

describe.each(TOUCHES)("%s", (_what, touch) => {
  test("sees every call of a ready client that had it before", async () => {
    const server = await serveStored();
    const ready = readyClient(server.url);
    const seen = vi.fn();
    touch(ready, seen);
    const api = createAwsKinesisApi(openKinesisClient(ready));
    for (let i = 0; i < 3; i += 1) await api.putRecords(put, noAbort());
    expect(seen).toHaveBeenCalledTimes(3);
    expect(bySdk(server)).toEqual([true, true, true]);
  });

  test("sees every call from when it was added", async () => {
    const server = await serveStored();
    const ready = readyClient(server.url);
    const api = createAwsKinesisApi(openKinesisClient(ready));
    const seen = vi.fn();
    await api.putRecords(put, noAbort());
    touch(ready, seen);
    for (let i = 0; i < 2; i += 1) await api.putRecords(put, noAbort());
    expect(seen).toHaveBeenCalledTimes(2);
    expect(bySdk(server)).toEqual([false, true, true]);
  });
});

describe("configuration", () => {
  const nothing = (): void => undefined;
  const logger = { debug: nothing, info: nothing, warn: nothing, error: nothing };
  const { retryStrategy, signer } = new KinesisClient(configFor("http://127.0.0.1:9")).config;
  class OwnProtocol extends (new KinesisClient({}).config.protocol.constructor as unknown as new (
    settings: object,
  ) => object) {}

  test.each<[what: string, config: KinesisClientConfig]>([
    ["a logger that is told of calls", { logger }],
    ["a signer", { signer: (scheme) => signer(scheme) }],
    [
      "a protocol",
      { protocol: OwnProtocol as unknown as NonNullable<KinesisClientConfig["protocol"]> },
    ],
    ["an adaptive retry mode", { retryMode: "adaptive" }],
    ["a retry strategy", { retryStrategy: wrapped(retryStrategy) } as KinesisClientConfig],
    ["another base64", { base64Encoder: (data) => Buffer.from(data).toString("base64") }],
    [
      "an extension that adds a scheme",
      {
        extensions: [
          {
            configure: (extended) => {
              const [scheme] = extended.httpAuthSchemes();
              if (scheme) extended.setHttpAuthScheme({ ...scheme, schemeId: "mine" });
            },
          },
        ],
      },
    ],
  ])("with %s keeps calls with the SDK", async (_what, config) => {
    const server = await serveStored();
    const opened = openKinesisClient({ ...configFor(server.url), ...config });
    atEnd(() => opened.close());
    await createAwsKinesisApi(opened).putRecords(put, noAbort());
    expect(bySdk(server)).toEqual([true]);
  });

  test.each<[what: string, config: KinesisClientConfig]>([
    ["nothing special", {}],
    ["a silent logger", { logger: { ...logger, info: undefined } as unknown as typeof logger }],
    ["attempts", { maxAttempts: 3 }],
    ["an application's name", { userAgentAppId: "orders" }],
    ["a handler", { requestHandler: new NodeHttpHandler() }],
  ])("with %s goes by the wire", async (_what, config) => {
    const server = await serveStored();
    const opened = openKinesisClient({ ...configFor(server.url), ...config });
    atEnd(() => {
      opened.close();
      (config.requestHandler as NodeHttpHandler | undefined)?.destroy();
    });
    await createAwsKinesisApi(opened).putRecords(put, noAbort());
    expect(bySdk(server)).toEqual([false]);
  });
});

describe("a class that somebody changed", () => {
  test("keeps calls with the SDK: tracers and mocks wrap `send` for all clients", async () => {
    const server = await serveStored();
    const real = Object.getPrototypeOf(KinesisClient.prototype) as { send: () => Promise<unknown> };
    const wrap = vi.spyOn(real, "send");
    onTestFinished(() => wrap.mockRestore());
    const api = createAwsKinesisApi(openKinesisClient(readyClient(server.url)));
    await api.putRecords(put, noAbort());
    expect(wrap).toHaveBeenCalledTimes(1);
    expect(bySdk(server)).toEqual([true]);
  });

  test("keeps calls with the SDK when it is changed under an open client", async () => {
    const server = await serveStored();
    const api = createAwsKinesisApi(openKinesisClient(readyClient(server.url)));
    await api.putRecords(put, noAbort());
    const real = Object.getPrototypeOf(KinesisClient.prototype) as { send: () => Promise<unknown> };
    const wrap = vi.spyOn(real, "send");
    onTestFinished(() => wrap.mockRestore());
    await api.putRecords(put, noAbort());
    expect(bySdk(server)).toEqual([false, true]);
  });

  test("of the user's own keeps calls with the SDK", async () => {
    const server = await serveStored();
    class Mine extends KinesisClient {}
    const ready = new Mine({ ...configFor(server.url), requestHandler: new NodeHttpHandler() });
    atEnd(() => ready.destroy());
    await createAwsKinesisApi(openKinesisClient(ready)).putRecords(put, noAbort());
    expect(bySdk(server)).toEqual([true]);
  });
});

/** The SDK's own strategy as somebody else's object. */
function wrapped(strategy: () => Promise<object>): object {
  return {
    acquireInitialRetryToken: async () => ({ getRetryCount: () => 0, getRetryDelay: () => 0 }),
    refreshRetryTokenForRetry: async () => Promise.reject(new Error("no")),
    recordSuccess: () => undefined,
    strategy,
  };
}

test("middleware of the user's may keep what it sees: the memory of the entries is used again after the call", async () => {
  const client = readyClient((await serveStored()).url);
  const kept: (Uint8Array | undefined)[] = [];
  client.middlewareStack.add((next) => (args) => {
    const { Records } = args.input as PutRecordsCommand["input"];
    kept.push(...(Records ?? []).map(({ Data }) => Data));
    return next(args);
  });
  const data = new Uint8Array([1, 2, 3]);
  const entries = [{ data, partitionKey: "k" }];
  await createAwsKinesisApi(openKinesisClient(client)).putRecords({ ...put, entries }, noAbort());
  data.fill(0);
  expect(kept).toEqual([new Uint8Array([1, 2, 3])]);
});
