// A shard that is still polled must not pass.
import type { Lease } from "@shardline/consumer";
import { SHARD_END } from "@shardline/core";
import { expect, test } from "vitest";
import { entry, lease, show } from "./shown.ts";
import { SubscribedAtRest } from "./subscribed-at-rest.ts";

const ending = entry("phase", { atMs: 20_000, phase: "ending" });
const owned = (shardId = "shard", fields: Partial<Lease> = {}): Lease =>
  lease(shardId, { owner: "w", ...fields });

test("left alone, the owner of a lease has a subscription", () => {
  const checker = new SubscribedAtRest(() => [owned(), lease("free")]);
  expect(() => show(checker, ending)).toThrow(
    "w has no subscription to shard, though nothing disturbs it",
  );
  show(checker, entry("subscription"), ending);
});

test("but for the moment between two", () => {
  const over = entry("subscription", { atMs: 10_000, news: { what: "ended" } });
  show(new SubscribedAtRest(() => [owned()]), over, ending);
  const long = { ...over, atMs: 9999 };
  expect(() => show(new SubscribedAtRest(() => [owned()]), long, ending)).toThrow("shard");
});

test("who polls beside his subscription is seen once nothing is to move any more", () => {
  const checker = new SubscribedAtRest(() => []);
  show(checker, entry("read", { process: "w", shardId: "shard" }));
  show(checker, entry("phase", { phase: "settled" }));
  expect(() => show(checker, entry("read", { process: "w", shardId: "shard" }))).toThrow(
    "w polls shard, though nothing disturbs its subscription",
  );
});

test("a shard that has ended is read by nobody", () => {
  show(new SubscribedAtRest(() => [owned("shard", { checkpoint: SHARD_END })]), ending);
});
