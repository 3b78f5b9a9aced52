import fc from "fast-check";
import { expect, test } from "vitest";
import { nextRenewalAtMs, placeOf } from "../../src/lease/renewal-plan.ts";
import { range } from "../support/lease-views.ts";

const PERIOD_MS = 10_000 / 3 - 25;

test("a lease comes back to its place with its second renewal at the latest, however late it was", () => {
  fc.assert(
    fc.property(fc.nat(5000), fc.double({ min: 0, max: 1e7, noNaN: true }), (n, renewedAtMs) => {
      const place = placeOf(n);
      const firstAtMs = nextRenewalAtMs(renewedAtMs, place, PERIOD_MS);
      const atMs = nextRenewalAtMs(firstAtMs, place, PERIOD_MS);
      for (const gapMs of [firstAtMs - renewedAtMs, atMs - firstAtMs]) {
        expect(gapMs).toBeGreaterThanOrEqual(PERIOD_MS / 2 - 1e-6);
        expect(gapMs).toBeLessThanOrEqual(PERIOD_MS + 1 + 1e-6);
      }
      const offPlaceMs = (atMs / PERIOD_MS - place) % 1;
      expect(Math.min(Math.abs(offPlaceMs), 1 - Math.abs(offPlaceMs))).toBeLessThan(1e-6);
    }),
  );
});

test("one that is renewed at its place is due a period later, and not at once again", () => {
  fc.assert(
    fc.property(fc.nat(5000), fc.nat(100_000), (n, periods) => {
      const atMs = (periods + placeOf(n)) * PERIOD_MS;
      expect(nextRenewalAtMs(atMs, placeOf(n), PERIOD_MS)).toBeCloseTo(atMs + PERIOD_MS, 3);
    }),
  );
});

test("leases of one place return to it at the very same number, and so are renewed together", () => {
  fc.assert(
    fc.property(fc.nat(5000), fc.nat(100_000), fc.nat(1000), (n, periods, lateMs) => {
      const place = placeOf(n);
      const atMs = (periods + place) * PERIOD_MS;
      const late = nextRenewalAtMs(atMs + lateMs, place, PERIOD_MS);
      expect(late).toBe(nextRenewalAtMs(atMs + 0.1, place, PERIOD_MS));
    }),
  );
});

test.each([2, 3, 5, 10, 64, 1000])(
  "the places of %i leases lie evenly, wherever they begin",
  (count) => {
    for (const start of [0, 17, 999]) {
      const places = range(count).map((i) => placeOf(start + i));
      const quarters = range(4).map(
        (q) => places.filter((place) => Math.floor(place * 4) === q).length,
      );
      for (const inQuarter of quarters)
        expect(Math.abs(inQuarter - count / 4)).toBeLessThanOrEqual(1.5 + count / 20);
    }
  },
);
