// PutRecords: ten aggregates of 50 KB, and 500 small records.
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import type { PutRecordsAnswer, PutRecordsRequest } from "@shardline/core";
import type { Comparison, Goal } from "../suite.ts";
import { AGGREGATES, SMALL_RECORDS } from "./answers.ts";
import {
  type Caller,
  type Endpoint,
  floor,
  ours,
  plainEndpoint,
  sdk,
  tlsEndpoint,
} from "./callers.ts";
import { Responder } from "./responder.ts";
import { cpuPerCall } from "./spend.ts";

const OURS = "the wire";
const DEFAULT = "SDK, default (HTTP/2)";
const HTTP1 = "SDK, HTTP/1.1";
const AGGREGATE_BYTES = 51_200;
const SMALL_BYTES = 100;

/** The same calls in the clear and over TLS, large and small. */
export async function* putRecordsComparisons(): AsyncGenerator<Comparison> {
  await using responder = await Responder.start();
  const plain = plainEndpoint(responder.ready);
  const tls = tlsEndpoint(responder.ready);
  const aggregates = requestOf(AGGREGATES, AGGREGATE_BYTES);
  const small = requestOf(SMALL_RECORDS, SMALL_BYTES);
  yield* compare("10 x 50 KB, in the clear", plain, aggregates, [
    againstDefault("G5.h1", 1 / 3, 1 / 5),
  ]);
  yield* compare("10 x 50 KB, TLS", tls, aggregates, [againstDefault("G5.tls", 1 / 3.5, 1 / 5)]);
  yield* compare("500 x 100 B, in the clear", plain, small, []);
}

async function* compare(
  title: string,
  endpoint: Endpoint,
  request: PutRecordsRequest,
  goals: readonly Goal[],
): AsyncGenerator<Comparison> {
  const callers: readonly (readonly [string, "ours" | "peer" | "floor", Caller])[] = [
    [OURS, "ours", ours(endpoint, "wire", (api) => api.putRecords(request, fresh()))],
    ["by the SDK's send", "ours", ours(endpoint, "sdk", (api) => api.putRecords(request, fresh()))],
    [DEFAULT, "peer", sdk(endpoint, "default", request)],
    [HTTP1, "peer", sdk(endpoint, "http1", request)],
    ["raw HTTP/1.1, body ready", "floor", floor(endpoint, bodyOf(request))],
  ];
  yield {
    title: `PutRecords, ${title}`,
    unit: "µs of CPU per call",
    variants: callers.map(([name, role, { call }]) => ({
      name,
      role,
      sample: () => cpuPerCall(call),
    })),
    goals,
    check: async () => {
      for (const [name, , { call }] of callers.slice(0, 2)) {
        const { outcomes } = (await call()) as PutRecordsAnswer;
        assert.equal(outcomes.length, request.entries.length, name);
        assert.ok(
          outcomes.every(({ kind }) => kind === "stored"),
          name,
        );
      }
    },
  };
  for (const [, , { close }] of callers) close();
}

function againstDefault(id: string, must: number, stretch: number): Goal {
  const what = "CPU of a PutRecords call, to the SDK's default client";
  return { id, what, direction: "lower", of: OURS, against: DEFAULT, must, stretch };
}

function requestOf(records: number, bytes: number): PutRecordsRequest {
  const entries = Array.from({ length: records }, (_, i) => ({
    data: randomBytes(bytes),
    partitionKey: `user-${String(i).padStart(6, "0")}`,
  }));
  return { stream: { name: "orders" }, entries };
}

function bodyOf({ entries, stream }: PutRecordsRequest): Buffer {
  const Records = entries.map(({ data, partitionKey }) => ({
    Data: Buffer.from(data).toString("base64"),
    PartitionKey: partitionKey,
  }));
  return Buffer.from(JSON.stringify({ StreamName: stream.name, Records }));
}

/** As the producer has one for each call. */
function fresh(): AbortSignal {
  return new AbortController().signal;
}
