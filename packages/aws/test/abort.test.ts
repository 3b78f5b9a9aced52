import { KinesisClient } from "@aws-sdk/client-kinesis";
import type { KinesisApi } from "@shardline/core";
import { NodeHttpHandler } from "@smithy/node-http-handler";
import { createAwsKinesisApi, openKinesisClient } from "@shardline/aws";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { apiFor, atEnd, configFor, json, openFor, serve } from "./support/kinesis-server.ts";

const read = { stream: { name: "orders" }, iterator: "i", limit: 1 };
const emptyFetch = json({ Records: [], NextShardIterator: "next" });

/** The port over a ready client, whose calls take the other way into the SDK. */
function apiOverReadyClient(url: string): KinesisApi {
  const ready = new KinesisClient({ ...configFor(url), requestHandler: new NodeHttpHandler() });
  atEnd(() => ready.destroy());
  return createAwsKinesisApi(openKinesisClient(ready));
}

describe.each([
  ["a client built here", apiFor],
  ["a ready client", apiOverReadyClient],
])("with %s", (_what, open) => {
  test.each([
    ["an error", new Error("shutting down")],
    ["a symbol", Symbol("lost")],
    ["a text", "enough"],
  ])("an abort with %s rejects with it, and cancels the request", async (_kind, reason) => {
    let isCancelled = false;
    const { requests, url } = await serve((response) => {
      response.on("close", () => {
        isCancelled = true;
      });
    });
    const stop = new AbortController();
    const call = open(url).getRecords(read, stop.signal);
    await expect.poll(() => requests.length).toBe(1);
    stop.abort(reason);
    await expect(call.catch((error: unknown) => error)).resolves.toBe(reason);
    await expect.poll(() => isCancelled).toBe(true);
  });

  test("calls side by side each follow their own signal", async () => {
    const { requests, url } = await serve((response, nth) => {
      if (nth > 0) emptyFetch(response, nth);
    });
    const api = open(url);
    const stop = new AbortController();
    const hanging = api.getRecords(read, stop.signal).catch((error: unknown) => error);
    await expect.poll(() => requests.length).toBe(1);
    await api.getRecords(read, new AbortController().signal);
    stop.abort("mine alone");
    expect(await hanging).toBe("mine alone");
    await api.getRecords(read, new AbortController().signal);
  });
});

test("a call whose signal aborted before does not reach the client", async () => {
  const opened = openFor("http://127.0.0.1:9");
  let sent = 0;
  const send: typeof opened.send = (command, options) => {
    sent += 1;
    return opened.send(command, options);
  };
  const api = createAwsKinesisApi({ ...opened, send });
  const reason = new Error("too late");
  await expect(api.getRecords(read, AbortSignal.abort(reason))).rejects.toBe(reason);
  expect(sent).toBe(0);
});

test("an abort does not wait for credentials that do not come", async () => {
  const { requests, url } = await serve(emptyFetch);
  const credentials = () => new Promise<never>(() => undefined);
  const api = createAwsKinesisApi(openFor(url, {}, { credentials }));
  const stop = new AbortController();
  const call = api.getRecords(read, stop.signal);
  stop.abort("no patience");
  await expect(call.catch((error: unknown) => error)).resolves.toBe("no patience");
  expect(requests).toEqual([]);
});

test("one signal may follow hundreds of calls without a warning, and none stays behind", async () => {
  const warn = vi.spyOn(process, "emitWarning").mockImplementation(() => undefined);
  onTestFinished(() => warn.mockRestore());
  const { url } = await serve(emptyFetch);
  const api = apiFor(url);
  const { signal } = new AbortController();
  const add = vi.spyOn(signal, "addEventListener");
  const remove = vi.spyOn(signal, "removeEventListener");
  await Promise.all(Array.from({ length: 200 }, () => api.getRecords(read, signal)));
  const warnings = warn.mock.calls.map(([warning]) => String(warning));
  expect(warnings.filter((warning) => warning.includes("MaxListeners"))).toEqual([]);
  await expect.poll(() => remove.mock.calls.length).toBeGreaterThanOrEqual(add.mock.calls.length);
});

test("one signal may follow hundreds of PutRecords too", async () => {
  const warn = vi.spyOn(process, "emitWarning").mockImplementation(() => undefined);
  onTestFinished(() => warn.mockRestore());
  const { url } = await serve(json({ Records: [{ ShardId: "s", SequenceNumber: "1" }] }));
  const api = apiFor(url);
  const { signal } = new AbortController();
  const put = { stream: { name: "orders" }, entries: [{ data: Buffer.of(1), partitionKey: "k" }] };
  await Promise.all(Array.from({ length: 200 }, () => api.putRecords(put, signal)));
  const warnings = warn.mock.calls.map(([warning]) => String(warning));
  expect(warnings.filter((warning) => warning.includes("MaxListeners"))).toEqual([]);
});
