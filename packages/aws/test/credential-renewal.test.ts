import { apiFailureOf } from "@shardline/core";
import { createAwsKinesisApi, type ReadyKinesisClient } from "@shardline/aws";
import { expect, test } from "vitest";
import { CredentialRenewal } from "../src/credential-renewal.ts";
import {
  exception,
  inTurn,
  json,
  noAbort,
  openFor,
  type SeenRequest,
  serve,
} from "./support/kinesis-server.ts";

const read = { stream: { name: "orders" }, iterator: "i", limit: 1 };
const emptyFetch = json({ Records: [], NextShardIterator: "next" });

/** A provider that hands out a new key each time it is asked, and counts. */
function provider() {
  const asked = { times: 0 };
  const credentials = async () => {
    asked.times += 1;
    return { accessKeyId: `KEY${asked.times}`, secretAccessKey: "secret" };
  };
  return { asked, credentials };
}

function keyOf({ headers }: SeenRequest): string | undefined {
  return /Credential=(\w+)/.exec(headers.authorization ?? "")?.[1];
}

test("R-creds: after refused credentials the next call is signed with new ones", async () => {
  const { requests, url } = await serve(inTurn(exception("ExpiredTokenException"), emptyFetch));
  const { credentials } = provider();
  const api = createAwsKinesisApi(openFor(url, {}, { credentials }));
  const error = await api.getRecords(read, noAbort()).catch((reason: unknown) => reason);
  expect(apiFailureOf(error)?.kind).toBe("credentials");
  await api.getRecords(read, noAbort());
  expect(requests.map(keyOf)).toEqual(["KEY1", "KEY2"]);
});

test("calls that were refused with the same credentials renew them once", async () => {
  const { requests, url } = await serve((response, nth) => {
    const answer = nth < 10 ? exception("ExpiredTokenException") : emptyFetch;
    if (nth === 9) setTimeout(() => answer(response, nth), 30);
    else answer(response, nth);
  });
  const { asked, credentials } = provider();
  const api = createAwsKinesisApi(openFor(url, {}, { credentials }));
  const calls = Array.from({ length: 10 }, () => api.getRecords(read, noAbort()));
  const settled = await Promise.allSettled(calls);
  expect(settled.every(({ status }) => status === "rejected")).toBe(true);
  await api.getRecords(read, noAbort());
  expect(new Set(requests.slice(0, 10).map(keyOf))).toEqual(new Set(["KEY1"]));
  expect(asked.times).toBe(2);
});

test("a provider that fails is a failure of credentials, until it works again", async () => {
  const { url } = await serve(emptyFetch);
  const unavailable = Object.assign(new Error("no metadata"), { name: "CredentialsProviderError" });
  let isWorking = false;
  const credentials = async () => {
    if (!isWorking) throw unavailable;
    return { accessKeyId: "KEY", secretAccessKey: "secret" };
  };
  const api = createAwsKinesisApi(openFor(url, {}, { credentials }));
  const error = await api.getRecords(read, noAbort()).catch((reason: unknown) => reason);
  expect(apiFailureOf(error)).toEqual({
    kind: "credentials",
    awsName: "CredentialsProviderError",
    reason: "no metadata",
    isAmbiguous: false,
  });
  isWorking = true;
  await api.getRecords(read, noAbort());
});

test("a renewal is shared by those who wait for it, and not repeated for the same credentials", async () => {
  const { asked, credentials } = provider();
  const renewal = new CredentialRenewal({
    config: { credentials },
  } as unknown as ReadyKinesisClient);
  await Promise.all([renewal.renewAfter(0), renewal.renewAfter(0)]);
  await renewal.renewAfter(0);
  expect([asked.times, renewal.generation]).toEqual([1, 1]);
  await renewal.renewAfter(1);
  expect([asked.times, renewal.generation]).toEqual([2, 2]);
});

test("a renewal that fails, or that a client has no provider for, is left to the next call", async () => {
  const failing = { config: { credentials: () => Promise.reject(new Error("no")) } };
  for (const client of [failing, { config: {} }]) {
    const renewal = new CredentialRenewal(client as unknown as ReadyKinesisClient);
    await renewal.renewAfter(0);
    expect(renewal.generation).toBe(1);
  }
});

test("a provider that throws once is asked again", async () => {
  let asked = 0;
  const credentials = () => {
    asked += 1;
    if (asked === 1) throw new Error("no");
    return Promise.resolve();
  };
  const renewal = new CredentialRenewal({
    config: { credentials },
  } as unknown as ReadyKinesisClient);
  await renewal.renewAfter(renewal.generation);
  await renewal.renewAfter(renewal.generation);
  expect(asked).toBe(2);
});
