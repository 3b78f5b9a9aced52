// PutRecords either way: signals, credentials, time, and answers of any kind.
import { apiFailureOf, type PutRecordsRequest } from "@shardline/core";
import { describe, expect, test, vi } from "vitest";
import {
  exception,
  inTurn,
  json,
  noAbort,
  type SeenRequest,
  serve,
} from "./support/kinesis-server.ts";
import { apiForBy, WAYS } from "./support/ways.ts";

const stored = { ShardId: "shardId-000000000000", SequenceNumber: "1" };
const put: PutRecordsRequest = {
  stream: { name: "orders" },
  entries: [{ data: Buffer.from("x"), partitionKey: "k" }],
};
const MIB = 1_048_576;

function keyOf({ headers }: SeenRequest): string | undefined {
  return /Credential=(\w+)/.exec(headers.authorization ?? "")?.[1];
}

describe.each(WAYS)("PutRecords %s", (_way, apiBy) => {
  const apiFor = apiForBy(apiBy);

  test.each([
    ["an error", new Error("shutting down")],
    ["a symbol", Symbol("lost")],
    ["a text", "enough"],
  ])("is cancelled by an abort with %s, at once", async (_kind, reason) => {
    let isCancelled = false;
    const { requests, url } = await serve((response) => {
      response.on("close", () => {
        isCancelled = true;
      });
    });
    const stop = new AbortController();
    const call = apiFor(url).putRecords(put, stop.signal);
    await expect.poll(() => requests.length).toBe(1);
    stop.abort(reason);
    await expect(call.catch((error: unknown) => error)).resolves.toBe(reason);
    await expect.poll(() => isCancelled).toBe(true);
  });

  test("is cancelled within its answer too", async () => {
    let isCancelled = false;
    const { requests, url } = await serve((response) => {
      response.on("close", () => {
        isCancelled = true;
      });
      response.writeHead(200, { "content-length": 100 });
      response.write('{"Records":[');
    });
    const stop = new AbortController();
    const call = apiFor(url).putRecords(put, stop.signal);
    await expect.poll(() => requests.length).toBe(1);
    await new Promise((resolve) => setTimeout(resolve, 30));
    stop.abort("enough");
    await expect(call.catch((error: unknown) => error)).resolves.toBe("enough");
    await expect.poll(() => isCancelled).toBe(true);
  });

  test("is not sent where its signal aborted before, or while credentials were awaited", async () => {
    const { requests, url } = await serve(json({ Records: [stored] }));
    const reason = new Error("too late");
    await expect(apiFor(url).putRecords(put, AbortSignal.abort(reason))).rejects.toBe(reason);
    let come: ((credentials: object) => void) | undefined;
    const credentials = () =>
      new Promise<never>((resolve) => {
        come = resolve as unknown as typeof come;
      });
    const stop = new AbortController();
    const call = apiFor(url, {}, { credentials }).putRecords(put, stop.signal);
    await expect.poll(() => come).toBeDefined();
    stop.abort(reason);
    await expect(call).rejects.toBe(reason);
    come?.({ accessKeyId: "a", secretAccessKey: "b" });
    await new Promise((resolve) => setTimeout(resolve, 30));
    expect(requests).toEqual([]);
  });

  test("leaves nothing behind at a signal that follows many calls", async () => {
    const { url } = await serve(json({ Records: [stored] }));
    const api = apiFor(url);
    const { signal } = new AbortController();
    const add = vi.spyOn(signal, "addEventListener");
    const remove = vi.spyOn(signal, "removeEventListener");
    await Promise.all(Array.from({ length: 50 }, () => api.putRecords(put, signal)));
    await expect.poll(() => remove.mock.calls.length).toBeGreaterThanOrEqual(add.mock.calls.length);
  });

  test("is signed with new credentials after those in hand were refused", async () => {
    const refused = exception("ExpiredTokenException");
    const { requests, url } = await serve(inTurn(refused, json({ Records: [stored] })));
    let asked = 0;
    const credentials = async () => {
      asked += 1;
      return { accessKeyId: `KEY${asked}`, secretAccessKey: "secret" };
    };
    const api = apiFor(url, {}, { credentials });
    const error = await api.putRecords(put, noAbort()).catch((reason: unknown) => reason);
    expect(apiFailureOf(error)?.kind).toBe("credentials");
    await api.putRecords(put, noAbort());
    expect(requests.map(keyOf)).toEqual(["KEY1", "KEY2"]);
  });

  test("is given up when its answer does not begin in time", async () => {
    const { url } = await serve(() => undefined);
    const api = apiFor(url, { requestTimeoutMs: 50 });
    const error = await api.putRecords(put, noAbort()).catch((reason: unknown) => reason);
    expect(apiFailureOf(error)).toMatchObject({
      kind: "transient",
      awsName: "TimeoutError",
      isAmbiguous: true,
    });
  });

  test("tells stored entries from failed ones", async () => {
    const failed = { ErrorCode: "InternalFailure", ErrorMessage: "no" };
    const { url } = await serve(json({ FailedRecordCount: 1, Records: [stored, failed] }));
    const { outcomes } = await apiFor(url).putRecords(
      { ...put, entries: [...put.entries, ...put.entries] },
      noAbort(),
    );
    expect(outcomes).toMatchObject([
      { kind: "stored", shardId: "shardId-000000000000", sequenceNumber: "1" },
      { kind: "failed", failure: { awsName: "InternalFailure", isAmbiguous: true } },
    ]);
  });

  test.each([
    ["null", null],
    ["a text", "stored"],
    ["a number for a sequence number", { ...stored, SequenceNumber: 1 }],
    ["an object for a shard", { ...stored, ShardId: {} }],
    ["a number for an error code", { ErrorCode: 500 }],
    ["a receipt and an error code", { ...stored, ErrorCode: "InternalFailure" }],
  ])("does not take %s for a receipt", async (_what, entry) => {
    const { url } = await serve(json({ Records: [entry, stored] }));
    const entries = [...put.entries, ...put.entries];
    const { outcomes } = await apiFor(url).putRecords({ ...put, entries }, noAbort());
    expect(outcomes).toEqual([
      {
        kind: "failed",
        failure: expect.objectContaining({ kind: "transient", isAmbiguous: true }),
      },
      { kind: "stored", shardId: "shardId-000000000000", sequenceNumber: "1" },
    ]);
  });

  test.each([
    ["null", "null"],
    ["a text", '"Records"'],
    ["a list", "[1]"],
    ["a number", "5"],
    ["nothing of a list", '{"Records":{"length":1}}'],
  ])("is not answered by %s", async (_what, body) => {
    const { url } = await serve((response) => void response.end(body));
    const error = await apiFor(url)
      .putRecords(put, noAbort())
      .catch((reason: unknown) => reason);
    expect(apiFailureOf(error)).toMatchObject({ kind: "transient", isAmbiguous: true });
  });

  test.each<[what: string, headers: Record<string, string>, body: string, awsName: string]>([
    ["in `code`", {}, '{"code":"ValidationException"}', "ValidationException"],
    ["in `Code`", {}, '{"Code":"ExpiredTokenException"}', "ExpiredTokenException"],
    [
      "in a header",
      { "x-amzn-errortype": "ValidationException:http://x/" },
      "{}",
      "ValidationException",
    ],
    [
      "with a namespace",
      {},
      '{"__type":"a.b#AccessDeniedException","Message":"no"}',
      "AccessDeniedException",
    ],
    [
      "with a message of two lines",
      {},
      '{"__type":"SignatureDoesNotMatch","message":"no\\nsecret"}',
      "SignatureDoesNotMatch",
    ],
    ["nowhere", {}, '{"message":"no"}', "Http400"],
    ["nowhere, in a list", {}, "[]", "Http400"],
    ["nowhere, in null", {}, "null", "Http400"],
    ["by a number", {}, '{"__type":5}', "5"],
  ])("tells an exception that is named %s", async (_what, headers, body, awsName) => {
    const { url } = await serve((response) => {
      response.writeHead(400, headers);
      response.end(body);
    });
    const error = await apiFor(url)
      .putRecords(put, noAbort())
      .catch((reason: unknown) => reason);
    expect(apiFailureOf(error)?.awsName).toBe(awsName);
    expect(apiFailureOf(error)?.reason).not.toContain("secret");
  });

  test("tells how long an error answer asks to wait", async () => {
    const { url } = await serve((response) => {
      response.writeHead(503, { "retry-after": "7" });
      response.end('{"__type":"ServiceUnavailable"}');
    });
    const error = await apiFor(url)
      .putRecords(put, noAbort())
      .catch((reason: unknown) => reason);
    expect(apiFailureOf(error)).toMatchObject({ kind: "transient", retryAfterMs: 7000 });
  });

  test("carries the largest call there is", async () => {
    const { requests, url } = await serve(json({ Records: [stored, stored] }));
    const entries = [7, 8].map((byte) => ({
      data: Buffer.alloc(5 * MIB - 1, byte),
      partitionKey: String(byte),
    }));
    await apiFor(url).putRecords({ ...put, entries }, noAbort());
    const sent = requests[0]?.body["Records"] as { Data: string; PartitionKey: string }[];
    expect(sent.map(({ PartitionKey }) => PartitionKey)).toEqual(["7", "8"]);
    for (const [i, { Data }] of sent.entries()) {
      expect(Buffer.compare(Buffer.from(Data, "base64"), entries[i]?.data ?? Buffer.of())).toBe(0);
    }
  });
});

test("by the wire, an answer beyond all bounds is given up and its connection closed", async () => {
  let isClosed = false;
  const { url } = await serve((response) => {
    response.on("close", () => {
      isClosed = true;
    });
    const piece = Buffer.alloc(MIB, " ");
    const more = (): void => {
      while (!response.destroyed && response.write(piece));
    };
    response.on("drain", more);
    more();
  });
  const [, byWire] = WAYS[0] as (typeof WAYS)[number];
  const error = await apiForBy(byWire)(url)
    .putRecords(put, noAbort())
    .catch((reason: unknown) => reason);
  expect(apiFailureOf(error)).toMatchObject({ awsName: "AnswerMismatch", isAmbiguous: true });
  await expect.poll(() => isClosed).toBe(true);
});
