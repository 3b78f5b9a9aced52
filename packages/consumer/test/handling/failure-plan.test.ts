import { describe, expect, test } from "vitest";
import {
  type FailedTry,
  type FailurePolicy,
  planFailure,
} from "../../src/handling/failure-plan.ts";
import { range } from "../support/lease-views.ts";

const POLICY: FailurePolicy = {
  maxAttempts: 3,
  backoff: { baseMs: 200, maxMs: 30_000 },
  bisect: true,
  then: "halt",
  haltMs: 60_000,
};
const ONE: FailedTry = { records: 1, isFirstAtFault: false, isHopeless: false, attempts: 1 };
const WHOLE = { next: () => 1, bytes: () => new Uint8Array() };

function plan(tried: Partial<FailedTry>, policy: Partial<FailurePolicy> = {}): string {
  const { afterMs, kind, records } = planFailure(
    { ...ONE, ...tried },
    { ...POLICY, ...policy },
    WHOLE,
  );
  return `${kind} ${records} after ${afterMs}`;
}

function plansOfOne(count: number, policy: Partial<FailurePolicy> = {}): string[] {
  return range(count).map((i) => plan({ attempts: i + 1 }, policy));
}

describe("after so many tries of a record", () => {
  test("66 poison-halt: the shard rests, and then the row begins anew, with its short pauses", () => {
    expect(plansOfOne(7)).toEqual([
      "retry 1 after 200",
      "retry 1 after 400",
      "halt 1 after 60000",
      "retry 1 after 200",
      "retry 1 after 400",
      "halt 1 after 60000",
      "retry 1 after 200",
    ]);
  });

  test.each(["skip", "dead-letter"] as const)(
    "it meets %s at once, if that was asked for",
    (then) => {
      expect(plansOfOne(3, { then })).toEqual([
        "retry 1 after 200",
        "retry 1 after 400",
        `${then} 1 after 0`,
      ]);
    },
  );

  test("the pauses double up to their maximum", () => {
    expect(plansOfOne(10, { maxAttempts: 100 }).slice(-3)).toEqual([
      "retry 1 after 25600",
      "retry 1 after 30000",
      "retry 1 after 30000",
    ]);
  });

  test("with one try in a row every failure halts", () => {
    expect(plansOfOne(2, { maxAttempts: 1 })).toEqual(["halt 1 after 60000", "halt 1 after 60000"]);
  });

  test("pauses of retries are cut by chance to half at least", () => {
    const least = { ...WHOLE, next: () => 0 };
    expect(planFailure(ONE, POLICY, least)).toEqual({ kind: "retry", records: 1, afterMs: 100 });
  });
});

describe("of several records", () => {
  test("69 bisect: the first half comes next, however often they have failed", () => {
    expect(plan({ records: 64 })).toBe("split 64 after 200");
    expect(plan({ records: 2, attempts: 9 })).toBe("split 2 after 200");
  });

  test("where halves are not wanted all of them are repeated, and then meet the policy together", () => {
    const whole = { records: 64, attempts: 3 };
    expect(plan({ records: 64, attempts: 2 }, { bisect: false })).toBe("retry 64 after 400");
    expect(plan(whole, { bisect: false, then: "skip" })).toBe("skip 64 after 0");
    expect(plan(whole, { bisect: false })).toBe("halt 64 after 60000");
  });

  test("70 partial-batch: the one that the handler named meets the policy alone, without halves", () => {
    const named = { records: 64, isFirstAtFault: true };
    expect(plan({ ...named, attempts: 2 })).toBe("retry 64 after 400");
    expect(plan({ ...named, attempts: 3 }, { then: "skip" })).toBe("skip 1 after 0");
    expect(plan({ ...named, attempts: 3 }, { bisect: false })).toBe("halt 1 after 60000");
  });
});

test("what no try can mend is not tried again", () => {
  expect(plan({ isHopeless: true }, { then: "dead-letter" })).toBe("dead-letter 1 after 0");
  expect(plan({ isHopeless: true })).toBe("halt 1 after 60000");
});
