import { defaultLogger } from "@shardline/core/default-logger";
import { KinesisError, systemClock, systemRandom } from "@shardline/core";
import { createProducer, type ProducerOptions } from "@shardline/producer";
import { describe, expect, it } from "vitest";
import { type ResolvedProducerOptions, resolveProducerOptions } from "../src/settings.ts";

function resolve(options: object = {}): ResolvedProducerOptions {
  return resolveProducerOptions({ stream: "orders", ...options });
}

function problemsOf(
  options: unknown,
  create: (options: ProducerOptions) => unknown = resolveProducerOptions,
): readonly string[] {
  try {
    create(options as ProducerOptions);
  } catch (error) {
    if (KinesisError.is(error, "INVALID_OPTIONS")) return error.details.problems;
    throw error;
  }
  return [];
}

/** The options with one value somewhere inside. */
function nested(path: string, value: unknown): object {
  return path.split(".").reduceRight<unknown>((inner, key) => ({ [key]: inner }), value) as object;
}

function valueAt(resolved: object, path: string): unknown {
  return path
    .split(".")
    .reduce<unknown>((value, key) => (value as Record<string, unknown>)[key], resolved);
}

it("every default stands where nothing is said", () => {
  expect(resolve()).toEqual({
    stream: { name: "orders" },
    kinesis: undefined,
    aggregation: {
      maxBytes: 51_200,
      maxRecords: Infinity,
      scope: "shard",
      carrierKey: "a",
      escape: true,
    },
    batch: {
      maxDelayMs: 100,
      maxRecords: 500,
      maxBytes: 5_242_880,
      maxBytesPerShard: 262_144,
      lingerMs: "auto",
    },
    buffer: { maxRecords: 32_768, maxBytes: 67_108_864, onFull: "wait" },
    recordTtlMs: 30_000,
    maxRecordBytes: "auto",
    shardMap: { initialWaitMs: 5000, refreshMs: 300_000 },
    distribution: "detect",
    ordering: "partition-key",
    isOrderRequired: false,
    rateLimit: { percent: 150 },
    retry: {
      maxAttempts: Infinity,
      failOnThrottle: false,
      notFoundGraceMs: 5000,
      authGraceMs: 10_000,
      classify: undefined,
    },
    maxInFlightRequests: 24,
    metrics: { level: "detailed", granularity: "stream", maxSeries: 2000 },
    http: { connectTimeoutMs: 6000, requestTimeoutMs: 6000 },
    transform: undefined,
    logger: undefined,
    clock: undefined,
    random: undefined,
  });
});

it("the id of a stream is part of how the stream is named", () => {
  const streamId = "0123456789abcdefghij-abc";
  expect(resolve({ streamId }).stream).toEqual({ name: "orders", id: streamId });
  expect(problemsOf({ stream: "orders", streamId: "orders" })).toEqual([
    'streamId must be a stream id, such as 0123456789abcdefghij-abc, in lower case, got "orders"',
  ]);
  expect(problemsOf({ streamId })).toEqual([
    "streamId is that of the option stream, which is not given",
  ]);
});

it("a group that is given in part keeps the other defaults", () => {
  expect(
    resolve({ batch: { maxDelayMs: 0 }, buffer: { maxRecords: 1 }, aggregation: {} }),
  ).toMatchObject({
    aggregation: { maxBytes: 51_200, maxRecords: Infinity },
    batch: { maxDelayMs: 0, maxRecords: 500, maxBytes: 5_242_880 },
    buffer: { maxRecords: 1, maxBytes: 67_108_864 },
  });
});

it("settings cannot be changed afterwards", () => {
  const settings = resolve();
  expect(Object.isFrozen(settings)).toBe(true);
  expect(Object.isFrozen(settings.batch)).toBe(true);
});

describe("numbers", () => {
  const most = Number.MAX_SAFE_INTEGER;
  const ranges: [path: string, kind: "a whole number" | "a number", min: number, max: number][] = [
    ["aggregation.maxBytes", "a whole number", 64, 10_485_760],
    ["aggregation.maxRecords", "a number", 1, Infinity],
    ["batch.maxDelayMs", "a whole number", 0, most],
    ["batch.maxRecords", "a whole number", 1, 500],
    ["batch.maxBytes", "a whole number", 52_224, 10_485_760],
    ["batch.maxBytesPerShard", "a whole number", 1024, 10_485_760],
    ["batch.lingerMs", "a whole number", 0, most],
    ["shardMap.initialWaitMs", "a whole number", 0, 3_600_000],
    ["shardMap.refreshMs", "a whole number", 1000, 86_400_000],
    ["buffer.maxRecords", "a whole number", 1, most],
    ["buffer.maxBytes", "a whole number", 1024, most],
    ["recordTtlMs", "a number", 100, Infinity],
    ["maxRecordBytes", "a whole number", 1024, 10_485_760],
    ["rateLimit.percent", "a number", 1, 10_000],
    ["retry.maxAttempts", "a number", 1, Infinity],
    ["retry.notFoundGraceMs", "a number", 0, Infinity],
    ["retry.authGraceMs", "a number", 0, Infinity],
    ["maxInFlightRequests", "a whole number", 1, 256],
    ["http.connectTimeoutMs", "a whole number", 100, 300_000],
    ["http.requestTimeoutMs", "a whole number", 100, 600_000],
  ];

  it.each(ranges)("%s takes %s from %d to %d, both included", (path, kind, min, max) => {
    for (const value of [min, max]) expect(valueAt(resolve(nested(path, value)), path)).toBe(value);
    const refused: unknown[] = [min - 1, NaN, -Infinity, String(min), null, true];
    if (max < most) refused.push(max + 1, Infinity);
    if (kind === "a whole number") refused.push(min + 0.5);
    for (const value of refused) {
      const shown = typeof value === "string" ? JSON.stringify(value) : String(value);
      const problem = `${path} must be ${kind} from ${min} to ${max}, got ${shown}`;
      expect(problemsOf({ stream: "orders", ...nested(path, value) })).toEqual([problem]);
    }
  });
});

