import { expect, test } from "vitest";
import { Turns } from "../../src/lanes/turns.ts";
import { ANY_SIGNAL } from "../support/held.ts";
import { track } from "../support/promises.ts";

/** Lets promises do what they can. */
const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test("there are so many and no more, until one is given back", () => {
  const turns = new Turns(2, ANY_SIGNAL);
  expect([turns.tryTake(), turns.tryTake(), turns.tryTake()]).toEqual([true, true, false]);
  turns.giveBack();
  expect([turns.tryTake(), turns.tryTake()]).toEqual([true, false]);
});

test("who waits gets the next, in the order of waiting, and before those that only try", async () => {
  const turns = new Turns(1, ANY_SIGNAL);
  await turns.take();
  const [first, second] = [track(turns.take()), track(turns.take())];
  turns.giveBack();
  expect(turns.tryTake()).toBe(false);
  await settle();
  expect([first.state(), second.state()]).toEqual(["resolved", "pending"]);
  turns.giveBack();
  await settle();
  expect(second.state()).toBe("resolved");
  turns.giveBack();
  expect([turns.tryTake(), turns.tryTake()]).toEqual([true, false]);
});

test("when the signal aborts, those that wait are refused with its reason, and nobody gets one any more", async () => {
  const ending = new AbortController();
  const turns = new Turns(1, ending.signal);
  await turns.take();
  const waiting = track(turns.take());
  ending.abort("drained");
  turns.giveBack();
  const late = track(turns.take());
  await settle();
  expect([waiting.reason(), late.reason(), turns.tryTake()]).toEqual(["drained", "drained", false]);
});
