import {
  apiCallFailed,
  type KinesisApi,
  listAllShards,
  type ListShardsRequest,
} from "@shardline/core";
import { SeededRandom } from "@shardline/core/testing";
import { Emulator } from "@shardline/emulator";
import { expect, test } from "vitest";
import { intercept } from "../support/intercept.ts";
import { quietClock } from "../support/quiet-clock.ts";

const { signal } = new AbortController();
const stream = { name: "orders" };

const EXPIRED = apiCallFailed("ListShards", {
  kind: "expired",
  awsName: "ExpiredNextTokenException",
  reason: "the token has expired",
  isAmbiguous: false,
});

/** A stream of so many shards, whose listing is written down and may fail. */
function streamOf(
  shards: number,
  failureOf: (call: number) => Error | undefined = () => undefined,
) {
  const random = new SeededRandom(1);
  const emulator = new Emulator({ clock: quietClock(), random, streams: { orders: shards } });
  const requests: ListShardsRequest[] = [];
  const api: Pick<KinesisApi, "listShards"> = intercept(emulator.kinesis(), {
    listShards: (next, request, callSignal) => {
      requests.push(request);
      const failure = failureOf(requests.length);
      return failure === undefined ? next(request, callSignal) : Promise.reject(failure);
    },
  });
  return { api, requests };
}

test("52 list-pagination: all pages are read, and only the first names a filter", async () => {
  const { api, requests } = streamOf(3500);
  const shards = await listAllShards(api, stream, { type: "AT_LATEST" }, signal);
  expect(new Set(shards.map(({ shardId }) => shardId)).size).toBe(3500);
  expect(requests).toHaveLength(4);
  expect(requests[0]).toEqual({ stream, filter: { type: "AT_LATEST" } });
  for (const request of requests.slice(1)) {
    expect(Object.keys(request).sort()).toEqual(["nextToken", "stream"]);
  }
});

test("M-token-expired: a page token that has expired begins the listing anew", async () => {
  const { api, requests } = streamOf(2500, (call) => (call === 2 ? EXPIRED : undefined));
  const shards = await listAllShards(api, stream, undefined, signal);
  expect(shards).toHaveLength(2500);
  expect(requests.map((request) => "nextToken" in request)).toEqual([
    false,
    true,
    false,
    true,
    true,
  ]);
});

test("a listing whose tokens always expire is given up", async () => {
  const { api, requests } = streamOf(2500, (call) => (call % 2 === 0 ? EXPIRED : undefined));
  await expect(listAllShards(api, stream, undefined, signal)).rejects.toBe(EXPIRED);
  expect(requests).toHaveLength(8);
});

test("any other failure is told at once", async () => {
  const failure = new Error("no");
  const { api, requests } = streamOf(1, () => failure);
  await expect(listAllShards(api, stream, undefined, signal)).rejects.toBe(failure);
  expect(requests).toHaveLength(1);
});
