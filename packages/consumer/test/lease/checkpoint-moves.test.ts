import { describe, expect, test } from "vitest";
import { checkpointMove, prepareMove } from "../../src/lease/checkpoint-moves.ts";
import { endMove, releaseMove, renewMove } from "../../src/lease/lease-moves.ts";
import { MemoryLeaseTable } from "../../src/lease/memory-lease-table.ts";
import { ANY_SIGNAL } from "../support/held.ts";
import { leaseOf, nativeLease, positionOf } from "../support/leases.ts";

const OURS = { counter: 7, owner: "me", checkpointOwner: null };
const lease = nativeLease(0, "me", { counter: 7, ownerSwitches: 2, checkpoint: positionOf(5) });

describe("a checkpoint", () => {
  test("is written at once, on condition that the lease is wholly ours, and counts as a renewal", () => {
    expect(checkpointMove(lease, "me", positionOf(6))).toEqual({
      expect: OURS,
      patch: { counter: 8, nativeOwner: "me", checkpoint: positionOf(6), ownerSwitches: 0 },
    });
  });

  test("never goes behind the table's, but takes away what was prepared all the same", async () => {
    const table = new MemoryLeaseTable();
    const pendingCheckpoint = { position: positionOf(9) };
    await table.create({ ...lease, pendingCheckpoint }, ANY_SIGNAL);
    const update = await table.update(
      lease.key,
      checkpointMove(lease, "me", positionOf(4)),
      ANY_SIGNAL,
    );
    expect(update).toEqual({
      kind: "updated",
      lease: { ...lease, counter: 8, ownerSwitches: 0 },
    });
  });
});

test("a prepared checkpoint keeps the one that is written, and counts as a renewal", () => {
  const pendingCheckpoint = { position: positionOf(6, 1), state: Uint8Array.of(1) };
  expect(prepareMove(lease, "me", pendingCheckpoint)).toEqual({
    expect: OURS,
    patch: { counter: 8, nativeOwner: "me", pendingCheckpoint },
  });
});

describe("in a handoff of KCL 3.x", () => {
  const handedOff = leaseOf(0, { ...lease, owner: "java", checkpointOwner: "me" });
  const expectation = { counter: 7, owner: "java", checkpointOwner: "me" };

  test("the old owner, once it knows, goes on to renew and to checkpoint", () => {
    for (const move of [
      renewMove(handedOff, "me", positionOf(6)),
      checkpointMove(handedOff, "me", positionOf(6)),
      prepareMove(handedOff, "me", { position: positionOf(6) }),
      endMove(handedOff, "me", []),
    ]) {
      expect(move.expect).toEqual(expectation);
      expect(move.patch.counter).toBe(8);
    }
  });

  test("the old owner gives the lease to the new one that stands there already", async () => {
    const table = new MemoryLeaseTable();
    await table.create(handedOff, ANY_SIGNAL);
    const move = releaseMove(handedOff, "me", positionOf(6), "one of ours");
    const { checkpointOwner: _, ...rest } = handedOff;
    expect(await table.update(lease.key, move, ANY_SIGNAL)).toEqual({
      kind: "updated",
      lease: { ...rest, counter: 8, checkpoint: positionOf(6), ownerSwitches: 1 },
    });
  });

  test("whoever does not know of it yet writes nothing", async () => {
    const table = new MemoryLeaseTable();
    await table.create(handedOff, ANY_SIGNAL);
    const move = checkpointMove(lease, "me", positionOf(6));
    expect(await table.update(lease.key, move, ANY_SIGNAL)).toEqual({
      kind: "conflict",
      current: handedOff,
    });
  });
});
