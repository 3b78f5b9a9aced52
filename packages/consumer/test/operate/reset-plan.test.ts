import {
  comparePositions,
  isOpen,
  parentIdsOf,
  SHARD_END,
  sentinelPosition,
} from "@shardline/core";
import { describe, expect, test } from "vitest";
import { isEnded, type Lease } from "../../src/lease/lease.ts";
import { planReset, type ResetStart, type ResetView } from "../../src/operate/reset-plan.ts";
import { leaseOf, nativeLease, positionOf, shardIdOf, shardOf } from "../support/leases.ts";

const STREAM = { name: "s", epoch: 7 };
const TRIM_HORIZON: ResetStart = { type: "TRIM_HORIZON" };
const LATEST: ResetStart = { type: "LATEST", sinceMs: 500, isResumed: false, isOrigin: true };
const AT_400: ResetStart = { type: "AT_TIMESTAMP", timestampMs: 400 };

/** 0 was split into 1 and 2, of which 2 was merged with 3 into 4. Open: 1 and 4. */
const SHARDS = [
  shardOf(4, { born: 40, parents: [2, 3] }),
  shardOf(1, { born: 20, parents: [0] }),
  shardOf(3, { born: 1, closed: 30 }),
  shardOf(0, { born: 0, closed: 10 }),
  shardOf(2, { born: 20, closed: 30, parents: [0] }),
];
const READ: readonly Lease[] = [
  leaseOf(0, { checkpoint: SHARD_END, childShardIds: [shardIdOf(1), shardIdOf(2)] }),
  nativeLease(1, "a", { checkpoint: positionOf(1025), counter: 9 }),
  leaseOf(2, { checkpoint: SHARD_END }),
  nativeLease(4, "a", { checkpoint: positionOf(1041, 3) }),
];

function plan(view: Partial<ResetView>, open: readonly number[]): readonly string[] {
  return steps(view, open).map((step) => {
    const { sequenceNumber } = step.kind === "rewrite" ? step.to.checkpoint : step.lease.checkpoint;
    return `${step.kind} ${Number(step.shardId.slice(-3))} ${sequenceNumber}`;
  });
}

function steps(view: Partial<ResetView>, open: readonly number[]) {
  return planReset({
    stream: STREAM,
    shards: SHARDS,
    leases: READ,
    start: TRIM_HORIZON,
    isSingle: false,
    ...view,
    openAtStart: new Set(open.map(shardIdOf)),
  });
}

