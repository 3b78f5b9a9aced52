// What is drawn is what a consumer takes, and handlers manage as much by the record as by the batch.
import { SeededRandom } from "@shardline/core/testing";
import { expect, test } from "vitest";
import { drawConcurrencyOdds, handlersPerCall, ONE_AT_A_TIME } from "./concurrency-odds.ts";
import { FLAWLESS_HANDLERS } from "./handler-odds.ts";

const drawn = Array.from({ length: 600 }, (_, seed) => drawConcurrencyOdds(new SeededRandom(seed)));

test("a third of the worlds have something else than one batch at a time, in all its forms", () => {
  const others = drawn.filter((odds) => odds !== ONE_AT_A_TIME);
  expect(others.length / drawn.length).toBeCloseTo(1 / 3, 1);
  expect(new Set(others.map(({ by, ordering }) => `${ordering} ${by}`)).size).toBe(8);
});

test("all that is drawn holds what the options ask of each other", () => {
  for (const { concurrency, ordering, windowRecords, windowSpanRecords } of drawn) {
    expect(concurrency > 1).toBe(ordering !== "shard");
    expect(windowRecords).toBeGreaterThanOrEqual(concurrency);
    expect(windowSpanRecords).toBeGreaterThanOrEqual(windowRecords);
  }
});

test("a call with one record takes a record's share of the time, but for what is done beside it", () => {
  const handlers = { ...FLAWLESS_HANDLERS, maxHandlingMs: 80, throws: 0.5 };
  const shared = { batchRecords: 20, keys: 40 };
  expect(handlersPerCall(handlers, ONE_AT_A_TIME, shared)).toBe(handlers);
  const records = { ...ONE_AT_A_TIME, by: "processRecord" } as const;
  expect(handlersPerCall(handlers, records, shared)).toMatchObject({
    maxHandlingMs: 4,
    throws: 0.025,
    batchesPerCheckpoint: 20,
  });
  const lanes = { ...records, ordering: "partition-key", concurrency: 8 } as const;
  expect(handlersPerCall(handlers, lanes, shared).maxHandlingMs).toBe(16);
  expect(handlersPerCall(handlers, lanes, { ...shared, keys: 4 }).maxHandlingMs).toBe(8);
});
