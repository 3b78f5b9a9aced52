import { KinesisError } from "@shardline/core";
import { expect, test } from "vitest";
import type { ConsumedRecord } from "../src/batch/handler.ts";
import { laneRulesOf } from "../src/lane-settings.ts";
import type { ConsumerOptions } from "../src/options.ts";
import { resolveConsumerOptions } from "../src/settings.ts";
import { SHARD } from "./support/handling.ts";

const LEAST: ConsumerOptions = { application: "billing", stream: "orders", startAt: "LATEST" };
const processBatch = (): void => undefined;

function problemsWith(options: object): readonly string[] {
  try {
    resolveConsumerOptions({ ...LEAST, ...options });
  } catch (error) {
    if (KinesisError.is(error, "INVALID_OPTIONS")) return error.details.problems;
    throw error;
  }
  return [];
}

test.each<[object, string]>([
  [{ processRecord: 1 }, "processRecord must be a function, got 1"],
  [
    { processBatch, processRecord: () => undefined },
    "processBatch and processRecord exclude each other; give one",
  ],
  [
    { concurrency: 1001, ordering: "none" },
    "concurrency must be a whole number from 1 to 1000, got 1001",
  ],
  [{ ordering: "key" }, 'ordering must be "shard" or "partition-key" or "none", got "key"'],
  [
    { concurrency: 2 },
    'concurrency above 1 needs ordering "partition-key" or "none": in the order of the shard there is one call at a time',
  ],
  [
    { concurrency: 3, ordering: "none", window: { maxRecords: 2 } },
    "window.maxRecords must not be less than concurrency",
  ],
  [
    { window: { maxRecords: 2, maxSpanRecords: 1 } },
    "window.maxSpanRecords must not be less than window.maxRecords",
  ],
  [
    { window: { maxBytes: 0 } },
    `window.maxBytes must be a whole number from 1 to ${Number.MAX_SAFE_INTEGER}, got 0`,
  ],
])("%o is refused in words that say what would be right", (options, problem) => {
  expect(problemsWith(options)).toEqual([problem]);
});

test.each<[object]>([
  [{ concurrency: 1000, ordering: "none", window: { maxRecords: 1000, maxSpanRecords: 1000 } }],
  [{ concurrency: 1, ordering: "partition-key" }],
])("accepted to the very edge: %o", (options) => {
  expect(problemsWith(options)).toEqual([]);
});

test("with processRecord a batch is one record, and its handler's", async () => {
  const texts: string[] = [];
  const { handler, settings } = resolveConsumerOptions({
    ...LEAST,
    processRecord: ({ sequenceNumber }) => void texts.push(sequenceNumber),
  });
  expect(settings.batch.maxRecords).toBe(1);
  const record = { sequenceNumber: "7", subSequenceNumber: 0 } as ConsumedRecord;
  const returned = await handler?.({ records: [record], millisBehindLatest: 0 }, SHARD);
  expect([texts, returned]).toEqual([["7"], undefined]);
});

test("a window that is larger than the default span takes the span with it", () => {
  const { window } = resolveConsumerOptions({ ...LEAST, window: { maxRecords: 200_000 } }).settings;
  expect(window).toMatchObject({ maxRecords: 200_000, maxSpanRecords: 200_000 });
});

test("in the order of the shard there are no lanes", () => {
  const { settings } = resolveConsumerOptions(LEAST);
  expect(laneRulesOf(settings)).toBeUndefined();
  expect(laneRulesOf({ ...settings, ordering: "none" })?.limits).toEqual(settings.batch);
});
