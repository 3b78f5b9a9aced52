import { getHeapStatistics } from "node:v8";
import { KinesisError, systemClock, systemRandom } from "@shardline/core";
import { SeededRandom, VirtualClock } from "@shardline/core/testing";
import { describe, expect, test } from "vitest";
import { MemoryLeaseTable } from "../src/lease/memory-lease-table.ts";
import type { ConsumerOptions } from "../src/options.ts";
import { type ResolvedConsumerOptions, resolveConsumerOptions } from "../src/settings.ts";

const LEAST: ConsumerOptions = {
  application: "billing",
  stream: "orders",
  startAt: "TRIM_HORIZON",
  processBatch: () => undefined,
};

function resolve(options: object): ResolvedConsumerOptions {
  return resolveConsumerOptions({ ...LEAST, ...options } as ConsumerOptions);
}

/** Every problem that is found, and nothing but them. */
function problemsOf(options: unknown): readonly string[] {
  try {
    resolveConsumerOptions(options as ConsumerOptions);
  } catch (error) {
    if (KinesisError.is(error, "INVALID_OPTIONS")) return error.details.problems;
    throw error;
  }
  return [];
}

const problemsWith = (options: object): readonly string[] => problemsOf({ ...LEAST, ...options });

describe("what stands when nothing is said", () => {
  test("is every documented default", () => {
    const { settings, ...parts } = resolve({ workerId: "w" });
    expect(settings).toEqual({
      application: "billing",
      stream: { name: "orders" },
      startAt: { type: "TRIM_HORIZON" },
      workerId: "w",
      leases: {
        failoverMs: 10_000,
        maxPerWorker: Number.MAX_SAFE_INTEGER,
        assignment: "balanced",
        tableName: "billing",
        table: {
          create: true,
          billing: "on-demand",
          pointInTimeRecovery: false,
          deletionProtection: false,
          tags: {},
        },
      },
      read: {
        mode: "polling",
        consumerName: "billing",
        consumerArn: undefined,
        idleMs: 1000,
        readsPerSecond: 4.5,
        bytesPerSecond: 2 * 1024 * 1024,
        maxRecords: 10_000,
      },
      batch: { maxRecords: 1000, maxBytes: 4 * 1024 * 1024 },
      prefetch: {
        maxRecords: 30_000,
        maxBytes: 8 * 1024 * 1024,
        totalBytes: Math.min(2 ** 28, Math.floor(getHeapStatistics().heap_size_limit / 4)),
      },
      onFailure: {
        maxAttempts: 5,
        backoff: { baseMs: 200, maxMs: 30_000 },
        bisect: true,
        then: "halt",
        deadLetter: undefined,
        maxRecordAgeMs: undefined,
        timeoutMs: undefined,
        haltMs: 60_000,
      },
      concurrency: 1,
      ordering: "shard",
      window: { maxRecords: 10_000, maxBytes: 16 * 1024 * 1024, maxSpanRecords: 100_000 },
      checkpoint: "auto",
      sync: { cleanup: true, onStreamRecreated: "refuse", ignoreUnexpectedChildren: false },
      outOfRange: "drop",
    });
    expect(parts).toEqual({
      handler: LEAST.processBatch,
      hooks: {
        onShardStarted: undefined,
        onLeaseLost: undefined,
        onShardEnded: undefined,
        onShutdownRequested: undefined,
      },
      kinesis: undefined,
      dynamodb: undefined,
      leaseTable: undefined,
      logger: undefined,
      clock: systemClock,
      random: systemRandom,
    });
  });

  test("is a worker id of host, process and chance, another one each time", () => {
    const random = new SeededRandom(1);
    const ids = [resolve({ random }), resolve({ random })].map(({ settings }) => settings.workerId);
    for (const id of ids) expect(id).toMatch(/^.+:\d+:[0-9a-f]{16}$/);
    expect(ids[0]).not.toBe(ids[1]);
  });
});

