// GetRecords and GetShardIterator either way: answers of any kind; and where they go past the SDK, in which form.
import { KinesisClient } from "@aws-sdk/client-kinesis";
import { createAwsKinesisApi, openKinesisClient } from "@shardline/aws";
import { apiFailureOf, type IteratorStart, type KinesisApi } from "@shardline/core";
import { NodeHttpHandler } from "@smithy/node-http-handler";
import fc from "fast-check";
import { describe, expect, test, vi } from "vitest";
import {
  type Answer,
  atEnd,
  configFor,
  exception,
  inCbor,
  inTurn,
  json,
  type KinesisServer,
  noAbort,
  openFor,
  serve,
} from "./support/kinesis-server.ts";
import { faultOfSignature } from "./support/signature.ts";
import { apiForBy, WAYS } from "./support/ways.ts";

const stream = { name: "orders" };
const read = { stream, iterator: "i", limit: 10_000 };
const nextIterator = { NextShardIterator: "next", MillisBehindLatest: 0 };
const listing = {
  Shards: [
    { ShardId: "shardId-000000000000", SequenceNumberRange: { StartingSequenceNumber: "1" } },
  ],
};
const MEBIBYTE = 1_048_576;

function recordOf(data: Uint8Array, i = 0): object {
  return {
    SequenceNumber: `49${i}`,
    ApproximateArrivalTimestamp: 1_700_000_000.123,
    Data: Buffer.from(data).toString("base64"),
    PartitionKey: `key-${i}`,
  };
}

const EXCEPTIONS = [
  ["ExpiredIteratorException", 400],
  ["ProvisionedThroughputExceededException", 400],
  ["ResourceNotFoundException", 400],
  ["InvalidArgumentException", 400],
  ["AccessDeniedException", 400],
  ["KMSThrottlingException", 400],
  ["KMSDisabledException", 400],
  ["ExpiredTokenException", 400],
  ["UnrecognizedClientException", 400],
  ["LimitExceededException", 400],
  ["InternalFailure", 500],
  ["ServiceUnavailable", 503],
  ["SomethingNewException", 400],
] as const;

