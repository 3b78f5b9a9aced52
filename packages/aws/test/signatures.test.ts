// Every signature is checked by a verifier of the tests' own, over both ways.
import { parseStreamRef, type StreamRef } from "@shardline/core";
import { describe, expect, test } from "vitest";
import { json, noAbort, serve, type SeenRequest } from "./support/kinesis-server.ts";
import { faultOfSignature } from "./support/signature.ts";
import { apiForBy, WAYS } from "./support/ways.ts";

const HOUR_MS = 3_600_000;
const KEYS = { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "secret/with+signs=" };
const byArn = parseStreamRef("arn:aws:kinesis:eu-west-1:123456789012:stream/orders") as StreamRef;
const stored = { ShardId: "shardId-000000000000", SequenceNumber: "1" };

function put(stream: StreamRef = { name: "orders" }, partitionKey = "k") {
  return { stream, entries: [{ data: Buffer.from("Grüße"), partitionKey }] };
}

function faultOf(request: SeenRequest | undefined, more: object = {}): string | undefined {
  if (request === undefined) return "no request";
  const scope = { region: "eu-west-1", service: "kinesis", nowMs: Date.now() };
  return faultOfSignature(request, { ...KEYS, ...scope, ...more });
}

test("the verifier refuses what was changed on the way", async () => {
  const { requests, url } = await serve(json({ Records: [stored] }));
  const [, bySdk] = WAYS[1] as (typeof WAYS)[number];
  await apiForBy(bySdk)(url, {}, { credentials: KEYS }).putRecords(put(), noAbort());
  const [request] = requests as [SeenRequest];
  expect(faultOf(request)).toBeUndefined();
  const { headers } = request;
  const changed: readonly (readonly [string, Partial<SeenRequest>, object?])[] = [
    ["another body", { bytes: Buffer.from("{}") }],
    ["another signature", { method: "PUT" }],
    ["another signature", { url: "/other" }],
    ["another signature", { headers: { ...headers, "x-amz-target": "Kinesis_20131202.Other" } }],
    ["another signature", {}, { secretAccessKey: "wrong" }],
    ["another access key", {}, { accessKeyId: "AKIDOTHER" }],
    ["another scope", {}, { region: "us-east-1" }],
    ["another token", {}, { sessionToken: "token" }],
    ["signature expired", {}, { nowMs: Date.now() + HOUR_MS }],
    ["the authorization has another form", { headers: {} }],
  ];
  for (const [fault, change, more] of changed) {
    expect(faultOf({ ...request, ...change }, more)).toBe(fault);
  }
});