test("what is said is kept, and the settings cannot be changed afterwards", () => {
  const clock = new VirtualClock();
  const leaseTable = new MemoryLeaseTable();
  const table = {
    create: false,
    billing: { readUnits: 1, writeUnits: 5 },
    pointInTimeRecovery: true,
    deletionProtection: true,
    tags: { team: "billing" },
  };
  const deadLetter = (): void => undefined;
  const onLeaseLost = (): void => undefined;
  const { settings, ...parts } = resolve({
    clock,
    leaseTable,
    leases: { failoverMs: 1000, maxPerWorker: 3, tableName: "table-of-billing", table },
    read: { idleMs: 200, readsPerSecond: 0.1, bytesPerSecond: 1024, maxRecords: 1 },
    batch: { maxRecords: 1, maxBytes: 1 },
    prefetch: { maxRecords: 1, maxBytes: 1, totalBytes: 1 },
    onFailure: {
      maxAttempts: 1,
      backoff: { baseMs: 1, maxMs: 1 },
      bisect: false,
      then: "dead-letter",
      deadLetter,
      maxRecordAgeMs: 1000,
      timeoutMs: 1,
      haltMs: Number.POSITIVE_INFINITY,
    },
    checkpoint: "manual",
    hooks: { onLeaseLost },
    outOfRange: "deliver",
  });
  expect(settings).toMatchObject({
    leases: { failoverMs: 1000, maxPerWorker: 3, tableName: "table-of-billing", table },
    read: { idleMs: 200, readsPerSecond: 0.1, bytesPerSecond: 1024, maxRecords: 1 },
    batch: { maxRecords: 1, maxBytes: 1 },
    prefetch: { maxRecords: 1, maxBytes: 1, totalBytes: 1 },
    onFailure: {
      maxAttempts: 1,
      backoff: { baseMs: 1, maxMs: 1 },
      bisect: false,
      then: "dead-letter",
      deadLetter,
      maxRecordAgeMs: 1000,
      timeoutMs: 1,
      haltMs: Number.POSITIVE_INFINITY,
    },
    checkpoint: "manual",
    outOfRange: "deliver",
  });
  expect(parts).toMatchObject({ clock, leaseTable, hooks: { onLeaseLost } });
  for (const part of [
    settings,
    settings.leases,
    settings.leases.table,
    settings.read,
    settings.batch,
  ]) {
    expect(Object.isFrozen(part)).toBe(true);
  }
});

test("a stream may be named by its ARN", () => {
  const arn = "arn:aws:kinesis:eu-west-1:123456789012:stream/orders";
  expect(resolve({ stream: arn }).settings.stream).toEqual({
    arn,
    name: "orders",
    account: "123456789012",
    region: "eu-west-1",
  });
});

test("a start may be a date, which is a time from then on", () => {
  const date = new Date(1234);
  const { settings } = resolve({ startAt: date });
  date.setTime(0);
  expect(settings.startAt).toEqual({ type: "AT_TIMESTAMP", timestampMs: 1234 });
  expect(resolve({ startAt: "LATEST" }).settings.startAt).toEqual({ type: "LATEST" });
});

test("what must be said is asked for, all of it at once", () => {
  expect(problemsOf({})).toEqual([
    "application is required",
    "stream is required",
    "startAt is required",
  ]);
  expect(() => resolveConsumerOptions({} as ConsumerOptions)).toThrow(
    "createConsumer refused its options: application is required; stream is required; startAt is required",
  );
});

test("options that are no object are refused", () => {
  expect(problemsOf([])).toEqual(["options must be an object, got an array"]);
  expect(problemsOf("billing")).toEqual(['options must be an object, got "billing"']);
});

test("an option that does not exist is refused, and the nearest one named", () => {
  expect(problemsWith({ startsAt: "LATEST" })).toEqual([
    "startsAt is not an option; did you mean startAt?",
  ]);
  expect(problemsWith({ leases: { failoverMS: 5000 } })).toEqual([
    "leases.failoverMS is not an option; did you mean failoverMs?",
  ]);
});

const TAGS =
  "at most 50 texts of up to 256 characters by names of 1 to 128, none beginning with aws:";

function manyTags(count: number): Record<string, string> {
  return Object.fromEntries(Array.from({ length: count }, (_, i) => [`tag-${i}`, ""]));
}

