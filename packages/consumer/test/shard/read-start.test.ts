import { SHARD_END, sentinelPosition } from "@shardline/core";
import { describe, expect, test } from "vitest";
import { readStartOf } from "../../src/shard/read-start.ts";
import type { StartPosition } from "../../src/shard/start-position.ts";
import { leaseOf, positionOf } from "../support/leases.ts";

const LATEST: StartPosition = { type: "LATEST" };
const twice = <T>(start: T) => ({ first: start, again: start });

test("a record's position is read again from its own record on, because it may lie inside an aggregate", () => {
  const lease = leaseOf(0, { checkpoint: positionOf(77, 3) });
  expect(readStartOf(lease, false, LATEST)).toEqual(
    twice({ type: "AT_SEQUENCE_NUMBER", sequenceNumber: "77" }),
  );
});

test("TRIM_HORIZON is TRIM_HORIZON, whatever the consumer's own start", () => {
  expect(readStartOf(leaseOf(0), true, LATEST)).toEqual(twice({ type: "TRIM_HORIZON" }));
});

describe("AT_TIMESTAMP", () => {
  const checkpoint = sentinelPosition("AT_TIMESTAMP");
  const configured: StartPosition = { type: "AT_TIMESTAMP", timestampMs: 9000 };

  test.each<[string, number | undefined, StartPosition, object]>([
    [
      "the time written down comes first",
      500,
      configured,
      { type: "AT_TIMESTAMP", timestampMs: 500 },
    ],
    [
      "a lease of the KCL has none: then the configured one",
      undefined,
      configured,
      { type: "AT_TIMESTAMP", timestampMs: 9000 },
    ],
    ["without any, everything is read", undefined, LATEST, { type: "TRIM_HORIZON" }],
    ["the epoch is a time", 0, configured, { type: "AT_TIMESTAMP", timestampMs: 0 }],
  ])("%s", (_, initialTimestampMs, start, expected) => {
    const written = initialTimestampMs === undefined ? {} : { initialTimestampMs };
    const lease = leaseOf(0, { checkpoint, ...written });
    expect(readStartOf(lease, false, start)).toEqual(twice(expected));
  });
});

describe("LATEST", () => {
  const checkpoint = sentinelPosition("LATEST");
  const again = { type: "AT_TIMESTAMP", timestampMs: 9000 };

  test("is the time that was written down, a second earlier for the clocks' sake", () => {
    const lease = leaseOf(0, { checkpoint, latestSinceMs: 10_000, epoch: 2 });
    expect(readStartOf(lease, false, LATEST)).toEqual({ ...twice(again), sinceMs: 10_000 });
  });

  test("for the first reader is LATEST if that time is yet to come for the service", () => {
    const lease = leaseOf(0, { checkpoint, latestSinceMs: 10_000, epoch: 1 });
    const ifRefused = { type: "LATEST" };
    expect(readStartOf(lease, false, LATEST)).toEqual({
      ...twice(again),
      ifRefused,
      sinceMs: 10_000,
    });
  });

  test("of a lease that another one created is meant once, and then the time of the first take", () => {
    const lease = leaseOf(0, { checkpoint, latestSinceMs: 10_000 });
    expect(readStartOf(lease, true, LATEST)).toEqual({ first: { type: "LATEST" }, again });
  });

  test("of a lease of the KCL, which notes no time, stays LATEST", () => {
    expect(readStartOf(leaseOf(0, { checkpoint }), false, LATEST)).toEqual(
      twice({ type: "LATEST" }),
    );
  });
});

test("a shard that has ended is not read", () => {
  const ended = leaseOf(0, { checkpoint: SHARD_END });
  expect(() => readStartOf(ended, false, LATEST)).toThrow("a shard that has ended is not read");
});