describe.each(WAYS)("PutRecords %s", (_way, apiBy) => {
  const apiFor = apiForBy(apiBy);

  test.each([
    ["a name", put()],
    ["an ARN", put(byArn)],
    ["a key of many scripts", put(undefined, 'ключ 𝄞 \u0000\u2028"\\')],
  ])("signs a call with %s", async (_what, request) => {
    const { requests, url } = await serve(json({ Records: [stored] }));
    await apiFor(url, {}, { credentials: KEYS }).putRecords(request, noAbort());
    expect(requests.map((seen) => faultOf(seen))).toEqual([undefined]);
  });

  test("signs with a session token", async () => {
    const { requests, url } = await serve(json({ Records: [stored] }));
    const credentials = { ...KEYS, sessionToken: "a+long/token==" };
    await apiFor(url, {}, { credentials }).putRecords(put(), noAbort());
    expect(faultOf(requests[0], { sessionToken: "a+long/token==" })).toBeUndefined();
  });

  test.each(["/a/b", "/a b/ü", "/%20/x/", "/a?x=1&y=%20z"])(
    "signs for an endpoint with the path %s",
    async (path) => {
      const { requests, url } = await serve(json({ Records: [stored] }));
      await apiFor(`${url}${path}`, {}, { credentials: KEYS }).putRecords(put(), noAbort());
      expect(requests.map((seen) => faultOf(seen))).toEqual([undefined]);
    },
  );

  test("signs for the region that is asked for at that moment", async () => {
    const { requests, url } = await serve(json({ Records: [stored] }));
    const region = async () => "ap-southeast-2";
    await apiFor(url, {}, { credentials: KEYS, region }).putRecords(put(), noAbort());
    expect(faultOf(requests[0], { region: "ap-southeast-2" })).toBeUndefined();
  });

  test("signs every one of a series of calls, whoever signs by then and wherever it goes", async () => {
    const { requests, url } = await serve(json({ Records: [stored] }));
    let keys: typeof KEYS & { sessionToken?: string } = KEYS;
    let region = "eu-west-1";
    const credentials = async () => ({ ...keys, expiration: new Date(0) });
    const config = { credentials, customUserAgent: "a  b/1" };
    const api = apiFor(url, {}, config);
    const elsewhere = apiFor(url, {}, { ...config, region: async () => region });
    const expected: object[] = [];
    const putBy = async (by: typeof api, stream?: StreamRef): Promise<void> => {
      expected.push({ ...keys, region: by === api ? "eu-west-1" : region });
      await by.putRecords(put(stream, "k ".repeat(expected.length)), noAbort());
    };
    for (let i = 0; i < 4; i += 1) await putBy(api);
    keys = { accessKeyId: "AKIDOTHER", secretAccessKey: "other", sessionToken: "to+ken/1==" };
    for (let i = 0; i < 3; i += 1) await putBy(api, i === 1 ? byArn : undefined);
    keys = { ...keys, sessionToken: "to+ken/2==" };
    for (let i = 0; i < 3; i += 1) await putBy(api);
    region = "ap-southeast-2";
    for (let i = 0; i < 3; i += 1) await putBy(elsewhere);
    expect(requests.map((seen, i) => faultOf(seen, expected[i]))).toEqual(
      expected.map(() => undefined),
    );
  });

  test("follows a clock that changes by hours between two calls, after one that fails", async () => {
    let skewMs = 0;
    const { requests, url } = await serve((response, nth) => {
      const nowMs = Date.now() + skewMs;
      response.setHeader("date", new Date(nowMs).toUTCString());
      const isLate = faultOf(requests[nth], { nowMs }) === "signature expired";
      const answer = isLate
        ? json({ __type: "InvalidSignatureException", message: "Signature expired" }, 400)
        : json({ Records: [stored] });
      answer(response, nth);
    });
    const api = apiFor(url, {}, { credentials: KEYS });
    for (let i = 0; i < 3; i += 1) await api.putRecords(put(), noAbort());
    skewMs = 2 * HOUR_MS;
    let failures = 0;
    for (let i = 0; i < 6; i += 1) {
      await api.putRecords(put(), noAbort()).catch(() => {
        failures += 1;
      });
    }
    expect(failures).toBeGreaterThan(0);
    expect(failures).toBeLessThanOrEqual(2);
  });

  test.each([-1, 1])("corrects a clock that is %i hours off by the first answer", async (hours) => {
    const skewMs = hours * HOUR_MS;
    const { requests, url } = await serve((response, nth) => {
      response.setHeader("date", new Date(Date.now() + skewMs).toUTCString());
      const answer =
        nth === 0
          ? json({ __type: "InvalidSignatureException", message: "Signature expired" }, 400)
          : json({ Records: [stored] });
      answer(response, nth);
    });
    const api = apiFor(url, {}, { credentials: KEYS });
    await expect(api.putRecords(put(), noAbort())).rejects.toThrow("InvalidSignature");
    await api.putRecords(put(), noAbort());
    const nowMs = Date.now() + skewMs;
    const faults = requests.map((seen) => faultOf(seen, { nowMs }));
    expect(faults).toEqual(["signature expired", undefined]);
  });

  test("follows the clock of the answers that succeed", async () => {
    const { requests, url } = await serve((response, nth) => {
      response.setHeader("date", new Date(Date.now() + HOUR_MS).toUTCString());
      json({ Records: [stored] })(response, nth);
    });
    const api = apiFor(url, {}, { credentials: KEYS });
    await api.putRecords(put(), noAbort());
    await api.putRecords(put(), noAbort());
    const faults = requests.map((seen) => faultOf(seen, { nowMs: Date.now() + HOUR_MS }));
    expect(faults).toEqual(["signature expired", undefined]);
  });
});
