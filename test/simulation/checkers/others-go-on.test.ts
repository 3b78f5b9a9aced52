import { expect, test } from "vitest";
import { StoredRecords } from "../evidence/stored-records.ts";
import { OthersGoOn } from "./others-go-on.ts";
import { entry, landedRecord, show } from "./shown.ts";

const [HIT, OTHER] = ["1:a:1:", "1:b:1:"];
const position = { sequenceNumber: "1", subSequenceNumber: 0 };
const trouble = { stream: HIT, how: "away", forMs: 10_000 } as const;

function world(phase: "healed" | "quiet" = "quiet") {
  const stored = new StoredRecords();
  let nowMs = 0;
  const checker = new OthersGoOn(stored, () => nowMs, 45_000);
  show(checker, entry("phase", { phase }), entry("world", { atMs: 0, trouble }));
  return {
    checker,
    land: (atMs: number, shardId: string): void => {
      const landed = entry("landed", { atMs, shardId, records: [landedRecord(0)] });
      show(stored, landed);
      show(checker, landed);
    },
    handle: (shardId: string): void =>
      show(stored, entry("handled", { shardId, positions: [position] })),
    lookAt: (atMs: number): void => {
      nowMs = atMs;
      checker.look();
    },
  };
}

test("a record of another stream is handled in time", () => {
  const { checker, land, lookAt } = world();
  land(1000, `${OTHER}s`);
  expect(checker.dueAtMs).toBe(46_000);
  expect(() => lookAt(46_000)).not.toThrow();
  expect(() => lookAt(46_001)).toThrow(
    "other streams go on: a/0 on 1:b:1:s is not handled after 45 s, while 1:a:1: is in trouble",
  );
});

test("once it is, nothing is waited for", () => {
  const { checker, handle, land, lookAt } = world();
  land(1000, `${OTHER}s`);
  handle(`${OTHER}s`);
  expect(() => lookAt(90_000)).not.toThrow();
  expect(checker.dueAtMs).toBe(Infinity);
});

test.each([
  ["of the stream in trouble", "quiet", 1000, HIT],
  ["long after the trouble", "quiet", 70_001, OTHER],
  ["while faults may still tell", "healed", 1000, OTHER],
] as const)("a record %s is no matter of it", (_, phase, atMs, stream) => {
  const { land, lookAt } = world(phase);
  land(atMs, `${stream}s`);
  expect(() => lookAt(300_000)).not.toThrow();
});
