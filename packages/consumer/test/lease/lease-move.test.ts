import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Lease, PendingCheckpoint } from "../../src/lease/lease.ts";
import type { LeaseMove } from "../../src/lease/lease-move.ts";
import { tookEffect } from "../../src/lease/lease-move.ts";
import { checkpointMove, prepareMove } from "../../src/lease/checkpoint-moves.ts";
import { endMove, releaseMove, renewMove, takeMove } from "../../src/lease/lease-moves.ts";
import { MemoryLeaseTable } from "../../src/lease/memory-lease-table.ts";
import { leaseOf, nativeLease, positionOf } from "../support/leases.ts";

const ANY_SIGNAL = new AbortController().signal;
const MINE = nativeLease(0, "me", { counter: 7, checkpoint: positionOf(5), epoch: 1 });

const MOVES: readonly (readonly [string, LeaseMove])[] = [
  ["a renewal", renewMove(MINE, "me", positionOf(5))],
  ["a renewal with a checkpoint", renewMove(MINE, "me", positionOf(6))],
  ["a checkpoint", checkpointMove(MINE, "me", positionOf(6))],
  ["a prepared checkpoint", prepareMove(MINE, "me", { position: positionOf(6) })],
  [
    "a prepared checkpoint with a state",
    prepareMove(MINE, "me", { position: positionOf(6), state: Uint8Array.of(1) }),
  ],
  ["a release", releaseMove(MINE, "me", positionOf(6))],
  ["a handover", releaseMove({ ...MINE, wantedBy: "you" }, "me", positionOf(6), "you")],
  ["an end", endMove(MINE, "me", ["child"])],
  ["a take", takeMove(MINE, "other", 0)],
];

describe.each(MOVES)("%s", (_, move) => {
  test("that took effect is recognised by what stands in the table", async () => {
    const table = new MemoryLeaseTable();
    await table.create({ ...MINE, wantedBy: "you" }, ANY_SIGNAL);
    const update = await table.update(MINE.key, move, ANY_SIGNAL);
    expect(update.kind).toBe("updated");
    const again = await table.update(MINE.key, move, ANY_SIGNAL);
    if (again.kind !== "conflict" || again.current === undefined) throw new Error("no conflict");
    expect(tookEffect(move, MINE, again.current)).toBe(true);
  });

  test("that had no effect is not, while nothing or something else was written", () => {
    expect(tookEffect(move, MINE, MINE)).toBe(false);
    const stranger = { ...MINE, owner: "stranger", counter: 8 };
    expect(tookEffect(move, MINE, stranger)).toBe(false);
    expect(tookEffect(move, MINE, { ...MINE, counter: 9 })).toBe(false);
  });
});

test("ambiguous-checkpoint: of two renewals from the same state only the one whose checkpoint stands there took effect", () => {
  const checkpointed = renewMove(MINE, "me", positionOf(6));
  const current = { ...MINE, counter: 8, checkpoint: positionOf(6, 2) };
  expect(tookEffect(checkpointed, MINE, current)).toBe(false);
  expect(tookEffect(checkpointed, MINE, { ...current, checkpoint: positionOf(6) })).toBe(true);
});

test("ambiguous-checkpoint: of two that were prepared from the same state only the one that stands there took effect", () => {
  const state = Uint8Array.of(1, 2);
  const prepared = prepareMove(MINE, "me", { position: positionOf(6), state });
  const current = { ...MINE, counter: 8 };
  const standing = (pendingCheckpoint: PendingCheckpoint): Lease => ({
    ...current,
    pendingCheckpoint,
  });
  expect(tookEffect(prepared, MINE, current)).toBe(false);
  expect(
    tookEffect(prepared, MINE, standing({ position: positionOf(6), state: state.slice() })),
  ).toBe(true);
  expect(tookEffect(prepared, MINE, standing({ position: positionOf(6, 1), state }))).toBe(false);
  expect(tookEffect(prepared, MINE, standing({ position: positionOf(6) }))).toBe(false);
});

test("ambiguous-checkpoint: a write whose answer was lost is recognised although a handoff of KCL 3.x began meanwhile", () => {
  const checkpointed = checkpointMove(MINE, "me", positionOf(6));
  const handedOff = { counter: 8, checkpoint: positionOf(6), owner: "java", checkpointOwner: "me" };
  expect(tookEffect(checkpointed, MINE, { ...MINE, ...handedOff })).toBe(true);
  expect(tookEffect(checkpointed, MINE, { ...MINE, ...handedOff, checkpointOwner: "java" })).toBe(
    false,
  );
});

test("what a process of the same name has written is not taken for an effect of ours", () => {
  const namesake = { ...MINE, counter: 8, epoch: 2 };
  expect(tookEffect(renewMove(MINE, "me", positionOf(5)), MINE, namesake)).toBe(false);
});

test("an owner that is absent counts as removed, not as anybody", () => {
  const release = releaseMove(MINE, "me", positionOf(5));
  const { owner: _, ...unowned } = { ...MINE, counter: 8 };
  expect(tookEffect(release, MINE, unowned)).toBe(true);
  expect(tookEffect(release, MINE, { ...MINE, counter: 8 })).toBe(false);
});

test("whatever the others write, only one of the moves from a state takes effect", async () => {
  await fc.assert(
    fc.asyncProperty(fc.shuffledSubarray([...MOVES], { minLength: 2 }), async (moves) => {
      const table = new MemoryLeaseTable();
      await table.create({ ...MINE, wantedBy: "you" }, ANY_SIGNAL);
      const kinds: string[] = [];
      for (const [, move] of moves) {
        kinds.push((await table.update(MINE.key, move, ANY_SIGNAL)).kind);
      }
      expect(kinds).toEqual(["updated", ...moves.slice(1).map(() => "conflict")]);
    }),
    { numRuns: 50 },
  );
});

test("a lease that was created anew with the same counter is not taken for an effect of ours", () => {
  const release = renewMove(MINE, "me", positionOf(5));
  expect(tookEffect(release, MINE, leaseOf(0, { counter: 8 }))).toBe(false);
});
