import { comparePositions, type Position, SHARD_END } from "@shardline/core";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type CheckpointRange, planCheckpoint } from "../../src/checkpoint/checkpoint-plan.ts";
import { positionOf } from "../support/leases.ts";

const RANGE: CheckpointRange = {
  last: positionOf(5, 2),
  largest: positionOf(9, 1),
  isAtEnd: false,
};
const AT_END: CheckpointRange = { ...RANGE, isAtEnd: true };

function plan(at: Position | undefined, range = RANGE): string {
  const planned = planCheckpoint(at, range);
  if (planned.kind === "invalid") return planned.problem;
  const { sequenceNumber, subSequenceNumber } = planned.position;
  return `${sequenceNumber}/${subSequenceNumber}`;
}

/** The nth record of a shard, with a number in the layout of the service. */
function recordOf(shard: number, n: number): Position {
  const low = (BigInt(n) << 80n) | (1_700_000_000n << 36n) | (BigInt(shard) << 4n) | 2n;
  const high = (2n << 184n) | (1_600_000_000n << 148n) | (BigInt(shard & 0xf) << 144n);
  return { sequenceNumber: (high | low).toString(), subSequenceNumber: 0 };
}

describe("73 checkpoint-range:", () => {
  test.each<[Position, string]>([
    [positionOf(5, 2), "5/2"],
    [positionOf(5, 3), "5/3"],
    [positionOf(7), "7/0"],
    [positionOf(9, 1), "9/1"],
  ])("from the last one to what was handed out it may be had: %o", (at, planned) => {
    expect(plan(at)).toBe(planned);
  });

  test.each([positionOf(5, 1), positionOf(4, 9), positionOf(0)])(
    "not behind the last: %o",
    (at) => {
      expect(plan(at)).toBe("the last checkpoint is ahead of it");
    },
  );

  test.each([positionOf(9, 2), positionOf(10)])("not ahead of what was handed out: %o", (at) => {
    expect(plan(at)).toBe("it was not handed out yet, or something before it is not done");
  });

  test.each<[unknown]>([
    [null],
    [7],
    [{}],
    [{ sequenceNumber: 7, subSequenceNumber: 0 }],
    [{ sequenceNumber: "7" }],
    [{ sequenceNumber: "07", subSequenceNumber: 0 }],
    [{ sequenceNumber: "-7", subSequenceNumber: 0 }],
    [{ sequenceNumber: "7.0", subSequenceNumber: 0 }],
    [{ sequenceNumber: "", subSequenceNumber: 0 }],
    [{ sequenceNumber: "7", subSequenceNumber: -1 }],
    [{ sequenceNumber: "7", subSequenceNumber: 0.5 }],
    [{ sequenceNumber: "7", subSequenceNumber: "0" }],
    [{ sequenceNumber: "7", subSequenceNumber: Number.NaN }],
  ])("what is no position is refused: %o", (at) => {
    expect(plan(at as Position)).toBe("it is no position of a record");
  });

  test("a record of another shard would be a place that nobody can read on from, and is refused", () => {
    const largest = recordOf(1, 7);
    for (const last of [positionOf("TRIM_HORIZON"), recordOf(1, 1)]) {
      expect(plan(recordOf(1, 6), { last, largest, isAtEnd: false })).toMatch(/^\d+\/0$/);
      // So far apart that one has the low bits of the other.
      for (const shard of [0, 17]) {
        const problem = plan(recordOf(shard, 6), {
          last: positionOf("LATEST"),
          largest,
          isAtEnd: false,
        });
        expect(problem).toBe("it is a record of another shard");
      }
    }
  });

  test("LATEST would skip what lies behind TRIM_HORIZON, and is refused", () => {
    const range = { ...RANGE, last: positionOf("TRIM_HORIZON") };
    expect(plan(positionOf("LATEST"), range)).toBe("it is no record");
    expect(plan(positionOf("TRIM_HORIZON"), range)).toBe("TRIM_HORIZON/0");
  });
});

test("without a place it is what was handed out, and never behind the last one", () => {
  expect(plan(undefined)).toBe("9/1");
  expect(plan(undefined, { ...RANGE, largest: positionOf(5, 1) })).toBe("5/2");
});

test("SHARD_END may be had at the end, and stands for the last position", () => {
  expect(plan(SHARD_END)).toBe("the shard is not read to its end");
  expect(plan(SHARD_END, AT_END)).toBe("9/1");
  expect(plan(undefined, AT_END)).toBe("9/1");
});

test("S3: whatever is asked for, a checkpoint never goes back and never skips what was not handed out", () => {
  const position = fc.record({
    sequenceNumber: fc.oneof(
      fc.integer({ min: 0, max: 20 }).map(String),
      fc.constantFrom("TRIM_HORIZON", "LATEST", "AT_TIMESTAMP", "SHARD_END", "x", "-1"),
    ),
    subSequenceNumber: fc.integer({ min: -1, max: 3 }),
  });
  const start = fc.constantFrom(positionOf("TRIM_HORIZON"), positionOf("LATEST"), positionOf(3, 1));
  const more = fc.integer({ min: 4, max: 20 });
  fc.assert(
    fc.property(position, start, more, fc.boolean(), (at, last, n, isAtEnd) => {
      const largest = positionOf(n, 1);
      const planned = planCheckpoint(at, { last, largest, isAtEnd });
      if (planned.kind === "invalid") return;
      expect(comparePositions(planned.position, last)).toBeGreaterThanOrEqual(0);
      expect(comparePositions(planned.position, largest)).toBeLessThanOrEqual(0);
      expect(planned.position.sequenceNumber).toMatch(/^\d+$|^(TRIM_HORIZON|LATEST)$/);
      if (!/^\d/.test(planned.position.sequenceNumber)) expect(planned.position).toEqual(last);
    }),
    { numRuns: 500 },
  );
});
