import type { Lease } from "@shardline/consumer";
import { SHARD_END, sentinelPosition } from "@shardline/core";
import { expect, test } from "vitest";
import { cellsOf, durationText, leaseJson } from "../../src/operate/lease-view.ts";
import { checkpointText, positionText } from "../../src/operate/position-text.ts";

const LEASE: Lease = {
  key: "shardId-000000000001",
  shardId: "shardId-000000000001",
  counter: 7,
  ownerSwitches: 0,
  checkpoint: { sequenceNumber: "4967100000000123456789012", subSequenceNumber: 3 },
  parentShardIds: [],
  childShardIds: [],
  epoch: 2,
};
const LAG = { kind: "known", lagMs: 2500 } as const;

test("a row says who reads the shard, how far, how far behind, and since when nobody wrote", () => {
  const unchanged = { ms: 12_000, isAtLeast: true };
  expect(cellsOf({ lease: { ...LEASE, owner: "a" }, lag: LAG, unchanged })).toEqual([
    "shardId-000000000001",
    "a",
    "..123456789012/3",
    "2.5 s",
    ">= 12 s",
    "",
  ]);
});

test("a row says plainly what there is not, and what is unknown", () => {
  const lag = { kind: "unknown", reason: "nobody knows" } as const;
  const lease = { ...LEASE, checkpoint: SHARD_END, childShardIds: ["b", "c"] };
  expect(cellsOf({ lease, lag, unchanged: undefined }).slice(1)).toEqual([
    "-",
    "SHARD_END",
    "unknown",
    "-",
    "children b, c",
  ]);
});

test("a row tells of halts, wishes and handoffs; a halt that was passed is none", () => {
  const haltedAt = { sequenceNumber: "4967100000000123456789013", subSequenceNumber: 0 };
  const lease = { ...LEASE, haltedAt, wantedBy: "b", checkpointOwner: "c" };
  const notes = "halted at ..123456789013; wanted by b; still read by c";
  expect(cellsOf({ lease, lag: LAG, unchanged: undefined }).at(-1)).toBe(notes);
  const passed = { ...LEASE, haltedAt: LEASE.checkpoint };
  expect(cellsOf({ lease: passed, lag: LAG, unchanged: undefined }).at(-1)).toBe("");
});

test("the object of a lease is JSON, and holds no state of the application", () => {
  const lease: Lease = {
    ...LEASE,
    hashKeyRange: { start: 0n, end: 5n },
    pendingCheckpoint: { position: sentinelPosition("LATEST"), state: Uint8Array.of(1) },
  };
  expect(JSON.parse(JSON.stringify(leaseJson({ lease, lag: LAG, unchanged: undefined })))).toEqual({
    ...LEASE,
    hashKeyRange: { start: "0", end: "5" },
    pendingCheckpoint: { sequenceNumber: "LATEST", subSequenceNumber: 0 },
    lagMs: 2500,
    unchangedMs: null,
  });
});

test.each([
  [0, "0.0 s"],
  [9900, "9.9 s"],
  [119_000, "119 s"],
  [120_000, "2 min"],
  [7_200_000, "2 h"],
  [172_800_000, "2 days"],
])("%i ms are %s", (ms, text) => {
  expect(durationText(ms)).toBe(text);
});

test("a short sequence number is shown whole", () => {
  expect(positionText({ sequenceNumber: "123456789012", subSequenceNumber: 0 })).toBe(
    "123456789012",
  );
});

test("a checkpoint that stands for a time is shown with it, if that can be a time", () => {
  const atTimestamp = sentinelPosition("AT_TIMESTAMP");
  expect(checkpointText(atTimestamp, 1_795_132_800_000)).toBe(
    "AT_TIMESTAMP 2026-11-20T00:00:00.000Z",
  );
  expect([undefined, null, 1e300].map((ms) => checkpointText(atTimestamp, ms))).toEqual(
    Array(3).fill("AT_TIMESTAMP"),
  );
  expect(checkpointText(sentinelPosition("LATEST"), 5)).toBe("LATEST");
});
