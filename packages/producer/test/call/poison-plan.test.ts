import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { planTrials } from "../../src/call/poison-plan.ts";

describe("R-poison: after a call was refused", () => {
  it("the carrier that the service names is tried by itself, and the others are cleared", () => {
    const reason = "1 validation error detected: Value at 'records.2.member.data' failed to …";
    expect(planTrials(3, reason)).toEqual([undefined, 1, undefined]);
  });

  it("all that it names are tried, each by itself", () => {
    expect(planTrials(4, "records.1.member.data … records.4.member.partitionKey …")).toEqual([
      0,
      undefined,
      undefined,
      3,
    ]);
  });

  it.each(["records.0.member.data", "records.4.member.data", "records.member", "too large", ""])(
    "halves are tried where it names none of them (%s)",
    (reason) => {
      expect(planTrials(3, reason)).toEqual([0, 0, 1]);
    },
  );
});

it("R-poison: one among up to 500 is found with at most 18 more calls, and every other is cleared by one", () => {
  const arbitrary = fc
    .integer({ min: 2, max: 500 })
    .chain((count) => fc.record({ count: fc.constant(count), poison: fc.nat(count - 1) }));
  fc.assert(
    fc.property(arbitrary, ({ count, poison }) => {
      const stored: number[] = [];
      const refused: number[] = [];
      let calls = 0;
      const send = (places: readonly number[]): void => {
        calls += 1;
        if (!places.includes(poison)) stored.push(...places);
        else if (places.length === 1) refused.push(...places);
        else {
          const plan = planTrials(places.length, "");
          for (const trial of new Set(plan)) send(places.filter((_, i) => plan[i] === trial));
        }
      };
      send(Array.from({ length: count }, (_, i) => i));
      expect(refused).toEqual([poison]);
      expect(new Set(stored).size).toBe(count - 1);
      expect(calls - 1).toBeLessThanOrEqual(18);
    }),
  );
});
