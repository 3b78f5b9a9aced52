// Worlds whose workers subscribe to shards while everything else goes wrong as well.
import { SeededRandom } from "@shardline/core/testing";
import { expect, test } from "vitest";
import { drawOdds } from "./odds.ts";
import { World } from "./world.ts";

test("in one world of three workers subscribe, in half of them with polling to fall back to", () => {
  const modes = Array.from({ length: 10_000 }, (_, seed) => {
    return drawOdds(new SeededRandom(seed)).reading.mode;
  });
  for (const mode of ["fan-out", "auto"] as const) {
    const share = modes.filter((drawn) => drawn === mode).length / modes.length;
    expect(share).toBeGreaterThan(0.15);
    expect(share).toBeLessThan(0.185);
  }
});

/** So often that no seed comes without. */
const push = { consumerMs: 20_000, deregisteredMs: 60_000, cutMs: 60_000, silentMs: 60_000 };

test.each([
  ["fan-out", 4],
  ["auto", 5],
] as const)(
  "a world in which shards are read by %s holds",
  { timeout: 120_000 },
  async (mode, seed) => {
    const odds = { reading: { mode }, push, kinesis: { isServiceManaged: false } };
    const { broken, events, faults, story } = await new World({ seed, odds }).run();
    expect(broken, story.join("\n")).toBeUndefined();
    expect(faults.get("subscription cut")).toBeGreaterThan(0);
    expect(faults.get("subscription silent")).toBeGreaterThan(0);
    expect(events.get("subscription ended")).toBeGreaterThan(0);
  },
);
