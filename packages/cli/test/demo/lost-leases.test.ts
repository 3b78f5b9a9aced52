import type { Position } from "@shardline/core";
import { expect, test } from "vitest";
import { LostLeases } from "../../src/demo/lost-leases.ts";

const HORIZON: Position = { sequenceNumber: "TRIM_HORIZON", subSequenceNumber: 0 };

function at(number: number): Position {
  return { sequenceNumber: `${number}`, subSequenceNumber: 0 };
}

/** A worker has begun a shard and was handed four of its records. */
function begun(): { readonly lost: LostLeases; readonly handed: readonly Position[] } {
  const lost = new LostLeases();
  lost.begin("w", "s", HORIZON);
  return { lost, handed: [101, 102, 103, 104].map(at) };
}

test("what was handed out behind the checkpoint from which the next worker begins comes again", () => {
  const { handed, lost } = begun();
  lost.lose("w", "s", handed);
  lost.begin("v", "t", HORIZON);
  expect(lost.handedAgain).toBe(0);
  lost.begin("v", "s", at(102));
  expect(lost.handedAgain).toBe(2);
});

test("a worker may say that it lost its lease when the next one has begun", () => {
  const { handed, lost } = begun();
  lost.begin("v", "s", at(103));
  lost.lose("w", "s", handed);
  lost.begin("w", "s", at(104));
  expect(lost.handedAgain).toBe(1);
});

test("a worker may be the next one itself, and lose its lease once more", () => {
  const { handed, lost } = begun();
  lost.lose("w", "s", handed);
  lost.begin("w", "s", HORIZON);
  lost.lose("w", "s", [...handed, at(105)]);
  lost.begin("v", "s", at(104));
  expect(lost.handedAgain).toBe(4 + 1);
});

test("what is said twice of a lease counts once", () => {
  const { handed, lost } = begun();
  lost.lose("w", "s", handed);
  lost.lose("w", "s", handed);
  lost.begin("v", "s", at(102));
  expect(lost.handedAgain).toBe(2);
});

test("a lease that is handed over, or lost before it is read, lets nothing come again", () => {
  const { lost } = begun();
  lost.begin("v", "s", HORIZON);
  lost.lose("x", "s", []);
  expect(lost.handedAgain).toBe(0);
});
