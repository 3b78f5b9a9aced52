import { expect, test } from "vitest";
import { World } from "../world.ts";

const MIXED = Array.from({ length: 60 }, (_, at) => at + 1).filter((seed) => {
  return new World({ seed }).odds.kcl.workers > 0;
});

test.each(MIXED.slice(0, 3))(
  "world %i, in which workers of the KCL take part, holds",
  { timeout: 60_000 },
  async (seed) => {
    const { broken, faults, story } = await new World({ seed }).run();
    expect(broken, story.join("\n")).toBeUndefined();
    expect(faults.get("lease that the KCL takes")).toBeGreaterThan(0);
  },
);
