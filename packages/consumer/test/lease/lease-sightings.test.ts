import { expect, test } from "vitest";
import { LeaseSightings } from "../../src/lease/lease-sightings.ts";
import { leaseOf, nativeLease } from "../support/leases.ts";

test("a lease has stood still since it was first seen as it is", () => {
  const sightings = new LeaseSightings();
  const lease = nativeLease(0, "a", { counter: 4 });
  sightings.note([lease], 1000);
  sightings.note([lease], 5000);
  expect(sightings.unchangedSinceMs(lease)).toBe(1000);
});

test.each([
  ["its counter has moved", nativeLease(0, "a", { counter: 5 })],
  ["its owner has changed", nativeLease(0, "b", { counter: 4 })],
  ["its owner has gone", leaseOf(0, { counter: 4 })],
  ["its counter was set back", nativeLease(0, "a", { counter: 3 })],
])("the time begins anew when %s", (_, changed) => {
  const sightings = new LeaseSightings();
  sightings.note([nativeLease(0, "a", { counter: 4 })], 1000);
  sightings.note([changed], 5000);
  expect(sightings.unchangedSinceMs(changed)).toBe(5000);
});

test("a wish or a checkpoint alone is no sign of life", () => {
  const sightings = new LeaseSightings();
  const lease = nativeLease(0, "a", { counter: 4 });
  sightings.note([lease], 1000);
  sightings.note([{ ...lease, wantedBy: "b" }], 5000);
  expect(sightings.unchangedSinceMs(lease)).toBe(1000);
});

test("a lease that was gone from a listing is seen for the first time again", () => {
  const sightings = new LeaseSightings();
  const lease = nativeLease(0, "a");
  sightings.note([lease], 1000);
  sightings.note([], 2000);
  sightings.note([lease], 3000);
  expect(sightings.unchangedSinceMs(lease)).toBe(3000);
});

test("a lease that was never seen has not stood still for any time", () => {
  expect(new LeaseSightings().unchangedSinceMs(leaseOf(0))).toBe(Number.POSITIVE_INFINITY);
});
