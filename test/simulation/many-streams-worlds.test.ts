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
