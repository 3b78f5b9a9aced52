import { SHARD_END, sentinelPosition } from "@shardline/core";
import { describe, expect, test } from "vitest";
import { endMove, releaseMove, renewMove, takeMove } from "../../src/lease/lease-moves.ts";
import { wishMove, withdrawMove } from "../../src/lease/wish-moves.ts";
import { foreignLease, leaseOf, nativeLease, positionOf } from "../support/leases.ts";

const OURS = { counter: 7, owner: "me", checkpointOwner: null };
const UNWISHED = { wantedBy: null, wantedAtMs: null };

describe("a take", () => {
  test("is conditional on the counter alone, and makes the lease ours and one epoch older", () => {
    const lease = leaseOf(0, { counter: 7, epoch: 3, ownerSwitches: 2 });
    expect(takeMove(lease, "me", 1000)).toEqual({
      expect: { counter: 7 },
      patch: {
        owner: "me",
        nativeOwner: "me",
        counter: 8,
        epoch: 4,
        ownerSwitches: 2,
        checkpointOwner: null,
        ...UNWISHED,
      },
    });
  });

  test("counts a switch only if somebody else had the lease", () => {
    const switchesFrom = (owner: string): number | undefined =>
      takeMove(foreignLease(0, owner, { ownerSwitches: 2 }), "me", 1000).patch.ownerSwitches;
    expect(switchesFrom("java")).toBe(3);
    expect(switchesFrom("me")).toBe(2);
  });

  test("notes when a lease at LATEST is taken for the first time, and only then", () => {
    const latest = sentinelPosition("LATEST");
    const sinceOf = (fields: Parameters<typeof leaseOf>[1]): unknown =>
      takeMove(leaseOf(0, fields), "me", 1000).patch.latestSinceMs;
    expect(sinceOf({ checkpoint: latest })).toBe(1000);
    expect(sinceOf({ checkpoint: latest, latestSinceMs: 500 })).toBeUndefined();
    expect(sinceOf({ checkpoint: positionOf(5) })).toBeUndefined();
    expect(sinceOf({})).toBeUndefined();
  });
});

describe("a renewal", () => {
  const lease = nativeLease(0, "me", { counter: 7, ownerSwitches: 2, checkpoint: positionOf(5) });

  test("writes where the shard is halted only if that has changed", () => {
    const halted = { ...lease, haltedAt: positionOf(6) };
    const patchOf = (of: typeof halted | typeof lease, at: number | undefined) =>
      renewMove(of, "me", positionOf(5), at === undefined ? undefined : positionOf(at)).patch;
    expect(patchOf(lease, 6)).toMatchObject({ haltedAt: positionOf(6) });
    expect(patchOf(halted, 7)).toMatchObject({ haltedAt: positionOf(7) });
    expect(patchOf(halted, undefined)).toMatchObject({ haltedAt: null });
    expect(patchOf(halted, 6)).not.toHaveProperty("haltedAt");
    expect(patchOf(lease, undefined)).not.toHaveProperty("haltedAt");
  });

  test("adds one to the counter, on condition that the lease is wholly ours", () => {
    expect(renewMove(lease, "me", positionOf(5))).toEqual({
      expect: OURS,
      patch: { counter: 8, nativeOwner: "me" },
    });
  });

  test("writes a checkpoint that has moved, and forgets the switches", () => {
    expect(renewMove(lease, "me", positionOf(5, 1)).patch).toEqual({
      counter: 8,
      nativeOwner: "me",
      checkpoint: positionOf(5, 1),
      ownerSwitches: 0,
    });
  });

  test("never writes a checkpoint that lies behind the table's", () => {
    expect(renewMove(lease, "me", positionOf(4)).patch.checkpoint).toBeUndefined();
  });
});

describe("a release", () => {
  const lease = nativeLease(0, "me", {
    counter: 7,
    epoch: 3,
    ownerSwitches: 2,
    checkpoint: positionOf(5),
  });

  test("for anybody removes the owner, keeps the epoch, and removes whatever wish there is", () => {
    expect(releaseMove(lease, "me", positionOf(6))).toEqual({
      expect: OURS,
      patch: {
        owner: null,
        nativeOwner: null,
        counter: 8,
        epoch: 3,
        ownerSwitches: 0,
        checkpoint: positionOf(6),
        ...UNWISHED,
      },
    });
  });

  test("to a worker that wishes for it makes it the owner, if it still wishes", () => {
    expect(releaseMove(lease, "me", positionOf(5), "you")).toEqual({
      expect: { ...OURS, wantedBy: "you" },
      patch: {
        owner: "you",
        nativeOwner: "you",
        counter: 8,
        epoch: 4,
        ownerSwitches: 3,
        ...UNWISHED,
      },
    });
  });

  test("with a checkpoint counts the switch of the handover from there on", () => {
    expect(releaseMove(lease, "me", positionOf(6), "you").patch.ownerSwitches).toBe(1);
  });
});

describe("an end", () => {
  const lease = nativeLease(0, "me", { counter: 7, checkpoint: positionOf(5) });

  test("writes SHARD_END with the children and gives the lease up", () => {
    const { expect: condition, patch } = endMove(lease, "me", ["one", "two"]);
    expect(condition).toEqual(OURS);
    expect(patch).toMatchObject({
      checkpoint: SHARD_END,
      childShardIds: ["one", "two"],
      owner: null,
      counter: 8,
      ownerSwitches: 0,
    });
  });

  test("leaves children that are noted already alone if it knows of none", () => {
    expect(endMove(lease, "me", []).patch).not.toHaveProperty("childShardIds");
  });
});

describe("a wish", () => {
  test("is conditional on the owner and leaves the counter alone, so that renewals go on", () => {
    expect(wishMove(nativeLease(0, "you", { counter: 7 }), "me", 1000)).toEqual({
      expect: { owner: "you" },
      patch: { wantedBy: "me", wantedAtMs: 1000 },
    });
    expect(wishMove(leaseOf(0), "me", 1000).expect).toEqual({ owner: null });
  });

  test("is taken back only by the worker that made it", () => {
    expect(withdrawMove("me")).toEqual({ expect: { wantedBy: "me" }, patch: UNWISHED });
  });
});