describe.each(WAYS)("GetRecords %s", (_way, apiBy) => {
  const apiFor = apiForBy(apiBy);

  test.each([
    ["nothing", []],
    ["small records", Array.from({ length: 300 }, (_, i) => new Uint8Array(i % 100).fill(i))],
    ["large records", Array.from({ length: 40 }, (_, i) => new Uint8Array(50_000 + i).fill(i))],
    ["as much as there may be", [1, 2, 3, 4, 5].map((i) => new Uint8Array(2 * MEBIBYTE).fill(i))],
  ])("brings %s", async (_what, all) => {
    const Records = all.map(recordOf);
    const { requests, url } = await serve(json({ Records, ...nextIterator }));
    const { records, ...rest } = await apiFor(url).getRecords(read, noAbort());
    expect(rest).toEqual({ millisBehindLatest: 0, next: { kind: "iterator", iterator: "next" } });
    expect(records.length).toBe(all.length);
    for (const [i, { data, ...about }] of records.entries()) {
      const arrivedAtMs = 1_700_000_000_123;
      expect(about).toEqual({ sequenceNumber: `49${i}`, partitionKey: `key-${i}`, arrivedAtMs });
      expect(Buffer.compare(data, all[i] as Uint8Array)).toBe(0);
    }
    expect(requests.map(({ body, operation }) => ({ body, operation }))).toEqual([
      { operation: "GetRecords", body: { ShardIterator: "i", Limit: 10_000 } },
    ]);
  });

  test("brings records that stay as they are while others are read", async () => {
    const { url } = await serve((response, nth) => {
      const Records = Array.from({ length: 20 }, (_, i) =>
        recordOf(new Uint8Array(9000).fill(nth), i),
      );
      json({ Records, ...nextIterator })(response, nth);
    });
    const api = apiFor(url);
    const answers = [];
    for (let i = 0; i < 4; i += 1) answers.push(await api.getRecords(read, noAbort()));
    answers.push(...(await Promise.all([1, 2, 3].map(() => api.getRecords(read, noAbort())))));
    const bytes = answers.map(({ records }) => new Set(records.flatMap(({ data }) => [...data])));
    expect(bytes.every((all) => all.size === 1)).toBe(true);
    expect(new Set(bytes.map((all) => [...all][0])).size).toBe(answers.length);
  });

  test.each(EXCEPTIONS)("fails with %s", async (name, status) => {
    const { url } = await serve(exception(name, status, "told"));
    const failure = await apiFor(url).getRecords(read, noAbort()).catch(apiFailureOf);
    expect(failure).toMatchObject({ awsName: name });
    expect(failure).toEqual(await failureBySdk(url));
  });

  async function failureBySdk(url: string): Promise<unknown> {
    const [, bySdk] = WAYS[1] as (typeof WAYS)[number];
    return apiForBy(bySdk)(url).getRecords(read, noAbort()).catch(apiFailureOf);
  }

  test.each<[what: string, answer: Answer]>([
    ["that is no JSON", (response) => void response.writeHead(200).end("<html>")],
    ["that is cut off", (response) => void response.writeHead(200).end('{"Records":[{"Da')],
    [
      "that breaks off",
      (response) => {
        response.writeHead(200, { "content-length": 1000 }).write('{"Records":[');
        setTimeout(() => response.destroy(), 10);
      },
    ],
    ["without records", json(nextIterator)],
    ["without an iterator", json({ Records: [] })],
    ["of a proxy", (response) => void response.writeHead(502).end("bad gateway")],
  ])("fails in passing with an answer %s", async (_what, answer) => {
    const { url } = await serve(answer);
    const failure = await apiFor(url).getRecords(read, noAbort()).catch(apiFailureOf);
    expect(failure).toMatchObject({ kind: "transient" });
    expect(JSON.stringify(failure)).not.toContain("Da");
  });

  test("is cancelled within its answer", async () => {
    let isCancelled = false;
    const { requests, url } = await serve((response) => {
      response.on("close", () => {
        isCancelled = true;
      });
      response.writeHead(200, { "content-length": 100 }).write('{"Records":[');
    });
    const stop = new AbortController();
    const call = apiFor(url).getRecords(read, stop.signal);
    await expect.poll(() => requests.length).toBe(1);
    stop.abort("enough");
    await expect(call.catch((error: unknown) => error)).resolves.toBe("enough");
    await expect.poll(() => isCancelled).toBe(true);
  });

  const starts: readonly (readonly [start: IteratorStart, fields: object])[] = [
    [{ type: "TRIM_HORIZON" }, {}],
    [{ type: "AT_TIMESTAMP", timestampMs: 1_700_000_000_123 }, { Timestamp: 1_700_000_000.123 }],
    [{ type: "AT_SEQUENCE_NUMBER", sequenceNumber: "5" }, { StartingSequenceNumber: "5" }],
  ];
  test.each(starts)("starts at %o", async (start, fields) => {
    const { requests, url } = await serve(json({ ShardIterator: "begin" }));
    const request = { stream, shardId: "a", start };
    expect(await apiFor(url).getShardIterator(request, noAbort())).toBe("begin");
    const named = { StreamName: "orders", ShardId: "a", ShardIteratorType: start.type };
    expect(requests[0]?.body).toEqual({ ...named, ...fields });
  });

  test.each([{}, { ShardIterator: "" }, { ShardIterator: 5 }])(
    "does not start with %o for an iterator",
    async (answer) => {
      const { url } = await serve(json(answer));
      const request = { stream, shardId: "a", start: { type: "LATEST" } } as const;
      const call = apiFor(url).getShardIterator(request, noAbort());
      expect(await call.catch(apiFailureOf)).toMatchObject({ awsName: "AnswerMismatch" });
    },
  );

  test("is signed as the service wants it", async () => {
    const { requests, url } = await serve(
      inTurn(json({ ShardIterator: "i" }), json({ Records: [], ...nextIterator })),
    );
    const api = apiFor(url);
    await api.getShardIterator({ stream, shardId: "a", start: { type: "LATEST" } }, noAbort());
    await api.getRecords(read, noAbort());
    const keys = { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "secret" };
    const expected = { ...keys, region: "eu-west-1", service: "kinesis", nowMs: Date.now() };
    expect(requests.map((seen) => faultOfSignature(seen, expected))).toEqual([
      undefined,
      undefined,
    ]);
  });
});

