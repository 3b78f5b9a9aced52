// A second subscription, or one that outlives what it is for, must not pass.
import { expect, test } from "vitest";
import type { EntryOf, SubscriptionNews } from "../evidence/journal-entry.ts";
import { OneSubscription } from "./one-subscription.ts";
import { entry, show } from "./shown.ts";

const subscription = (
  what: Exclude<SubscriptionNews["what"], "refused" | "failed">,
): EntryOf<"subscription"> => entry("subscription", { news: { what } });
const failed = entry("subscription", { news: { what: "failed", failure: "transient" } });
const lost = entry("lease", { what: "leaseLost", fields: { shardId: "shard" } });
const stopped = entry("life", { what: "stopped" });

test("a worker has one subscription to a shard", () => {
  const checker = new OneSubscription();
  show(checker, subscription("asked"), failed, subscription("asked"));
  show(checker, entry("subscription", { shardId: "other" }), subscription("accepted"));
  expect(() => show(checker, subscription("asked"))).toThrow(
    "w subscribes to shard, to which it has a subscription",
  );
});

test.each([
  ["has lost it", lost],
  ["has ended", stopped],
])("and none when it %s", (_, end) => {
  show(new OneSubscription(), subscription("asked"), subscription("left"), end);
  const checker = new OneSubscription();
  show(checker, subscription("asked"));
  expect(() => show(checker, end)).toThrow("w is done with shard, and has a subscription to it");
});

test("what one had who was killed is nothing of the next one of that name", () => {
  show(new OneSubscription(), subscription("asked"), entry("life"), subscription("asked"));
});
