import fc from "fast-check";
import { expect, test } from "vitest";
import { RenewalAgenda } from "../../src/lease/renewal-agenda.ts";

const times = fc.array(fc.oneof(fc.nat(20), fc.double({ min: 0, max: 1e6, noNaN: true })));

function takeAll(agenda: RenewalAgenda<number>, nowMs: number): readonly number[][] {
  const taken: number[][] = [];
  for (let due = agenda.take(nowMs); due; due = agenda.take(nowMs)) taken.push([...due]);
  return taken;
}

/** One list for each time. */
function byTime(atMs: readonly number[]): readonly number[][] {
  const distinct = [...new Set(atMs)].toSorted((a, b) => a - b);
  return distinct.map((time) => atMs.filter((other) => other === time));
}

test("what is due is handed out once, all of a time together, the earliest first", () => {
  fc.assert(
    fc.property(times, times, (firstAtMs, laterAtMs) => {
      const agenda = new RenewalAgenda<number>();
      for (const atMs of firstAtMs) agenda.add(atMs, atMs);
      expect(agenda.nextMs).toBe(Math.min(...firstAtMs));
      expect(takeAll(agenda, 10)).toEqual(byTime(firstAtMs.filter((atMs) => atMs <= 10)));
      for (const atMs of laterAtMs) agenda.add(atMs, atMs);
      const left = [...firstAtMs.filter((atMs) => atMs > 10), ...laterAtMs];
      expect(agenda.nextMs).toBe(Math.min(...left));
      expect(takeAll(agenda, 1e6)).toEqual(byTime(left));
      expect(agenda.nextMs).toBe(Number.POSITIVE_INFINITY);
    }),
  );
});
