import { apiFailureOf } from "@shardline/core";
import { createAwsKinesisApi } from "@shardline/aws";
import { expect, test } from "vitest";
import { exception, noAbort, openFor, serve } from "./support/kinesis-server.ts";

test("a call that is throttled tells how long the service asks to wait", async () => {
  const { url } = await serve((response, nth) => {
    response.setHeader("Retry-After", "7");
    exception("ThrottlingException")(response, nth);
  });
  const api = createAwsKinesisApi(openFor(url));
  const entries = [{ data: new Uint8Array(1), partitionKey: "k" }];
  const error = await api
    .putRecords({ stream: { name: "orders" }, entries }, noAbort())
    .catch((reason: unknown) => reason);
  expect(apiFailureOf(error)).toMatchObject({ kind: "throttled", retryAfterMs: 7000 });
});
