import { resolveOptions } from "@shardline/core";
import { createAwsKinesisApi, kinesisSource, openKinesis } from "@shardline/aws";
import { expect, test, vi } from "vitest";
import { atEnd, configFor, json, noAbort, openFor, serve } from "./support/kinesis-server.ts";

const read = { stream: { name: "orders" }, iterator: "i", limit: 1 };
const emptyFetch = json({ Records: [], NextShardIterator: "next" });

test("a ready port is used as it is", () => {
  const api = createAwsKinesisApi(openFor("http://127.0.0.1:9"));
  const opened = openKinesis(api);
  expect(opened.api).toBe(api);
  opened.close();
});

test("a ready client is called and stays open", async () => {
  const { url } = await serve(emptyFetch);
  const { client } = openFor(url);
  const opened = openKinesis(client);
  await opened.api.getRecords(read, noAbort());
  opened.close();
  await openKinesis(client).api.getRecords(read, noAbort());
});

test("a client is made of configuration, with the bounds it is given", async () => {
  const { connections, url } = await serve(emptyFetch);
  const opened = openKinesis(configFor(url), { maxSockets: 2 });
  atEnd(() => opened.close());
  await Promise.all(Array.from({ length: 10 }, () => opened.api.getRecords(read, noAbort())));
  expect(connections.most).toBe(2);
});

test("credentials, region and endpoint are found where the SDK looks for them", async () => {
  const { url } = await serve(emptyFetch);
  vi.stubEnv("AWS_ENDPOINT_URL", url);
  vi.stubEnv("AWS_REGION", "eu-west-1");
  vi.stubEnv("AWS_ACCESS_KEY_ID", "000000000000");
  vi.stubEnv("AWS_SECRET_ACCESS_KEY", "unchecked");
  const opened = openKinesis();
  atEnd(() => {
    opened.close();
    vi.unstubAllEnvs();
  });
  const { records } = await opened.api.getRecords(read, noAbort());
  expect(records).toEqual([]);
});

test("without a region, calls fail for want of credentials, before anything is sent", async () => {
  vi.stubEnv("AWS_REGION", undefined);
  vi.stubEnv("AWS_DEFAULT_REGION", undefined);
  vi.stubEnv("AWS_CONFIG_FILE", "/nonexistent");
  const credentials = { accessKeyId: "000000000000", secretAccessKey: "unchecked" };
  const opened = openKinesis({ credentials });
  atEnd(() => {
    opened.close();
    vi.unstubAllEnvs();
  });
  const failure = { kind: "credentials", reason: "Region is missing", isAmbiguous: false };
  await expect(opened.api.getRecords(read, noAbort())).rejects.toMatchObject({
    details: { failure },
  });
});

test.each([[null], ["eu-west-1"], [[]]])("%j names no Kinesis", (value) => {
  expect(() => resolveOptions("test", kinesisSource, value)).toThrow("a KinesisApi");
});
