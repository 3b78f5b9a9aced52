// Worlds whose stream is deleted and created again while everything else goes wrong as well.
import { expect, test } from "vitest";
import { World } from "./world.ts";

test.each([8, 25])(
  "world %i holds: of the stream that was created again nothing is lost, and no old position is used in it",
  { timeout: 60_000 },
  async (seed) => {
    const odds = {
      recreation: { everyMs: 100_000 },
      kcl: { workers: 0 },
      streams: { streams: 1 },
      application: { startAt: "TRIM_HORIZON" as const },
    };
    const { broken, events, faults, story } = await new World({ seed, odds }).run();
    expect(broken, story.join("\n")).toBeUndefined();
    expect(faults.get("stream deleted")).toBeGreaterThan(0);
    expect(events.get("worker ended by a deleted stream")).toBeGreaterThan(0);
  },
);