test("an answer beyond all bounds is broken off, whether its length is told or not", async () => {
  const piece = Buffer.alloc(MEBIBYTE, "x");
  for (const head of [{}, { "content-length": 40 * MEBIBYTE }]) {
    let sent = 0;
    const { url } = await serve((response) => {
      response.writeHead(200, head);
      const more = (): void => {
        while (sent < 40 && !response.destroyed) {
          sent += 1;
          if (!response.write(piece)) return void response.once("drain", more);
        }
        response.end();
      };
      more();
    });
    const call = createAwsKinesisApi(openFor(url)).getRecords(read, noAbort());
    expect(await call.catch(apiFailureOf)).toMatchObject({
      awsName: "AnswerMismatch",
      reason: "an answer of more than 33554432 bytes",
    });
  }
});

test("an answer in pieces of any size is put together again", async () => {
  const records = Array.from({ length: 20 }, (_, i) => recordOf(new Uint8Array(2000).fill(i), i));
  const body = Buffer.from(JSON.stringify({ Records: records, ...nextIterator }));
  let cuts: readonly number[] = [];
  let head: object = {};
  const { url } = await serve((response) => {
    response.writeHead(200, { ...head });
    const ends = [...cuts, body.length].sort((a, b) => a - b);
    const next = (from: number): void => {
      const end = ends.shift();
      if (end === undefined) response.end();
      else response.write(body.subarray(from, end), () => setImmediate(next, end));
    };
    next(0);
  });
  const api = createAwsKinesisApi(openFor(url));
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.nat(body.length), { maxLength: 5 }),
      fc.boolean(),
      async (some, isLengthTold) => {
        cuts = some;
        head = isLengthTold ? { "content-length": body.length } : {};
        const answer = await api.getRecords(read, noAbort());
        expect(answer.records.map(({ data }) => data[0])).toEqual(records.map((_, i) => i));
      },
    ),
    { numRuns: 40 },
  );
});

describe("a client that somebody listens in on", () => {
  test.each<[what: string, touch: (client: KinesisClient, seen: () => void) => void]>([
    [
      "by middleware",
      (client, seen) =>
        client.middlewareStack.add((next) => (args) => {
          seen();
          return next(args);
        }),
    ],
    [
      "by a signer",
      (client, seen) => {
        const { signer } = client.config;
        client.config.signer = (scheme) => {
          seen();
          return signer(scheme);
        };
      },
    ],
  ])("%s sees every GetRecords and GetShardIterator", async (_what, touch) => {
    const server = await serve((response, nth) => {
      const isRead = server.requests[nth]?.operation === "GetRecords";
      const answer = isRead ? { Records: [], ...nextIterator } : { ShardIterator: "i" };
      json(answer)(response, nth);
    });
    const ready = new KinesisClient({
      ...configFor(server.url),
      requestHandler: new NodeHttpHandler(),
    });
    atEnd(() => ready.destroy());
    const api = createAwsKinesisApi(openKinesisClient(ready));
    const seen = vi.fn();
    const readOnce = async (): Promise<void> => {
      await api.getShardIterator({ stream, shardId: "a", start: { type: "LATEST" } }, noAbort());
      await api.getRecords(read, noAbort());
    };
    await readOnce();
    touch(ready, seen);
    await readOnce();
    expect(seen).toHaveBeenCalledTimes(2);
    const bySdk = server.requests.map(({ headers }) => "amz-sdk-invocation-id" in headers);
    expect(bySdk).toEqual([false, false, true, true]);
  });
});

/** Answers a GetRecords, in CBOR or in JSON, the nth of its form. */
type Reading = (form: "cbor" | "json", nth: number) => Answer;

