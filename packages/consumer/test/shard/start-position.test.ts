import { sentinelPosition } from "@shardline/core";
import { describe, expect, test } from "vitest";
import { ignoredStart } from "../../src/shard/ignored-start.ts";
import {
  checkpointOfStart,
  filterOfStart,
  type PinnedStart,
  pinStart,
  type StartPosition,
} from "../../src/shard/start-position.ts";
import { leaseOf, positionOf, shardIdOf } from "../support/leases.ts";

const NOW_MS = 9000;
const LATEST: StartPosition = { type: "LATEST" };
const AT_700: StartPosition = { type: "AT_TIMESTAMP", timestampMs: 700 };

test.each<[PinnedStart, string, object]>([
  [{ type: "TRIM_HORIZON" }, "TRIM_HORIZON", { type: "AT_TRIM_HORIZON" }],
  [
    { type: "LATEST", sinceMs: 5, isResumed: false, isOrigin: true },
    "LATEST",
    { type: "AT_TIMESTAMP", timestampMs: 5 },
  ],
  [
    { type: "AT_TIMESTAMP", timestampMs: 123 },
    "AT_TIMESTAMP",
    { type: "AT_TIMESTAMP", timestampMs: 123 },
  ],
])(
  "48 init: $0.type is the checkpoint of new leases and the filter of the first listing",
  (start, word, filter) => {
    expect(checkpointOfStart(start)).toEqual({ sequenceNumber: word, subSequenceNumber: 0 });
    expect(filterOfStart(start)).toEqual(filter);
  },
);

describe("the start is pinned", () => {
  test("at what is configured and the time of now, where nobody remembers another one", () => {
    expect(pinStart({ type: "TRIM_HORIZON" }, [leaseOf(0)], NOW_MS)).toEqual({
      type: "TRIM_HORIZON",
    });
    expect(pinStart(AT_700, [leaseOf(0)], NOW_MS)).toEqual(AT_700);
    expect(pinStart(LATEST, [leaseOf(0)], NOW_MS)).toEqual({
      type: "LATEST",
      sinceMs: NOW_MS,
      isResumed: false,
      isOrigin: false,
    });
  });

  test("at no time that a worker took for LATEST while leases stood that remember none: the application began before", () => {
    const first = pinStart(LATEST, [leaseOf(0)], NOW_MS);
    const unknown = { type: "LATEST", sinceMs: NOW_MS, isResumed: false, isOrigin: false };
    expect(pinStart(LATEST, [leaseOf(0)], NOW_MS + 1, first)).toEqual(unknown);
  });

  test("at the earliest time that a lease remembers", () => {
    const leases = [600, 500, 800].map((ms, i) =>
      leaseOf(i, { initialTimestampMs: ms, latestSinceMs: ms + 1 }),
    );
    expect(pinStart(AT_700, leases, NOW_MS)).toEqual({ type: "AT_TIMESTAMP", timestampMs: 500 });
    expect(pinStart(LATEST, leases, NOW_MS)).toEqual({
      type: "LATEST",
      sinceMs: 501,
      isResumed: true,
      isOrigin: true,
    });
  });

  test("at the time of an earlier look of the same worker", () => {
    const before = pinStart(LATEST, [], NOW_MS);
    expect(pinStart(LATEST, [], NOW_MS + 1, before)).toEqual({
      type: "LATEST",
      sinceMs: NOW_MS,
      isResumed: true,
      isOrigin: true,
    });
  });
});

describe("a configured time is ignored", () => {
  const at = (index: number, initialTimestampMs?: number) =>
    leaseOf(index, {
      checkpoint: sentinelPosition("AT_TIMESTAMP"),
      ...(initialTimestampMs === undefined ? {} : { initialTimestampMs }),
    });

  test.each<[string, StartPosition, object | undefined]>([
    [
      "where leases say another one",
      AT_700,
      { shardIds: [1, 2].map(shardIdOf), initialTimestampMs: 500 },
    ],
    [
      "where another start than a time is configured",
      LATEST,
      { shardIds: [0, 1, 2, 3].map(shardIdOf), initialTimestampMs: 500 },
    ],
  ])("%s", (_, start, expected) => {
    expect(ignoredStart(start, [at(0, 700), at(1, 800), at(2, 500), at(3), leaseOf(4)])).toEqual(
      expected,
    );
  });

  test("nowhere, once the leases are checkpointed, or if they agree", () => {
    const moved = leaseOf(0, { initialTimestampMs: 5, checkpoint: positionOf(7) });
    expect(ignoredStart(AT_700, [at(1, 700), moved])).toBeUndefined();
  });
});
