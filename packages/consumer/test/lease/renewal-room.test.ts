import { expect, test } from "vitest";
import { RenewalRoom } from "../../src/lease/renewal-room.ts";
import { range } from "../support/lease-views.ts";

const HANGS_AFTER_MS = 500;

/** After so many refusals without an answer between them. */
function refused(count: number): RenewalRoom<number> {
  const room = new RenewalRoom<number>(HANGS_AFTER_MS);
  for (const _ of range(count)) room.noteRefused();
  return room;
}

/** How many more may be sent at that time; sends them. */
function fill(room: RenewalRoom<number>, nowMs: number, from = 0): number {
  let sent = 0;
  for (; room.isThereAt(nowMs); sent += 1) room.noteSent(from + sent, nowMs);
  return sent;
}

test.each([
  [0, 50],
  [1, 45],
  [5, 30],
  [20, 7],
  [40, 1],
  [1000, 1],
])("after %i refusals there is room for %i", (refusals, most) => {
  expect(fill(refused(refusals), 0)).toBe(most);
});

test("what is renewed makes more room, and what is over gives its own back", () => {
  const room = refused(20);
  expect(fill(room, 0)).toBe(7);
  room.noteOver(0);
  expect(fill(room, 0, 7)).toBe(1);
  for (const _ of range(100)) room.noteRenewed();
  expect(fill(room, 0, 8)).toBe(43);
});

test("what hangs takes no room from others, up to fifty in all", () => {
  const room = refused(40);
  for (const i of range(50)) {
    expect(fill(room, i * HANGS_AFTER_MS, i)).toBe(1);
    expect(room.isThereAt((i + 1) * HANGS_AFTER_MS - 1)).toBe(false);
    const nextAtMs = i < 49 ? (i + 1) * HANGS_AFTER_MS : Number.POSITIVE_INFINITY;
    expect(room.moreAtMs(i * HANGS_AFTER_MS)).toBe(nextAtMs);
  }
  expect(room.isThereAt(1e6)).toBe(false);
  room.noteOver(0);
  expect(fill(room, 1e6, 50)).toBe(1);
});

test("nothing is to be waited for where nothing is under way, or all of it hangs", () => {
  const room = refused(40);
  expect(room.moreAtMs(0)).toBe(Number.POSITIVE_INFINITY);
  room.noteSent(0, 0);
  expect(room.moreAtMs(499)).toBe(500);
  expect(room.moreAtMs(500)).toBe(Number.POSITIVE_INFINITY);
  expect(room.isThereAt(500)).toBe(true);
});
