// Worlds in which one fleet reads many streams, which come and go while everything else goes wrong as well.
import { expect, test } from "vitest";
import type { OddsPatch } from "./odds.ts";
import { World } from "./world.ts";

const odds: OddsPatch = {
  kcl: { workers: 0 },
  recreation: { everyMs: Number.POSITIVE_INFINITY },
  streams: {
    streams: 3,
    source: "function",
    addedAfterMs: 60_000,
    removedMs: 60_000,
    maxRemovedMs: 30_000,
    deleteAfterMs: 60_000,
    shortAnswer: 0.05,
    failedAnswer: 0.05,
    emptyAnswer: 0.05,
    troubleMs: 60_000,
  },
};

test.each([3, 24])(
  "world %i holds: streams come and go, each is read, and none is in the way of another",
  { timeout: 120_000 },
  async (seed) => {
    const { broken, faults, story } = await new World({ seed, odds, hours: 1 / 10 }).run();
    expect(broken, story.join("\n")).toBeUndefined();
    for (const fault of ["stream added", "stream taken out", "stream in trouble"] as const) {
      expect(faults.get(fault)).toBeGreaterThan(0);
    }
  },
);

test("a world holds in which the shards of many streams are subscribed to", {
  timeout: 120_000,
}, async () => {
  const push = { consumerMs: 20_000, deregisteredMs: 60_000, cutMs: 60_000, silentMs: 60_000 };
  const subscribed: OddsPatch = { ...odds, reading: { mode: "fan-out" }, push };
  const world = new World({ seed: 5, odds: subscribed, hours: 1 / 10 });
  const { broken, events, faults, story } = await world.run();
  expect(broken, story.join("\n")).toBeUndefined();
  expect(faults.get("stream consumer deregistered")).toBeGreaterThan(0);
  expect(faults.get("stream in trouble")).toBeGreaterThan(0);
  expect(events.get("subscription ended")).toBeGreaterThan(0);
});
