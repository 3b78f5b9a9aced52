// A subscription that is silent, or not read, for too long must not pass.
import { expect, test } from "vitest";
import type { EntryOf, SubscriptionNews } from "../evidence/journal-entry.ts";
import { entry, show } from "./shown.ts";
import { SilentSubscription } from "./silent-subscription.ts";

/** On a clock that is the worker's, too. */
function world() {
  let nowMs = 0;
  const checker = new SilentSubscription({ nowMs: () => nowMs, ownTimeMs: () => nowMs });
  const at = (atMs: number, what: Exclude<SubscriptionNews["what"], "refused" | "failed">) => {
    nowMs = atMs;
    const one: EntryOf<"subscription"> = entry("subscription", { localMs: atMs, news: { what } });
    show(checker, one);
  };
  const look = (atMs: number): void => {
    nowMs = atMs;
    checker.look();
  };
  const live = (what: EntryOf<"life">["what"], forMs = 0): void =>
    show(checker, entry("life", { atMs: nowMs, what, forMs }));
  return { at, live, look };
}

test("a subscription that brings nothing is left within 20 seconds", () => {
  const { at, look } = world();
  at(0, "asked");
  at(19_000, "accepted");
  at(19_000, "awaited");
  at(39_000, "left");
  look(100_000);
  at(100_000, "awaited");
  look(120_000);
  expect(() => look(121_000)).toThrow(
    "the subscription of w to shard has brought nothing for 21.0 s",
  );
  expect(() => at(121_000, "pushed")).toThrow("has brought nothing");
});

test("one that is not read within four minutes", () => {
  const { at, look } = world();
  at(0, "pushed");
  look(240_000);
  expect(() => look(241_000)).toThrow("the subscription of w to shard was not read for 241.0 s");
});

test("who stands still does it right afterwards", () => {
  const { at, live, look } = world();
  at(0, "awaited");
  live("paused", 30_000);
  look(29_999);
  look(30_000);
  expect(() => look(30_200)).toThrow("has brought nothing for 30.2 s");
});

test("who was killed leaves nothing any more", () => {
  const { at, live, look } = world();
  at(0, "awaited");
  live("killed");
  look(100_000);
});
