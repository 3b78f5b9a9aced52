// What is kept of the tries of a record, compared with the list of all of them.
import type { Attempt } from "@shardline/core";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type AttemptLog, NO_ATTEMPTS, joinWith } from "../../src/record/attempt-log.ts";
import { failureOf } from "../support/failures.ts";
import { attempt, attemptLog } from "../support/records.ts";

const arbitraryAttempt = fc
  .record({
    delayMs: fc.nat(1000),
    durationMs: fc.nat(1000),
    kind: fc.constantFrom("throttled", "denied", "rejected", undefined),
    isAmbiguous: fc.boolean(),
  })
  .map(({ delayMs, durationMs, isAmbiguous, kind }) =>
    attempt({
      delayMs,
      durationMs,
      ...(kind === undefined ? {} : { failure: failureOf(kind, { isAmbiguous }) }),
    }),
  );

/** Attempts as they come out of calls, in which the same failure often follows itself. */
const arbitraryAttempts = fc
  .array(fc.tuple(arbitraryAttempt, fc.integer({ min: 1, max: 40 })), { maxLength: 6 })
  .map((runs) => runs.flatMap(([each, times]) => Array.from({ length: times }, () => each)));

/** What a log must tell, found out the long way. */
function factsOf(all: readonly Attempt[]): object {
  const failures = all.map(({ failure }) => failure);
  const kind = failures.at(-1)?.kind;
  const before = failures.findLastIndex((failure) => failure?.kind !== kind);
  return {
    list: all.length <= 32 ? all : [...all.slice(0, 8), ...all.slice(-24)],
    count: all.length,
    countedTries: failures.filter((failure) => failure?.kind !== "rejected").length,
    isAmbiguous: failures.some((failure) => failure?.isAmbiguous),
    lastFailure: failures.findLast((failure) => failure !== undefined),
    failingForMs: all
      .slice(before + 2)
      .reduce((sum, { delayMs, durationMs }) => sum + delayMs + durationMs, 0),
  };
}

function told(log: AttemptLog): object {
  const { count, countedTries, failingForMs, isAmbiguous, lastFailure, list } = log;
  return { list, count, countedTries, isAmbiguous, lastFailure, failingForMs };
}

describe("a log of attempts", () => {
  it("tells of all of them, however it came together, and lists the first 8 and the last 24", () => {
    fc.assert(
      fc.property(fc.array(arbitraryAttempts, { maxLength: 5 }), fc.boolean(), (parts, fromEnd) => {
        const logs = parts.map((part) => attemptLog(...part));
        const whole = fromEnd
          ? logs.reduceRight((later, earlier) => earlier.followedBy(later), NO_ATTEMPTS)
          : logs.reduce((earlier, later) => earlier.followedBy(later), NO_ATTEMPTS);
        expect(told(whole)).toEqual(factsOf(parts.flat()));
      }),
    );
  });

  it("does not change when others are put behind it", () => {
    const log = attemptLog(attempt({ failure: failureOf("throttled") }));
    const before = told(log);
    log.followedBy(attemptLog(attempt({ failure: failureOf("denied", { isAmbiguous: true }) })));
    expect(told(log)).toEqual(before);
    expect(Object.isFrozen(log.list)).toBe(true);
  });

  it("is no longer after a hundred thousand than after 33", () => {
    const failed = attemptLog(attempt({ delayMs: 1, failure: failureOf("throttled") }));
    let log: AttemptLog = NO_ATTEMPTS;
    for (let i = 0; i < 100_000; i += 1) log = log.followedBy(failed);
    expect([log.count, log.list.length, log.failingForMs]).toEqual([100_000, 32, 99_999]);
  });

  it("of an attempt that stored in vain says so of that one, and forgets nothing else", () => {
    const inVain = failureOf("transient", { isAmbiguous: true });
    const alike = fc.array(fc.constant(attempt({ durationMs: 2, failure: inVain })));
    fc.assert(
      fc.property(alike, arbitraryAttempts, alike, (before, earlier, later) => {
        const last = attempt({ delayMs: 5 });
        const blamed = attemptLog(...earlier, last).blamedFor(inVain);
        const blamedAttempt = { ...last, failure: inVain };
        expect(told(blamed)).toEqual(factsOf([...earlier, blamedAttempt]));
        const whole = attemptLog(...before).followedBy(blamed.followedBy(attemptLog(...later)));
        expect(told(whole)).toEqual(factsOf([...before, ...earlier, blamedAttempt, ...later]));
      }),
    );
  });
});

describe("for how long attempts have failed in one way", () => {
  it("is counted from the end of the first of them that was not followed by another outcome", () => {
    const [missing, denied] = [failureOf("missing"), failureOf("denied")];
    const attempts = [
      attempt({ delayMs: 1, durationMs: 2, failure: denied }),
      attempt({ delayMs: 10, durationMs: 20, failure: missing }),
      attempt({ delayMs: 100, durationMs: 200, failure: denied }),
      attempt({ delayMs: 1000, durationMs: 2000, failure: denied }),
      attempt({ delayMs: 10_000, durationMs: 20_000, failure: denied }),
    ];
    const logs = [1, 2, 3, 4, 5].map((count) => attemptLog(...attempts.slice(0, count)));
    expect(logs.map(({ failingForMs }) => failingForMs)).toEqual([0, 0, 0, 3000, 33_000]);
    expect(NO_ATTEMPTS.failingForMs).toBe(0);
  });
});

it("R-poison: a try in a call that was refused because of one record does not count", () => {
  const failures = [failureOf("throttled"), failureOf("rejected"), failureOf("transient")];
  expect(attemptLog(...failures.map((failure) => attempt({ failure }))).countedTries).toBe(2);
});

it("records in a row that have the same attempts behind them share what comes out", () => {
  const waited = (...delaysMs: readonly number[]): AttemptLog =>
    attemptLog(...delaysMs.map((delayMs) => attempt({ delayMs })));
  const [one, other, later] = [waited(1), waited(2), waited(3)];
  const join = joinWith(later);
  const joined = [NO_ATTEMPTS, one, one, other, one].map((earlier) => join(earlier));
  expect(joined).toEqual([later, waited(1, 3), waited(1, 3), waited(2, 3), waited(1, 3)]);
  expect(joined[0]).toBe(later);
  expect(joined[1]).toBe(joined[2]);
});
