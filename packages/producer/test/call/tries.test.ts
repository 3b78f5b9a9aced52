import { expect, it } from "vitest";
import { isTriedOften, triesOf } from "../../src/call/tries.ts";
import { failureOf } from "../support/failures.ts";
import { attempt, attemptLog, carrierOf, looseRecord } from "../support/records.ts";

it("a carrier was tried as often as the record in it that was tried most often", () => {
  const earlierAttempts = attemptLog(attempt(), attempt());
  const carrier = carrierOf(looseRecord("k", "a"), looseRecord("k", "b", { earlierAttempts }));
  carrier.attempts = attemptLog(attempt());
  expect(triesOf(carrier)).toBe(3);
});

it("a carrier is tried often enough as soon as one of its records is", () => {
  const failed = attemptLog(attempt({ failure: failureOf("transient") }));
  const carrier = carrierOf(
    looseRecord("k", "a"),
    looseRecord("k", "b", { earlierAttempts: failed }),
  );
  carrier.attempts = failed;
  expect([2, 3, Infinity].map((most) => isTriedOften(carrier, most))).toEqual([true, false, false]);
});

it("R-poison: tries that were refused because of another record do not make it often enough", () => {
  const failed = attempt({ failure: failureOf("transient") });
  const refused = attempt({ failure: failureOf("rejected") });
  const carrier = carrierOf(
    looseRecord("k", "a", { earlierAttempts: attemptLog(refused, refused, failed) }),
  );
  carrier.attempts = attemptLog(refused, failed);
  expect(triesOf(carrier)).toBe(5);
  expect([2, 3].map((most) => isTriedOften(carrier, most))).toEqual([true, false]);
});
