import { BuilderPool } from "../../src/record/builder-pool.ts";
import { describe, expect, it } from "vitest";
import { policyOf } from "../support/policies.ts";

it("lanes keep order, aggregate up to 51,200 bytes, and up to 256 KiB with a backlog", () => {
  expect(policyOf({})).toEqual({
    placement: "shard",
    isOrdered: true,
    packing: { kind: "aggregate", carrierKey: "a", escapes: true },
    maxDelayMs: 100,
    chunk: { maxBytes: 51_200, maxRecords: Infinity },
    backlogMaxBytes: 262_144,
    maxBytesPerBatch: 262_144,
    rateLimit: { percent: 150 },
    shardCount: 1,
    backoff: { throttled: { baseMs: 50, maxMs: 200 }, otherwise: { baseMs: 50, maxMs: 2000 } },
    builders: expect.any(BuilderPool) as BuilderPool,
  });
});

it("without aggregation a record is a carrier, whatever its size, and order is not kept", () => {
  expect(policyOf({ aggregation: false })).toMatchObject({
    isOrdered: false,
    packing: { kind: "plain" },
    chunk: { maxBytes: 1_048_576, maxRecords: 1 },
  });
});

it("options of the lanes are taken over", () => {
  const options = {
    aggregation: { maxBytes: 100, maxRecords: 7 },
    batch: { maxDelayMs: 3 },
    ordering: "none",
    rateLimit: false,
  } as const;
  expect(policyOf(options)).toMatchObject({
    isOrdered: false,
    maxDelayMs: 3,
    chunk: { maxBytes: 100, maxRecords: 7 },
    rateLimit: false,
  });
});

it("without order a backlog makes no larger aggregates, because several may be under way", () => {
  const { backlogMaxBytes, chunk } = policyOf({ ordering: "none" });
  expect(backlogMaxBytes).toBe(chunk.maxBytes);
});

describe("S-limit: an aggregate with its key", () => {
  it("is no larger than a record may be, however large aggregates may be", () => {
    const { chunk } = policyOf({ aggregation: { maxBytes: 1_048_576 } });
    expect(chunk.maxBytes + 1).toBe(1_048_576);
  });

  it("is no larger than a record may be, with a backlog too", () => {
    const { backlogMaxBytes, chunk } = policyOf({ maxRecordBytes: 2048 });
    expect([chunk.maxBytes + 1, backlogMaxBytes + 1]).toEqual([2048, 2048]);
  });
});
