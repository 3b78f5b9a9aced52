// What goes by the wire is what the SDK would have sent.
import { KinesisClient, type KinesisClientConfig } from "@aws-sdk/client-kinesis";
import {
  type KinesisApi,
  parseStreamRef,
  type PutRecordsEntry,
  type StreamRef,
} from "@shardline/core";
import { openKinesisClient } from "@shardline/aws";
import fc from "fast-check";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { writePutRecordsJson } from "../src/wire/put-records-json.ts";
import { configFor, noAbort } from "./support/kinesis-server.ts";
import { WAYS } from "./support/ways.ts";

interface Sent {
  readonly method: string;
  readonly protocol: string;
  readonly hostname: string;
  readonly port?: number;
  readonly path: string;
  readonly query: object;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}

const ACCOUNT = {
  accessKeyId: "AKIDEXAMPLE",
  secretAccessKey: "secret",
  accountId: "123456789012",
};
const byName: StreamRef = { name: "orders" };
const byArn = parseStreamRef("arn:aws:kinesis:eu-west-1:123456789012:stream/orders") as StreamRef;
const byId: StreamRef = { name: "orders", id: "0123456789abcdefghij-abc" };
const entries = [{ data: Buffer.from("x"), partitionKey: "k" }];
/** These tell the attempts of the SDK's loop, or change from call to call. */
const NEVER_ALIKE = /^(amz-sdk-|authorization$|x-amz-date$|x-amz-content-sha256$|content-length$)/;

/** To any call. */
const ANSWER = {
  Records: [{ SequenceNumber: "1", ShardId: "s", Data: "", ApproximateArrivalTimestamp: 1 }],
  NextShardIterator: "next",
  Shards: [],
  StreamDescriptionSummary: {
    StreamName: "orders",
    StreamARN: byArn.arn,
    StreamStatus: "ACTIVE",
    StreamCreationTimestamp: 1,
    OpenShardCount: 1,
    RetentionPeriodHours: 24,
  },
};

/** What a call with some configuration sends, each way; nothing leaves the process. */
async function bothWays(
  config: KinesisClientConfig,
  call: (api: KinesisApi) => Promise<unknown>,
): Promise<Sent[]> {
  const sent: Sent[] = [];
  for (const [, apiBy] of WAYS) {
    const handle = async (request: Sent) => {
      sent.push(request);
      const body = Buffer.from(JSON.stringify(ANSWER));
      return { response: { statusCode: 200, headers: {}, body } };
    };
    const metadata = { handlerProtocol: "http/1.1" };
    const requestHandler = { handle, metadata } as unknown as NonNullable<
      KinesisClientConfig["requestHandler"]
    >;
    const defaults = { region: "eu-west-1", credentials: ACCOUNT };
    await call(apiBy(openKinesisClient({ ...defaults, requestHandler, ...config })));
  }
  return sent;
}

function comparable({ body, headers, hostname, method, path, port, protocol, query }: Sent) {
  const stable = Object.entries(headers).filter(([name]) => !NEVER_ALIKE.test(name));
  const content: unknown = JSON.parse(new TextDecoder().decode(body));
  const address = { hostname, method, path, port, protocol, query };
  return { ...address, headers: Object.fromEntries(stable), content };
}

async function expectAlike(
  config: KinesisClientConfig,
  request: { stream: StreamRef; entries: readonly PutRecordsEntry[] },
): Promise<Sent> {
  const [wire, sdk] = await bothWays(config, (api) => api.putRecords(request, noAbort()));
  if (wire === undefined || sdk === undefined) throw new Error("a request is missing");
  expect(comparable(wire)).toEqual(comparable(sdk));
  expect(signedHeaders(wire)).toEqual(
    signedHeaders(sdk).filter((name) => !name.startsWith("amz-sdk-")),
  );
  return wire;
}

function signedHeaders({ headers }: Sent): string[] {
  return /SignedHeaders=([^,]+)/.exec(headers["authorization"] ?? "")?.[1]?.split(";") ?? [];
}

