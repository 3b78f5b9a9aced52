import fc from "fast-check";
import { expect, it } from "vitest";
import { PutTimes } from "../../src/record/put-times.ts";

it("tells of each record when it was put, and of all which was the first", () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 4 })), (times) => {
      const kept = new PutTimes();
      for (const time of times) kept.add(time);
      expect(times.map((_, i) => kept.at(i))).toEqual(times);
      expect([kept.length, kept.oldestMs]).toEqual([times.length, Math.min(...times)]);
      const told: number[] = [];
      kept.forEach((atMs, records) => told.push(...Array.from({ length: records }, () => atMs)));
      expect(told).toEqual(times);
    }),
  );
});

it("tells records that were put at one time together", () => {
  const kept = new PutTimes();
  for (const time of [5, 5, 5, 7, 5]) kept.add(time);
  const told: number[][] = [];
  kept.forEach((atMs, records) => told.push([atMs, records]));
  expect(told).toEqual([
    [5, 3],
    [7, 1],
    [5, 1],
  ]);
});
