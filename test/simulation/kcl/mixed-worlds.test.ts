import { expect, test } from "vitest";
import { World } from "../world.ts";

test.each([1, 2, 3])(
  "world %i holds with two workers of the KCL in it",
  { timeout: 60_000 },
  async (seed) => {
    const odds = { kcl: { workers: 2 } };
    const { broken, events, story } = await new World({ seed, odds }).run();
    expect(broken, story.join("\n")).toBeUndefined();
    expect(events.get("lease that the KCL takes")).toBeGreaterThan(0);
  },
);