describe("the stream", () => {
  it("may be a name or an ARN", () => {
    const arn = "arn:aws:kinesis:eu-west-1:123456789012:stream/orders";
    const ref = { name: "orders", arn, account: "123456789012", region: "eu-west-1" };
    expect(resolve({ stream: arn }).stream).toEqual(ref);
    expect(resolve({ stream: "a.B_c-9" }).stream).toEqual({ name: "a.B_c-9" });
  });

  it.each([[""], ["no spaces"], ["x".repeat(129)], ["arn:aws:s3:::bucket"], [7], [null]])(
    "cannot be %j",
    (stream) => {
      const problem = `stream must be a stream name or a stream ARN, got ${JSON.stringify(stream)}`;
      expect(problemsOf({ stream })).toEqual([problem]);
    },
  );

  it("need not be said, because records may name theirs", () => {
    expect(problemsOf({})).toEqual([]);
    expect(problemsOf(undefined)).toEqual([]);
  });
});

describe("order", () => {
  it("is kept by default, where records are aggregated", () => {
    expect(resolve().ordering).toBe("partition-key");
    expect(resolve({ aggregation: false }).ordering).toBe("none");
  });

  it("is as the caller says", () => {
    expect(resolve({ ordering: "none" }).ordering).toBe("none");
    expect(resolve({ aggregation: false, ordering: "partition-key" }).ordering).toBe(
      "partition-key",
    );
    const problem = 'ordering must be "partition-key" or "none", got "key"';
    expect(problemsOf({ stream: "orders", ordering: "key" })).toEqual([problem]);
  });
});

it("false switches aggregation and the limiter off, and true is no setting", () => {
  expect(resolve({ aggregation: false, rateLimit: false })).toMatchObject({
    aggregation: false,
    rateLimit: false,
  });
  expect(problemsOf({ stream: "orders", aggregation: true, rateLimit: true })).toEqual([
    "aggregation must be an object, got true",
    "rateLimit must be an object, got true",
  ]);
});

it("ports and the logger are taken as they are", () => {
  const handed = {
    clock: systemClock,
    random: systemRandom,
    logger: defaultLogger("test"),
    kinesis: { region: "eu-west-1" },
  };
  expect(resolve(handed)).toMatchObject(handed);
});

it("ports and the logger must have their methods", () => {
  expect(
    problemsOf({
      stream: "orders",
      kinesis: "eu-west-1",
      logger: { debug: 1 },
      clock: {},
      random: () => 1,
    }),
  ).toEqual([
    'kinesis must be a KinesisApi, a Kinesis client or its configuration, got "eu-west-1"',
    "logger must be a logger, got an object",
    "clock must be a Clock, got an object",
    "random must be a Random, got a function",
  ]);
});

it("all problems are told at once, unknown options with the nearest that exists", () => {
  const options = {
    stream: "",
    bufferMs: 1,
    batch: { maxDelayMS: 5, maxRecords: 0 },
    recordTtlMs: 99,
  };
  const problems = problemsOf(options, createProducer);
  expect(problems).toEqual([
    "bufferMs is not an option; did you mean buffer?",
    'stream must be a stream name or a stream ARN, got ""',
    "batch.maxDelayMS is not an option; did you mean maxDelayMs?",
    "batch.maxRecords must be a whole number from 1 to 500, got 0",
    "recordTtlMs must be a number from 100 to Infinity, got 99",
  ]);
});

it("the message names who refused, and every problem", () => {
  expect(() => createProducer({ stream: "orders", recordTtlMs: 1, maxRecordBytes: 1 })).toThrow(
    "createProducer refused its options: recordTtlMs must be a number from 100 to Infinity, got 1; " +
      "maxRecordBytes must be a whole number from 1024 to 10485760, got 1",
  );
});

it("retry.classify must be a function, and retry.failOnThrottle true or false", () => {
  const classify = (): undefined => undefined;
  expect(resolve({ retry: { classify, failOnThrottle: true } }).retry).toMatchObject({
    classify,
    failOnThrottle: true,
  });
  expect(problemsOf({ stream: "orders", retry: { classify: "fail", failOnThrottle: 1 } })).toEqual([
    "retry.failOnThrottle must be true or false, got 1",
    'retry.classify must be a function, got "fail"',
  ]);
});

describe("a service-managed stream", () => {
  it("is not ordered, and cannot be asked to be", () => {
    expect(resolve({ distribution: "service-managed" })).toMatchObject({
      ordering: "none",
      isOrderRequired: false,
    });
    const both = { stream: "orders", distribution: "service-managed", ordering: "partition-key" };
    expect(problemsOf(both)).toEqual([
      'ordering "partition-key" cannot be kept with distribution "service-managed"; leave one of them out',
    ]);
    expect(resolve({ ordering: "partition-key" }).isOrderRequired).toBe(true);
  });
});

it("what the producer can find out by itself may be left to it", () => {
  expect(resolve({ maxRecordBytes: "auto", batch: { lingerMs: "auto" } })).toEqual(resolve());
  expect(resolve({ shardMap: { refreshMs: 0 } }).shardMap.refreshMs).toBe(0);
});
