import type { Position } from "@shardline/core";
import { describe, expect, test } from "vitest";
import {
  type FinishingLane,
  type FinishLimit,
  isWanted,
  planFinish,
} from "../../src/lanes/finish-plan.ts";

function at(n: number): Position {
  return { sequenceNumber: String(n), subSequenceNumber: 0 };
}

/** A lane that has these records. */
function lane(first: number, last = first, how: Partial<FinishingLane> = {}): FinishingLane {
  const [from, to] = [at(first), at(last)];
  const has = { first: from, last: first === last ? from : to };
  return { has, isCalled: false, haltedAt: undefined, ...how };
}

const called = (first: number, last = first): FinishingLane =>
  lane(first, last, { isCalled: true });
const halted = (first: number): FinishingLane => lane(first, first, { haltedAt: at(first) });
const IDLE: FinishingLane = { has: undefined, isCalled: false, haltedAt: undefined };

function plan(
  newestDone: Position | undefined,
  lanes: readonly FinishingLane[],
  soFar?: FinishLimit,
): FinishLimit {
  return planFinish(newestDone, new Set(lanes), soFar);
}

describe("a drain finishes", () => {
  test("nothing where nothing is done and no handler is at work", () => {
    expect(plan(undefined, [lane(3), IDLE])).toEqual({ upTo: undefined, before: undefined });
  });

  test.each([
    ["what lies before the newest that is done", 7, [lane(3), lane(9)], 7],
    ["what lies before anything that a handler has", 7, [lane(3), called(9), called(8)], 9],
    ["what was tried together with something of that", 7, [lane(3, 12), lane(9)], 12],
    ["what was tried together with that in turn", 7, [lane(11, 20), lane(3, 12), lane(21)], 20],
  ])("%s", (_, newestDone, lanes, upTo) => {
    expect(plan(at(newestDone), lanes)).toEqual({ upTo: at(upTo), before: undefined });
  });

  test("nothing behind the first record at which a key rests, nor that one", () => {
    const limit = plan(at(9), [halted(6), halted(4), called(12)]);
    expect(limit).toEqual({ upTo: at(12), before: at(4) });
    expect([3, 4, 5].map((n) => isWanted(at(n), limit))).toEqual([true, false, false]);
  });

  test("no more than it set out to, and less when a handler has failed", () => {
    const first = plan(at(7), [called(9), lane(3)]);
    const second = plan(at(7), [lane(9), lane(3)], first);
    expect(second.upTo).toEqual(at(7));
    expect(plan(at(7), [called(9)], second).upTo).toEqual(at(7));
    const third = plan(at(7), [halted(3)], second);
    expect(plan(at(7), [], third).before).toEqual(at(3));
  });

  test("without asking lanes what they have, once that is done up to which it goes", () => {
    const asked: string[] = [];
    const busy = (name: string): FinishingLane => ({
      ...IDLE,
      get has() {
        asked.push(name);
        return undefined;
      },
    });
    const last = lane(9, 9, { isCalled: true });
    const first = plan(at(7), [last]);
    expect(plan(at(7), [last, busy("a")], first)).toEqual(first);
    expect(plan(at(10), [busy("b")], first)).toEqual(first);
    expect(asked).toEqual([]);
  });
});

test("the last record up to which it goes is wanted, the next one is not", () => {
  const limit = plan(at(7), []);
  expect([6, 7, 8].map((n) => isWanted(at(n), limit))).toEqual([true, true, false]);
  expect(isWanted(at(1), plan(undefined, []))).toBe(false);
});
