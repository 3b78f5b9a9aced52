// A shard that is said to be missing, and is there.
import { expect, test } from "vitest";
import { failed } from "../support/failures.ts";
import { positionOf } from "../support/leases.ts";
import { newRunner } from "../support/shard-running.ts";

test("59 parent-shard-gone: a shard whose stream was away for a moment is not at its end", async () => {
  let isAway = true;
  const { clock, endings, events, item, put, start } = await newRunner({
    kinesisFaults: {
      getRecords: () => Promise.reject(failed("missing")),
      listShards: (next, ...args) => {
        const isFirst = isAway;
        isAway = false;
        return isFirst ? Promise.reject(failed("missing")) : next(...args);
      },
    },
  });
  await put("unread");
  const run = start();
  await clock.advance(0);
  expect([run.state(), endings()]).toEqual(["resolved", 0]);
  expect(events.of("shardAgedOut")).toEqual([]);
  expect(events.of("shardStalled")).toMatchObject([
    { reason: "the shard was missing for a moment" },
  ]);
  expect(item().checkpoint).toEqual(positionOf("TRIM_HORIZON"));
  expect(item().owner).toBeUndefined();
});