describe("refused in words that say what would be right:", () => {
  const name = "3 to 255 letters, digits, _, . or -";
  const count = `a whole number from 1 to ${Number.MAX_SAFE_INTEGER}`;
  test.each<[object, string]>([
    [{ application: "ab" }, `application must be ${name}, got "ab"`],
    [{ application: "a b c" }, `application must be ${name}, got "a b c"`],
    [{ application: "x".repeat(256) }, `application must be ${name}, got "${"x".repeat(256)}"`],
    [{ application: 7 }, `application must be ${name}, got 7`],
    [{ stream: "a/b" }, 'stream must be a stream name or a stream ARN, got "a/b"'],
    [
      { startAt: "EARLIEST" },
      'startAt must be "TRIM_HORIZON", "LATEST" or a valid Date, got "EARLIEST"',
    ],
    [
      { startAt: new Date(Number.NaN) },
      'startAt must be "TRIM_HORIZON", "LATEST" or a valid Date, got an object',
    ],
    [{ startAt: 5 }, 'startAt must be "TRIM_HORIZON", "LATEST" or a valid Date, got 5'],
    [{ processBatch: {} }, "processBatch must be a function, got an object"],
    [{ kinesis: 5 }, "kinesis must be a KinesisApi, a Kinesis client or its configuration, got 5"],
    [{ dynamodb: "local" }, 'dynamodb must be a DynamoDB client or its configuration, got "local"'],
    [{ dynamodb: [] }, "dynamodb must be a DynamoDB client or its configuration, got an array"],
    [{ dynamodb: null }, "dynamodb must be a DynamoDB client or its configuration, got null"],
    [{ leaseTable: { list: () => [] } }, "leaseTable must be a LeaseTable, got an object"],
    [{ leases: 5 }, "leases must be an object, got 5"],
    [
      { leases: { failoverMs: 999 } },
      "leases.failoverMs must be a whole number from 1000 to 600000, got 999",
    ],
    [
      { leases: { failoverMs: 600_001 } },
      "leases.failoverMs must be a whole number from 1000 to 600000, got 600001",
    ],
    [
      { leases: { failoverMs: 1000.5 } },
      "leases.failoverMs must be a whole number from 1000 to 600000, got 1000.5",
    ],
    [
      { leases: { assignment: { shardIds: [] } } },
      'leases.assignment must be "balanced" or { shardIds } with the ids of one shard or more, got an object',
    ],
    [
      { leases: { assignment: { shardIds: ["a", 1] } } },
      'leases.assignment must be "balanced" or { shardIds } with the ids of one shard or more, got an object',
    ],
    [
      { leases: { assignment: "static" } },
      'leases.assignment must be "balanced" or { shardIds } with the ids of one shard or more, got "static"',
    ],
    [{ leases: { maxPerWorker: 0 } }, `leases.maxPerWorker must be ${count}, got 0`],
    [{ leases: { tableName: "a!" } }, `leases.tableName must be ${name}, got "a!"`],
    [
      { leases: { table: { create: "no" } } },
      'leases.table.create must be true or false, got "no"',
    ],
    [
      { leases: { table: { billing: "provisioned" } } },
      'leases.table.billing must be "on-demand" or { readUnits, writeUnits }, got "provisioned"',
    ],
    [
      { leases: { table: { billing: { readUnits: 1 } } } },
      "leases.table.billing.writeUnits is required",
    ],
    [
      { leases: { table: { billing: { readUnits: 0, writeUnits: 1 } } } },
      `leases.table.billing.readUnits must be ${count}, got 0`,
    ],
    [
      { leases: { table: { pointInTimeRecovery: 1 } } },
      "leases.table.pointInTimeRecovery must be true or false, got 1",
    ],
    [{ leases: { table: { tags: ["a"] } } }, `leases.table.tags must be ${TAGS}, got an array`],
    [{ leases: { table: { tags: { a: 1 } } } }, `leases.table.tags must be ${TAGS}, got an object`],
    [
      { leases: { table: { tags: { "aws:a": "b" } } } },
      `leases.table.tags must be ${TAGS}, got an object`,
    ],
    [
      { leases: { table: { tags: { "": "b" } } } },
      `leases.table.tags must be ${TAGS}, got an object`,
    ],
    [
      { leases: { table: { tags: { a: "b".repeat(257) } } } },
      `leases.table.tags must be ${TAGS}, got an object`,
    ],
    [
      { leases: { table: { tags: manyTags(51) } } },
      `leases.table.tags must be ${TAGS}, got an object`,
    ],
    [{ batch: { maxRecords: 0 } }, `batch.maxRecords must be ${count}, got 0`],
    [{ batch: { maxBytes: 0 } }, `batch.maxBytes must be ${count}, got 0`],
    [{ onFailure: { maxAttempts: 0 } }, `onFailure.maxAttempts must be ${count}, got 0`],
    [{ sync: { cleanup: "no" } }, 'sync.cleanup must be true or false, got "no"'],
    [
      { sync: { onStreamRecreated: true } },
      'sync.onStreamRecreated must be "refuse" or "reset", got true',
    ],
    [
      { sync: { ignoreUnexpectedChildren: 1 } },
      "sync.ignoreUnexpectedChildren must be true or false, got 1",
    ],
    [
      { onFailure: { then: "drop" } },
      'onFailure.then must be "halt" or "skip" or "dead-letter", got "drop"',
    ],
    [
      { onFailure: { then: "dead-letter" } },
      'onFailure.deadLetter goes with onFailure.then "dead-letter", and that needs it',
    ],
    [
      { onFailure: { deadLetter: () => undefined } },
      'onFailure.deadLetter goes with onFailure.then "dead-letter", and that needs it',
    ],
    [
      { onFailure: { then: "dead-letter", deadLetter: "letters.ndjson" } },
      'onFailure.deadLetter must be a function, got "letters.ndjson"',
    ],
    [{ onFailure: { bisect: 1 } }, "onFailure.bisect must be true or false, got 1"],
    [{ onFailure: { backoff: { baseMs: 0 } } }, `onFailure.backoff.baseMs must be ${count}, got 0`],
    [
      { onFailure: { backoff: { baseMs: 2, maxMs: 1 } } },
      "onFailure.backoff.baseMs must not be greater than onFailure.backoff.maxMs",
    ],
    [
      { onFailure: { maxRecordAgeMs: 1000 } },
      'onFailure.maxRecordAgeMs needs onFailure.then to be "skip" or "dead-letter"',
    ],
    [
      { onFailure: { then: "skip", maxRecordAgeMs: 999 } },
      `onFailure.maxRecordAgeMs must be a whole number from 1000 to ${Number.MAX_SAFE_INTEGER}, got 999`,
    ],
    [{ onFailure: { timeoutMs: 0 } }, `onFailure.timeoutMs must be ${count}, got 0`],
    [
      { onFailure: { haltMs: 99 } },
      "onFailure.haltMs must be a number from 100 to Infinity, got 99",
    ],
    [{ checkpoint: "never" }, 'checkpoint must be "auto" or "manual", got "never"'],
    [{ hooks: { onLeaseLost: 1 } }, "hooks.onLeaseLost must be a function, got 1"],
    [
      { hooks: { onShardEnd: () => undefined } },
      "hooks.onShardEnd is not an option; did you mean onShardEnded?",
    ],
    [{ outOfRange: "report" }, 'outOfRange must be "drop" or "deliver", got "report"'],
    [{ workerId: "" }, 'workerId must be a text that is not empty, got ""'],
    [{ logger: {} }, "logger must be a logger, got an object"],
    [{ clock: {} }, "clock must be a Clock, got an object"],
    [{ random: {} }, "random must be a Random, got an object"],
  ])("%o", (options, problem) => {
    expect(problemsWith(options)).toEqual([problem]);
  });
});

test.each<[object]>([
  [{ application: "abc" }],
  [{ application: "x".repeat(255) }],
  [{ application: "A_z.0-9" }],
  [{ leases: { failoverMs: 1000 } }],
  [{ leases: { failoverMs: 600_000 } }],
  [{ leases: { maxPerWorker: 1 } }],
  [{ leases: { assignment: { shardIds: ["shardId-000000000000"] } } }],
  [{ read: { idleMs: 60_000, readsPerSecond: 5, maxRecords: 10_000 } }],
  [{ leases: { table: { tags: manyTags(50) } } }],
  [{ leases: { table: { tags: { ["k".repeat(128)]: "v".repeat(256) } } } }],
  [{ workerId: "w" }],
  [{ dynamodb: {}, kinesis: {} }],
])("accepted to the very edge: %o", (options) => {
  expect(problemsWith(options)).toEqual([]);
});
