import { describe, expect, test } from "vitest";
import { planFailure } from "../../src/batch/failure-plan.ts";
import { range } from "../support/lease-views.ts";

const POLICY = { maxAttempts: 3, backoff: { baseMs: 200, maxMs: 30_000 }, haltMs: 60_000 };
const WHOLE = { next: () => 1, bytes: () => new Uint8Array() };

function plans(count: number, policy = POLICY): string[] {
  return range(count).map((i) => {
    const { afterMs, kind } = planFailure(i + 1, policy, WHOLE);
    return `${kind} ${afterMs}`;
  });
}

describe("after so many tries of a batch", () => {
  test("66 poison-halt: the shard rests, and then the row begins anew, with its short pauses", () => {
    expect(plans(7)).toEqual([
      "retry 200",
      "retry 400",
      "halt 60000",
      "retry 200",
      "retry 400",
      "halt 60000",
      "retry 200",
    ]);
  });

  test("the pauses double up to their maximum", () => {
    expect(plans(10, { ...POLICY, maxAttempts: 100 }).slice(-3)).toEqual([
      "retry 25600",
      "retry 30000",
      "retry 30000",
    ]);
  });

  test("with one try in a row every failure halts", () => {
    expect(plans(2, { ...POLICY, maxAttempts: 1 })).toEqual(["halt 60000", "halt 60000"]);
  });

  test("pauses of retries are cut by chance to half at least", () => {
    const least = { ...WHOLE, next: () => 0 };
    expect(planFailure(1, POLICY, least)).toEqual({ kind: "retry", afterMs: 100 });
  });
});