const found = (form: "cbor" | "json"): Answer => {
  const about = { SequenceNumber: "1", PartitionKey: "k" };
  const time = 1_700_000_000.123;
  return form === "cbor"
    ? inCbor({
        Records: [{ ...about, Data: Buffer.of(7), ApproximateArrivalTimestamp: time * 1000 }],
        ...nextIterator,
      })
    : json({
        Records: [{ ...about, Data: "Bw==", ApproximateArrivalTimestamp: time }],
        ...nextIterator,
      });
};

describe("records in CBOR", () => {
  async function against(
    reading: Reading,
    listingForm: "cbor" | "json" = "cbor",
  ): Promise<{ readonly api: KinesisApi; readonly forms: () => string[] }> {
    const counts = { cbor: 0, json: 0 };
    const server: KinesisServer = await serve((response, nth) => {
      const request = server.requests[nth];
      const form = formOf(request?.headers["content-type"]);
      if (request?.operation === "ListShards") {
        (form === "cbor" && listingForm === "cbor" ? inCbor : json)(listing)(response, nth);
        return;
      }
      counts[form] += 1;
      reading(form, counts[form] - 1)(response, nth);
    });
    const api = createAwsKinesisApi(openFor(server.url, { mayUseCbor: true }));
    await api.listShards({ stream }, noAbort());
    const forms = (): string[] =>
      server.requests
        .filter(({ operation }) => operation === "GetRecords")
        .map(({ headers }) => formOf(headers["content-type"]));
    return { api, forms };
  }

  function formOf(contentType: string | undefined): "cbor" | "json" {
    return contentType === "application/x-amz-cbor-1.1" ? "cbor" : "json";
  }

  async function readOnce(api: KinesisApi): Promise<void> {
    const { records } = await api.getRecords(read, noAbort());
    const [{ data, ...about } = { data: [] }] = records;
    const arrivedAtMs = 1_700_000_000_123;
    expect(about).toEqual({ sequenceNumber: "1", partitionKey: "k", arrivedAtMs });
    expect([...data]).toEqual([7]);
  }

  test("are asked for where a listing came so", async () => {
    const { api, forms } = await against(found);
    for (let i = 0; i < 3; i += 1) await readOnce(api);
    expect(forms()).toEqual(["cbor", "cbor", "cbor"]);
  });

  test("are not asked for where no listing came so", async () => {
    const { api, forms } = await against(found, "json");
    await readOnce(api);
    expect(forms()).toEqual(["json"]);
  });

  test("are not asked for again where they come in JSON", async () => {
    const { api, forms } = await against(() => found("json"));
    for (let i = 0; i < 3; i += 1) await readOnce(api);
    expect(forms()).toEqual(["cbor", "json", "json"]);
  });

  test.each(["SerializationException", "UnknownOperationException"])(
    "are read in JSON by the same call after %s",
    async (name) => {
      const { api, forms } = await against((form) =>
        form === "cbor" ? exception(name) : found(form),
      );
      for (let i = 0; i < 2; i += 1) await readOnce(api);
      expect(forms()).toEqual(["cbor", "json", "json"]);
    },
  );

  test("stay trusted after an iterator that expired", async () => {
    const { api, forms } = await against((form, nth) =>
      nth === 0 ? exception("ExpiredIteratorException") : found(form),
    );
    await expect(readOnce(api)).rejects.toThrow("ExpiredIterator");
    await readOnce(api);
    expect(forms()).toEqual(["cbor", "cbor"]);
  });

  test.each<[what: string, answer: Answer]>([
    ["make no sense", inCbor({ Records: [{}], ...nextIterator })],
    [
      "are cut short",
      (response) => {
        response.writeHead(200, { "content-type": "application/x-amz-cbor-1.1" });
        response.end(Buffer.of(0xa1, 0x67));
      },
    ],
  ])("are read in JSON from then on if they %s", async (_what, answer) => {
    const { api, forms } = await against((form) => (form === "cbor" ? answer : found(form)));
    const failure = await api.getRecords(read, noAbort()).catch(apiFailureOf);
    expect(failure).toMatchObject({ kind: "transient", awsName: "AnswerMismatch" });
    for (let i = 0; i < 2; i += 1) await readOnce(api);
    expect(forms()).toEqual(["cbor", "json", "json"]);
  });
});