describe("a reset", () => {
  test("to the trim horizon begins with the oldest shards, and leaves no child ahead", () => {
    expect(plan({}, [0, 3])).toEqual([
      "rewrite 0 TRIM_HORIZON",
      "create 3 TRIM_HORIZON",
      "rewrite 1 TRIM_HORIZON",
      "rewrite 2 TRIM_HORIZON",
      "rewrite 4 TRIM_HORIZON",
    ]);
  });

  test("to the latest record leaves out what open shards hold, and all of what is closed", () => {
    const leases = [leaseOf(2, { checkpoint: positionOf(1022) }), ...READ.slice(0, 2)];
    expect(plan({ leases, start: LATEST }, [1, 4])).toEqual([
      "keep 0 SHARD_END",
      "rewrite 1 LATEST",
      "rewrite 2 SHARD_END",
      "create 4 LATEST",
    ]);
    const [, open] = steps({ leases, start: LATEST }, [1, 4]);
    expect(open).toMatchObject({ to: { latestSinceMs: 500, initialTimestampMs: null } });
  });

  test("to a time begins with the shards of that time, and writes it to their descendants, too", () => {
    const planned = steps({ start: AT_400 }, [1, 2, 3]);
    expect(planned.map(({ kind, shardId }) => `${kind} ${Number(shardId.slice(-3))}`)).toEqual([
      "keep 0",
      "create 3",
      "rewrite 1",
      "rewrite 2",
      "rewrite 4",
    ]);
    const to = {
      checkpoint: sentinelPosition("AT_TIMESTAMP"),
      initialTimestampMs: 400,
      latestSinceMs: null,
    };
    expect(planned.flatMap((step) => (step.kind === "rewrite" ? step.to : []))).toEqual([
      to,
      to,
      to,
    ]);
    expect(planned[1]).toMatchObject({
      lease: {
        shardId: shardIdOf(3),
        checkpoint: to.checkpoint,
        initialTimestampMs: 400,
        streamEpoch: 7,
        counter: 0,
      },
    });
  });

  test("keeps what stands there already, and frees it of a silent owner if it does not", () => {
    const leases = [leaseOf(0), nativeLease(3, "gone"), leaseOf(1)];
    expect(plan({ leases }, [0, 3])).toEqual([
      "keep 0 TRIM_HORIZON",
      "rewrite 3 TRIM_HORIZON",
      "keep 1 TRIM_HORIZON",
    ]);
    const since = leaseOf(1, { checkpoint: sentinelPosition("LATEST"), latestSinceMs: 300 });
    expect(plan({ leases: [since], start: LATEST }, [1])).toEqual(["rewrite 1 LATEST"]);
  });

  test("leaves alone what the stream does not list any more", () => {
    const gone = leaseOf(9, { checkpoint: positionOf(5) });
    expect(plan({ leases: [gone, ...READ] }, [0, 3]).at(-1)).toBe("keep 9 5");
  });

  test("never leaves a child ahead of a parent that is read again, wherever it begins", () => {
    for (const open of [
      [0, 3],
      [1, 2, 3],
      [1, 4],
    ]) {
      for (const isSingle of [false, true]) {
        const after = new Map(READ.map((lease) => [lease.shardId, lease.checkpoint]));
        for (const step of steps({ isSingle }, open)) {
          if (step.kind === "rewrite") after.set(step.shardId, step.to.checkpoint);
          if (step.kind === "create") after.set(step.shardId, step.lease.checkpoint);
        }
        for (const shard of SHARDS) {
          const checkpoint = after.get(shard.shardId);
          const parents = parentIdsOf(shard).flatMap((id) => after.get(id) ?? []);
          const isAgain = parents.some((parent) => comparePositions(parent, SHARD_END) !== 0);
          if (checkpoint !== undefined && isAgain) {
            expect(checkpoint.sequenceNumber).toBe("TRIM_HORIZON");
          }
        }
      }
    }
  });
});

describe("a reset of one shard", () => {
  test("takes along what descends from it, and nothing else", () => {
    expect(plan({ isSingle: true }, [2])).toEqual([
      "rewrite 2 TRIM_HORIZON",
      "rewrite 4 TRIM_HORIZON",
    ]);
    expect(plan({ isSingle: true }, [1])).toEqual(["rewrite 1 TRIM_HORIZON"]);
    expect(plan({ isSingle: true }, [0])).toEqual(
      [0, 1, 2, 4].map((index) => `rewrite ${index} TRIM_HORIZON`),
    );
  });

  test("brings back a lease that was cleaned up", () => {
    expect(plan({ isSingle: true }, [3])).toEqual([
      "create 3 TRIM_HORIZON",
      "rewrite 4 TRIM_HORIZON",
    ]);
  });

  test("to the latest record leaves a shard that was read to its end, and its children, alone", () => {
    expect(plan({ isSingle: true, start: LATEST }, [2])).toEqual([
      "keep 2 SHARD_END",
      "keep 4 1041",
    ]);
    const leases = READ.map((lease) =>
      isEnded(lease) ? { ...lease, checkpoint: positionOf(1) } : lease,
    );
    expect(plan({ isSingle: true, leases, start: LATEST }, [2])).toEqual([
      "rewrite 2 LATEST",
      "keep 4 1041",
    ]);
  });
});

test("the sketch is what it says: two shards are open", () => {
  expect(SHARDS.filter(isOpen).map(({ shardId }) => shardId)).toEqual([4, 1].map(shardIdOf));
});