describe("the wire sends what the SDK sends", () => {
  test.each<[what: string, config: KinesisClientConfig, stream: StreamRef, hostname: string]>([
    ["a region", {}, byName, "123456789012.data-kinesis.eu-west-1.amazonaws.com"],
    [
      "no account ids in endpoints",
      { accountIdEndpointMode: "disabled" },
      byName,
      "kinesis.eu-west-1.amazonaws.com",
    ],
    [
      "credentials without an account",
      { credentials: { accessKeyId: "a", secretAccessKey: "b" } },
      byName,
      "kinesis.eu-west-1.amazonaws.com",
    ],
    ["an ARN", {}, byArn, "123456789012.data-kinesis.eu-west-1.amazonaws.com"],
    [
      "FIPS",
      { useFipsEndpoint: true },
      byArn,
      "123456789012.data-kinesis-fips.eu-west-1.amazonaws.com",
    ],
    [
      "dual-stack",
      { useDualstackEndpoint: true },
      byName,
      "123456789012.data-kinesis.eu-west-1.api.aws",
    ],
    [
      "China",
      { region: "cn-north-1", credentials: { accessKeyId: "a", secretAccessKey: "b" } },
      byName,
      "kinesis.cn-north-1.amazonaws.com.cn",
    ],
    [
      "the id of a stream, which the SDK makes the address of whatever the endpoint",
      { endpoint: "http://127.0.0.1:4567" },
      byId,
      "0123456789abcdefghij.abc.data-kinesis.eu-west-1.amazonaws.com",
    ],
    ["an endpoint", { endpoint: "http://127.0.0.1:4567" }, byArn, "127.0.0.1"],
    [
      "an endpoint with a path",
      { endpoint: "https://proxy.example/kinesis?x=1" },
      byName,
      "proxy.example",
    ],
    [
      "an endpoint by a function",
      { endpoint: async () => "https://later.example:8443" } as KinesisClientConfig,
      byName,
      "later.example",
    ],
    [
      "an application's name",
      { userAgentAppId: "my app", customUserAgent: "mine/1" },
      byName,
      "123456789012.data-kinesis.eu-west-1.amazonaws.com",
    ],
    [
      "a session token",
      { credentials: { ...ACCOUNT, sessionToken: "token" } },
      byName,
      "123456789012.data-kinesis.eu-west-1.amazonaws.com",
    ],
    [
      "paths as they are",
      { endpoint: "https://proxy.example/a%20b/", signingEscapePath: false } as KinesisClientConfig,
      byName,
      "proxy.example",
    ],
  ])("with %s", async (_what, config, stream, hostname) => {
    const sent = await expectAlike(config, { stream, entries });
    expect(sent.hostname).toBe(hostname);
    expect(sent.headers["content-length"]).toBe(String(sent.body.byteLength));
  });

  test("the id of a stream goes with its name or ARN, with a token, and with an iterator", async () => {
    const { id } = byId;
    const named = { StreamName: "orders", StreamId: id };
    const stream = byId;
    const calls: readonly (readonly [object, (api: KinesisApi) => Promise<unknown>])[] = [
      [named, (api) => api.describeStreamSummary({ stream }, noAbort())],
      [named, (api) => api.listShards({ stream }, noAbort())],
      [
        { NextToken: "t", StreamId: id },
        (api) => api.listShards({ stream, nextToken: "t" }, noAbort()),
      ],
      [named, (api) => api.putRecords({ stream, entries }, noAbort())],
      [
        { StreamARN: byArn.arn, StreamId: id },
        (api) => api.putRecords({ stream: { ...byArn, id: id as string }, entries }, noAbort()),
      ],
      [
        { ShardIterator: "i", StreamId: id },
        (api) => api.getRecords({ stream, iterator: "i", limit: 1 }, noAbort()),
      ],
    ];
    for (const [expected, call] of calls) {
      const sent = await bothWays({}, call);
      expect(sent.length).toBeGreaterThanOrEqual(2);
      for (const { body, hostname } of sent) {
        expect(hostname).toContain("0123456789abcdefghij.abc.");
        expect(JSON.parse(new TextDecoder().decode(body))).toMatchObject(expected);
      }
    }
  });

  test("with the endpoint of the environment", async () => {
    vi.stubEnv("AWS_ENDPOINT_URL_KINESIS", "http://127.0.0.1:4568");
    onTestFinished(() => void vi.unstubAllEnvs());
    const sent = await expectAlike({}, { stream: byName, entries });
    expect([sent.hostname, sent.port]).toEqual(["127.0.0.1", 4568]);
  });

  test("with the trace of a Lambda function", async () => {
    vi.stubEnv("AWS_LAMBDA_FUNCTION_NAME", "orders");
    vi.stubEnv("_X_AMZN_TRACE_ID", "Root=1-2-3");
    onTestFinished(() => void vi.unstubAllEnvs());
    const sent = await expectAlike({}, { stream: byName, entries });
    expect(sent.headers["X-Amzn-Trace-Id"]).toBe("Root=1-2-3");
  });

  test("for any record", async () => {
    const data = fc.uint8Array({ maxLength: 5000 });
    const partitionKey = fc.string({ unit: "binary", minLength: 1, maxLength: 256 });
    const explicitHashKey = fc.bigInt({ min: 0n, max: 2n ** 128n - 1n }).map(String);
    const entry = fc.record({ data, partitionKey, explicitHashKey }, { requiredKeys: ["data"] });
    await fc.assert(
      fc.asyncProperty(entry, async (one) => {
        await expectAlike({}, { stream: byName, entries: [one] });
      }),
      { numRuns: 50 },
    );
  });

  test("where it knows no region, or no credentials: the SDK's errors", async () => {
    vi.stubEnv("AWS_REGION", undefined);
    vi.stubEnv("AWS_DEFAULT_REGION", undefined);
    vi.stubEnv("AWS_CONFIG_FILE", "/nonexistent");
    onTestFinished(() => void vi.unstubAllEnvs());
    const failing = async () => Promise.reject(new Error("no credentials today"));
    const configs: readonly KinesisClientConfig[] = [
      { credentials: ACCOUNT },
      { region: "eu-west-1", credentials: failing },
      {
        region: "eu-west-1",
        credentials: ACCOUNT,
        useFipsEndpoint: true,
        endpoint: "http://127.0.0.1:9",
      },
      { region: "eu-west-1", credentials: {} as typeof ACCOUNT },
    ];
    for (const config of configs) {
      const failures = await Promise.all(
        WAYS.map(([, apiBy]) =>
          apiBy(openKinesisClient(config))
            .putRecords({ stream: byName, entries }, noAbort())
            .catch((error: { details: unknown }) => error.details),
        ),
      );
      expect(failures[0]).toEqual(failures[1]);
      expect(failures[0]).toMatchObject({ failure: { isAmbiguous: expect.any(Boolean) } });
    }
  });
});

