import { SHARD_END } from "@shardline/core";
import { describe, expect, test } from "vitest";
import {
  type ConditionalWrite,
  conditionOf,
  writeOf,
} from "../../src/lease/dynamodb-lease-write.ts";
import { endMove, releaseMove, renewMove, takeMove } from "../../src/lease/lease-moves.ts";
import { noticeMove } from "../../src/lease/release-notice.ts";
import { wishMove, withdrawMove } from "../../src/lease/wish-moves.ts";
import { leaseOf, nativeLease, positionOf } from "../support/leases.ts";

/** The expressions with their names and values put in. */
function spelled(write: ConditionalWrite): { readonly condition: string; readonly update: string } {
  const spell = (expression: string): string =>
    expression
      .replaceAll(/#\w+/g, (alias) => write.ExpressionAttributeNames[alias] ?? "?")
      .replaceAll(/:\w+/g, (alias) => {
        const value = write.ExpressionAttributeValues[alias];
        return value?.S ?? value?.N ?? value?.SS?.join("+") ?? "?";
      });
  return {
    condition: spell(write.ConditionExpression),
    update: spell(write.UpdateExpression ?? ""),
  };
}

const MINE = nativeLease(0, "me", { counter: 7, epoch: 3, checkpoint: positionOf(5) });
/** An item must be there and be a lease. */
const EXISTS =
  "attribute_exists(leaseKey) AND (attribute_not_exists(entityType) OR entityType = LEASE)";
const OURS = `${EXISTS} AND leaseCounter = 7 AND leaseOwner = me AND attribute_not_exists(checkpointOwner)`;

describe("the expressions of", () => {
  test("a renewal", () => {
    expect(spelled(writeOf(renewMove(MINE, "me", positionOf(5))))).toEqual({
      condition: OURS,
      update: "SET leaseCounter = 8, x-owner = me",
    });
  });

  test("a renewal with a checkpoint, which removes what a KCL application has prepared", () => {
    expect(spelled(writeOf(renewMove(MINE, "me", positionOf(6, 2))))).toEqual({
      condition: OURS,
      update:
        "SET leaseCounter = 8, x-owner = me, ownerSwitchesSinceCheckpoint = 0, checkpoint = 6, checkpointSubSequenceNumber = 2 " +
        "REMOVE pendingCheckpoint, pendingCheckpointSubSequenceNumber, pendingCheckpointState",
    });
  });

  test("a take", () => {
    const { condition, update } = spelled(writeOf(takeMove(leaseOf(0, { counter: 7 }), "me", 99)));
    expect(condition).toBe(`${EXISTS} AND leaseCounter = 7`);
    expect(update).toBe(
      "SET leaseOwner = me, x-owner = me, leaseCounter = 8, x-epoch = 1, ownerSwitchesSinceCheckpoint = 0 " +
        "REMOVE x-wantedBy, x-wantedAt, checkpointOwner",
    );
  });

  test("a handover", () => {
    const { condition, update } = spelled(writeOf(releaseMove(MINE, "me", positionOf(5), "you")));
    expect(condition).toBe(`${OURS} AND x-wantedBy = you`);
    expect(update).toContain("leaseOwner = you");
    expect(update).toMatch(/REMOVE x-wantedBy, x-wantedAt$/);
  });

  test("an end", () => {
    const { update } = spelled(writeOf(endMove(MINE, "me", ["one", "two"])));
    expect(update).toContain("checkpoint = SHARD_END, checkpointSubSequenceNumber = 0");
    expect(update).toContain("childShardIds = one+two");
    expect(update).toMatch(/REMOVE .*leaseOwner, x-owner/);
  });

  test("a wish, and its withdrawal", () => {
    expect(spelled(writeOf(wishMove(MINE, "you", 99)))).toEqual({
      condition: `${EXISTS} AND leaseOwner = me`,
      update: "SET x-wantedBy = you, x-wantedAt = 99",
    });
    expect(spelled(writeOf(withdrawMove("you")))).toEqual({
      condition: `${EXISTS} AND x-wantedBy = you`,
      update: "REMOVE x-wantedBy, x-wantedAt",
    });
  });

  test("a notice of released leases, on the item of anybody", () => {
    expect(spelled(writeOf(noticeMove("me", 99)))).toEqual({
      condition: EXISTS,
      update: "SET x-released = me 99",
    });
  });

  test("a write on condition that nobody has the lease", () => {
    expect(spelled(writeOf(wishMove(leaseOf(0), "you", 99))).condition).toBe(
      `${EXISTS} AND attribute_not_exists(leaseOwner)`,
    );
  });

  test("a deletion, of a lease that has ended or stands as it was seen", () => {
    expect(spelled(conditionOf({ checkpoint: SHARD_END }))).toEqual({
      condition: `${EXISTS} AND checkpoint = SHARD_END`,
      update: "",
    });
    expect(conditionOf({ counter: 7 })).not.toHaveProperty("UpdateExpression");
  });
});

test("a position is expected with its index, which may be left out where it is 0", () => {
  const conditionAt = (...position: [number, number]): string =>
    spelled(conditionOf({ checkpoint: positionOf(...position) })).condition;
  expect(conditionAt(7, 2)).toBe(
    `${EXISTS} AND checkpoint = 7 AND checkpointSubSequenceNumber = 2`,
  );
  expect(conditionAt(7, 0)).toBe(
    `${EXISTS} AND checkpoint = 7 AND ` +
      "(attribute_not_exists(checkpointSubSequenceNumber) OR checkpointSubSequenceNumber = 0)",
  );
});

test("a prepared checkpoint removes the state of the one before it", () => {
  const pendingCheckpoint = { position: positionOf(7, 1) };
  expect(spelled(writeOf({ expect: {}, patch: { pendingCheckpoint } })).update).toBe(
    "SET pendingCheckpoint = 7, pendingCheckpointSubSequenceNumber = 1 REMOVE pendingCheckpointState",
  );
});

test("what changes nothing is only a condition", () => {
  const write = writeOf({ expect: {}, patch: { hashKeyRange: { start: 5n, end: 5n } } });
  expect(write).not.toHaveProperty("UpdateExpression");
});

test("an empty list of children removes the attribute, because DynamoDB has no empty sets", () => {
  const write = writeOf({ expect: {}, patch: { childShardIds: [] } });
  expect(spelled(write).update).toBe("REMOVE childShardIds");
});

test("names and values are always aliased, each name once", () => {
  const write = writeOf(releaseMove(MINE, "me", positionOf(6), "you"));
  const names = Object.values(write.ExpressionAttributeNames);
  expect(new Set(names).size).toBe(names.length);
  const bare = `${write.ConditionExpression} ${write.UpdateExpression}`.replaceAll(/[#:]\w+/g, "");
  expect(bare).not.toMatch(/lease|owner|checkpoint|x-/i);
});
