import { describe, expect, it } from "vitest";
import { countedTries, failingForMs, isTriedOften, triesOf } from "../../src/call/tries.ts";
import { failureOf } from "../support/failures.ts";
import { attempt, carrierOf, looseRecord } from "../support/records.ts";

it("a carrier was tried as often as the record in it that was tried most often", () => {
  const earlierAttempts = [attempt(), attempt()];
  const carrier = carrierOf(looseRecord("k", "a"), looseRecord("k", "b", { earlierAttempts }));
  carrier.attempts.push(attempt());
  expect(triesOf(carrier)).toBe(3);
});

it("R-poison: a try in a call that was refused because of one record does not count", () => {
  const attempts = [failureOf("throttled"), failureOf("rejected"), failureOf("transient")];
  expect(countedTries(attempts.map((failure) => attempt({ failure })))).toBe(2);
});

it("a carrier is tried often enough as soon as one of its records is", () => {
  const failed = attempt({ failure: failureOf("transient") });
  const carrier = carrierOf(
    looseRecord("k", "a"),
    looseRecord("k", "b", { earlierAttempts: [failed] }),
  );
  carrier.attempts.push(failed);
  expect([2, 3, Infinity].map((most) => isTriedOften(carrier, most))).toEqual([true, false, false]);
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
    expect([1, 2, 3, 4, 5].map((count) => failingForMs(attempts.slice(0, count)))).toEqual([
      0, 0, 0, 3000, 33_000,
    ]);
    expect(failingForMs([])).toBe(0);
  });
});