test("what is set anew on a client counts for the next call", async () => {
  const seen: string[] = [];
  const handlerNamed = (name: string) => ({
    handle: async ({ hostname }: Sent) => {
      seen.push(`${name} ${hostname}`);
      const body = Buffer.from('{"Records":[{"SequenceNumber":"1","ShardId":"s"}]}');
      return { response: { statusCode: 200, headers: {}, body } };
    },
  });
  const hosts = ["one.example", "two.example", "three.example"];
  const ready = new KinesisClient({
    ...configFor(""),
    endpoint: async () => ({ protocol: "https:", hostname: hosts[seen.length] ?? "", path: "/" }),
    requestHandler: handlerNamed("first") as unknown as KinesisClientConfig["requestHandler"] &
      object,
  });
  const [, byWire] = WAYS[0] as (typeof WAYS)[number];
  const api = byWire(openKinesisClient(ready));
  await api.putRecords({ stream: byName, entries }, noAbort());
  await api.putRecords({ stream: byName, entries }, noAbort());
  ready.config.requestHandler = handlerNamed(
    "second",
  ) as unknown as typeof ready.config.requestHandler;
  await api.putRecords({ stream: byName, entries }, noAbort());
  expect(seen).toEqual(["first one.example", "first two.example", "second three.example"]);
});

describe("a body", () => {
  const partitionKey = fc.oneof(
    fc.string({ unit: "binary", maxLength: 256 }),
    fc.string({ unit: "grapheme", maxLength: 64 }),
    fc.constantFrom('"', "\\", "\u0000", "\u007f", "\u0080", "ÿ", "\u2028", "😀", "__proto__"),
  );
  const sizes = fc.oneof(fc.nat(64), fc.constantFrom(2047, 2048, 2049, 8191, 8192, 20_000));
  const data = fc.tuple(sizes, fc.nat(255)).map(([size, first]) => {
    const bytes = new Uint8Array(size + 3).map((_, i) => (first + i * 7) & 255);
    // A view within its memory, as chunks are.
    return bytes.subarray(1, size + 1);
  });
  const explicitHashKey = fc.bigInt({ min: 0n, max: 2n ** 128n - 1n }).map(String);
  const entry = fc.record({ data, partitionKey, explicitHashKey }, { requiredKeys: ["data"] });

  test("says what it was made of, and fits into what was asked for", () => {
    fc.assert(
      fc.property(fc.array(entry, { maxLength: 60 }), (many) => {
        const taken: number[] = [];
        const { body } = writePutRecordsJson({ stream: byArn, entries: many }, (bytes) => {
          taken.push(bytes);
          return Buffer.alloc(bytes, "?");
        });
        expect(taken.length).toBe(1);
        expect(body.length).toBeLessThanOrEqual(taken[0] ?? 0);
        expect(JSON.parse(body.toString("utf8"))).toEqual({
          StreamARN: byArn.arn,
          Records: many.map((one) => ({
            Data: Buffer.from(one.data).toString("base64"),
            PartitionKey: one.partitionKey,
            ...(one.explicitHashKey === undefined ? {} : { ExplicitHashKey: one.explicitHashKey }),
          })),
        });
      }),
    );
  });

  test("of the largest call has room", () => {
    const large = Array.from({ length: 500 }, () => ({
      data: new Uint8Array(20_460),
      partitionKey: "\u0001".repeat(256),
      explicitHashKey: "340282366920938463463374607431768211455",
    }));
    const { body } = writePutRecordsJson({ stream: byName, entries: large }, (bytes) =>
      Buffer.alloc(bytes),
    );
    expect(JSON.parse(body.toString("latin1")).Records.length).toBe(500);
  });
});
