// A subscription that is asked for too soon must not pass.
import { expect, test } from "vitest";
import type { EntryOf } from "../evidence/journal-entry.ts";
import { entry, show } from "./shown.ts";
import { SubscriptionPace } from "./subscription-pace.ts";

const asked = (localMs: number, number = 1): EntryOf<"subscription"> =>
  entry("subscription", { localMs, number });
const accepted = (localMs: number, number = 1): EntryOf<"subscription"> =>
  entry("subscription", { localMs, number, news: { what: "accepted" } });

test("subscriptions to a shard are a second apart", () => {
  const checker = new SubscriptionPace();
  show(checker, asked(0), asked(1000, 2));
  expect(() => show(checker, asked(1999, 3))).toThrow(
    "w subscribes to shard 999 ms after it did last, 1000 ms at least are to pass",
  );
});

test("and five seconds behind one that was accepted", () => {
  const checker = new SubscriptionPace();
  show(checker, asked(0), accepted(40), asked(5040, 2));
  expect(() => show(checker, accepted(5050, 2), asked(10_000, 3))).toThrow(
    "4950 ms after one was accepted",
  );
});

test("the first under a new lease may come at once, whatever becomes of the last under the old one", () => {
  const taken = entry("lease", { fields: { shardId: "shard" } });
  show(new SubscriptionPace(), asked(0), taken, accepted(1), asked(2, 2));
});

test("and so may the first of another worker of that name", () => {
  show(new SubscriptionPace(), asked(900), entry("life"), asked(0));
});
