import { KinesisError } from "@shardline/core";
import type { ProducerOptions } from "@shardline/producer";
import { expect, test } from "vitest";
import { resolveProducerOptions } from "../src/settings.ts";

/** Everything that may be left out. */
const DEFAULTS = {
  aggregation: { maxBytes: 51_200, maxRecords: Number.POSITIVE_INFINITY },
  batch: { maxDelayMs: 100, maxRecords: 500, maxBytes: 5_242_880 },
  buffer: { maxRecords: 32_768, maxBytes: 67_108_864 },
  recordTtlMs: 30_000,
  maxRecordBytes: 1_048_576,
  ordering: "partition-key",
  ratePercent: 150,
  maxInFlightRequests: 24,
};

function resolve(options: object): object {
  return resolveProducerOptions({ stream: "orders", ...options } as ProducerOptions);
}

function problemsOf(options: object): readonly string[] {
  try {
    resolve(options);
  } catch (error) {
    if (KinesisError.is(error, "INVALID_OPTIONS")) return error.details.problems;
  }
  throw new Error("the options were taken");
}

test("what is left out gets its default", () => {
  expect(resolve({})).toMatchObject({ stream: { name: "orders" }, ...DEFAULTS });
  expect(resolve({ batch: {}, buffer: {}, aggregation: {} })).toMatchObject(DEFAULTS);
  expect(resolve({ recordTtlMs: undefined, logger: undefined })).toMatchObject(DEFAULTS);
});

test("without aggregation order is not kept unless it is asked for", () => {
  expect(resolve({ aggregation: false })).toMatchObject({ aggregation: false, ordering: "none" });
  expect(resolve({ aggregation: false, ordering: "partition-key" })).toMatchObject({
    ordering: "partition-key",
  });
});

test.each<[string, object, object]>([
  [
    "aggregation.maxBytes",
    { aggregation: { maxBytes: 64 } },
    { aggregation: { maxBytes: 1_048_576 } },
  ],
  [
    "aggregation.maxRecords",
    { aggregation: { maxRecords: 1 } },
    { aggregation: { maxRecords: Infinity } },
  ],
  ["batch.maxDelayMs", { batch: { maxDelayMs: 0 } }, { batch: { maxDelayMs: 60_000 } }],
  ["batch.maxRecords", { batch: { maxRecords: 1 } }, { batch: { maxRecords: 500 } }],
  ["batch.maxBytes", { batch: { maxBytes: 52_224 } }, { batch: { maxBytes: 10_485_760 } }],
  ["buffer.maxRecords", { buffer: { maxRecords: 1 } }, { buffer: { maxRecords: 1e9 } }],
  ["buffer.maxBytes", { buffer: { maxBytes: 1024 } }, { buffer: { maxBytes: 1e12 } }],
  ["recordTtlMs", { recordTtlMs: 100 }, { recordTtlMs: Infinity }],
  ["maxRecordBytes", { maxRecordBytes: 1024 }, { maxRecordBytes: 10_485_760 }],
  ["ratePercent", { ratePercent: 1 }, { ratePercent: 10_000 }],
  ["ratePercent", { ratePercent: false }, { ratePercent: 99.5 }],
  ["maxInFlightRequests", { maxInFlightRequests: 1 }, { maxInFlightRequests: 256 }],
])("%s takes both ends of its range", (_name, least, most) => {
  expect(resolve(least)).toMatchObject(least);
  expect(resolve(most)).toMatchObject(most);
});

test.each<[string, object]>([
  ["stream", { stream: undefined }],
  ["stream", { stream: "" }],
  ["stream", { stream: "arn:aws:kinesis:eu-west-1:1:stream/orders" }],
  ["aggregation", { aggregation: true }],
  ["aggregation.maxBytes", { aggregation: { maxBytes: 63 } }],
  ["aggregation.maxBytes", { aggregation: { maxBytes: 1_048_577 } }],
  ["aggregation.maxRecords", { aggregation: { maxRecords: 0 } }],
  ["batch.maxDelayMs", { batch: { maxDelayMs: -1 } }],
  ["batch.maxDelayMs", { batch: { maxDelayMs: "100" } }],
  ["batch.maxRecords", { batch: { maxRecords: 501 } }],
  ["batch.maxRecords", { batch: { maxRecords: 1.5 } }],
  ["batch.maxBytes", { batch: { maxBytes: 52_223 } }],
  ["batch.maxBytes", { batch: { maxBytes: 10_485_761 } }],
  ["buffer.maxRecords", { buffer: { maxRecords: 0 } }],
  ["buffer.maxBytes", { buffer: { maxBytes: 1023 } }],
  ["recordTtlMs", { recordTtlMs: 99 }],
  ["recordTtlMs", { recordTtlMs: Number.NaN }],
  ["maxRecordBytes", { maxRecordBytes: 1023 }],
  ["maxRecordBytes", { maxRecordBytes: 10_485_761 }],
  ["ordering", { ordering: "key" }],
  ["ratePercent", { ratePercent: 0.5 }],
  ["ratePercent", { ratePercent: true }],
  ["maxInFlightRequests", { maxInFlightRequests: 257 }],
  ["logger", { logger: { warn: () => undefined } }],
  ["clock", { clock: {} }],
  ["random", { random: Math }],
  ["kinesis", { kinesis: "eu-west-1" }],
  ["bufer", { bufer: {} }],
  ["batch.maxRecrods", { batch: { maxRecrods: 5 } }],
])("a wrong %s is named (%j)", (name, options) => {
  const problems = problemsOf(options);
  expect(problems).toHaveLength(1);
  expect(problems[0]?.split(" ")[0]).toBe(name);
});

test("a stream ARN is as good as a name", () => {
  const stream = "arn:aws:kinesis:eu-west-1:123456789012:stream/orders";
  expect(resolve({ stream })).toMatchObject({ stream: { name: "orders", arn: stream } });
});
