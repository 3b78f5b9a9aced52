import fc from "fast-check";
import { expect, test } from "vitest";
import { CheckpointTracker } from "../../src/checkpoint/checkpoint-tracker.ts";
import { positionOf } from "../support/leases.ts";

const START = positionOf(1);

test("at first everything up to the start is done, and nothing is open", () => {
  const tracker = new CheckpointTracker(START);
  expect(tracker.safe).toEqual(START);
  expect(tracker.isSettled).toBe(true);
});

test("71 watermark-gap: what is done beyond a gap does not count before the gap is closed", () => {
  const tracker = new CheckpointTracker(START);
  const [a, b, c] = [2, 3, 4].map((n) => tracker.handOut(positionOf(n)));
  if (a === undefined || b === undefined || c === undefined) throw new Error("three deliveries");
  tracker.complete(c);
  tracker.complete(b);
  expect(tracker.safe).toEqual(START);
  expect(tracker.isSettled).toBe(false);
  tracker.complete(a);
  expect(tracker.safe).toEqual(positionOf(4));
  expect(tracker.isSettled).toBe(true);
});

test("70 partial-batch: a part that is done counts, unless something before it is open", () => {
  const tracker = new CheckpointTracker(START);
  const [a, b] = [4, 8].map((n) => tracker.handOut(positionOf(n)));
  if (a === undefined || b === undefined) throw new Error("two deliveries");
  tracker.complete(b, positionOf(6));
  expect(tracker.safe).toEqual(START);
  tracker.complete(a, positionOf(3));
  expect(tracker.safe).toEqual(positionOf(3));
  tracker.complete(a);
  expect([tracker.safe, tracker.isSettled]).toEqual([positionOf(6), false]);
  tracker.complete(b);
  expect([tracker.safe, tracker.isSettled]).toEqual([positionOf(8), true]);
});

test("71 watermark-gap: the oldest that is not done, and how many are behind it, done or not", () => {
  const tracker = new CheckpointTracker(START);
  const origin = { arrivedAtMs: 1, sinceMs: 2 };
  const [a, b] = [tracker.handOut(positionOf(2), origin), tracker.handOut(positionOf(3))];
  tracker.handOut(positionOf(4));
  tracker.complete(b);
  expect([tracker.oldest?.origin, tracker.pending]).toEqual([origin, 3]);
  tracker.complete(a);
  expect([tracker.oldest?.upTo, tracker.pending]).toEqual([positionOf(4), 1]);
});

test("who still has something that is done keeps nothing that came after it", () => {
  const tracker = new CheckpointTracker(START);
  const [a] = [tracker.handOut(positionOf(2)), tracker.handOut(positionOf(3))];
  expect(a?.next).toBeDefined();
  if (a !== undefined) tracker.complete(a);
  expect(a?.next).toBeUndefined();
});

test("what is said to be done twice is done once", () => {
  const tracker = new CheckpointTracker(START);
  const first = tracker.handOut(positionOf(2));
  tracker.complete(first);
  const second = tracker.handOut(positionOf(3));
  tracker.complete(first);
  expect([tracker.safe, tracker.isSettled]).toEqual([positionOf(2), false]);
  tracker.complete(second);
  expect([tracker.safe, tracker.isSettled]).toEqual([positionOf(3), true]);
});

test("S4: in whatever order things get done, the safe position is that before the first one open", () => {
  const arbitrary = fc.integer({ min: 1, max: 30 }).chain((count) =>
    fc.record({
      count: fc.constant(count),
      order: fc.shuffledSubarray(Array.from({ length: count }, (_, i) => i)),
    }),
  );
  fc.assert(
    fc.property(arbitrary, ({ count, order }) => {
      const tracker = new CheckpointTracker(START);
      const positions = Array.from({ length: count }, (_, i) => positionOf(10 + (i >> 1), i & 1));
      const deliveries = positions.map((upTo) => tracker.handOut(upTo));
      const done = new Set<number>();
      for (const i of order) {
        const delivery = deliveries[i];
        if (delivery === undefined) throw new Error("no such delivery");
        tracker.complete(delivery);
        done.add(i);
        const open = positions.findIndex((_, j) => !done.has(j));
        const last = open < 0 ? count - 1 : open - 1;
        expect(tracker.safe).toEqual(last < 0 ? START : positions[last]);
        expect(tracker.isSettled).toBe(open < 0);
      }
    }),
    { numRuns: 100 },
  );
});
