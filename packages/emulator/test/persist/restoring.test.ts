// A restore is checked as a whole before anything is given up for it, and what it brings counts only from then on.
import { type RunningEmulator, startEmulator } from "@shardline/emulator";
import { describe, expect, test } from "vitest";
import { rewrite } from "../support/altered-snapshot.ts";
import { fullDisk } from "../support/failing-disk.ts";
import { contentOf, newKept, putTexts } from "../support/kept.ts";

const MIB = 1024 * 1024;
const YEAR_MS = 365 * 24 * 3_600_000;

/** A snapshot of so many records of 1 MiB, under a clock that was moved so often by so many years. */
async function snapshotOf(records: number, moves = 0, years = 0): Promise<Uint8Array> {
  await using kept = newKept();
  const emulator = await kept.start({ streams: { s: 1 } });
  for (let i = 0; i < moves; i += 1) emulator.clock.advance(years * YEAR_MS);
  fill(emulator, records);
  return emulator.snapshot();
}

function fill(emulator: RunningEmulator, records: number): void {
  const data = new Uint8Array(MIB - 1);
  for (let i = 0; i < records; i += 1) emulator.inject("s", [{ partitionKey: "k", data }]);
}

/** What is stored, by what can be read. */
function readableBytes(emulator: RunningEmulator): number {
  const records = emulator.inspect("s")?.shards.flatMap((shard) => shard.records) ?? [];
  return records.reduce((sum, { data, partitionKey = "" }) => {
    return sum + data.length + Buffer.byteLength(partitionKey);
  }, 0);
}

describe("the clock of a snapshot", () => {
  test.each(["in memory", "in a folder"])(
    "is taken up %s, also where it is further ahead than one move may go",
    async (where) => {
      const snapshot = await snapshotOf(1, 2, 60);
      await using kept = newKept();
      const { clock } = kept;
      const streams = { mine: 1 };
      await using emulator = await (where === "in memory"
        ? startEmulator({ clock, streams })
        : kept.start({ streams }));
      const beforeMs = emulator.clock.wallTimeMs();
      await emulator.restore(snapshot);
      expect(emulator.clock.wallTimeMs() - beforeMs).toBe(120 * YEAR_MS);
      expect(emulator.inspect("mine")).toBeUndefined();
      expect(emulator.inspect("s")?.shards[0]?.records).toHaveLength(1);
    },
  );

  test("that is less far ahead leaves the clock as it is", async () => {
    await using emulator = await startEmulator();
    emulator.clock.advance(YEAR_MS);
    const beforeMs = emulator.clock.nowMs();
    await emulator.restore(await snapshotOf(1));
    expect(emulator.clock.nowMs()).toBeGreaterThanOrEqual(beforeMs);
    expect(emulator.clock.nowMs()).toBeLessThan(beforeMs + YEAR_MS);
  });

  test("fires the timers that it passes", async () => {
    await using kept = newKept();
    const emulator = await kept.start();
    const fired: string[] = [];
    emulator.clock.startTimer(YEAR_MS, () => fired.push("a year"));
    await emulator.restore(await snapshotOf(1, 1, 1));
    await kept.clock.advance(0);
    expect(fired).toEqual(["a year"]);
  });

  test.each([-1, 1e300, 2001 * YEAR_MS])(
    "is refused where it says %f, and nothing is changed",
    async (movedMs) => {
      const snapshot = rewrite(await snapshotOf(1, 1, 1), (change) => {
        if (change["kind"] === "clock") change["movedMs"] = movedMs;
      });
      await using kept = newKept();
      const emulator = await kept.start({ streams: { s: 2 } });
      await putTexts(emulator, ["a"]);
      const before = contentOf(emulator);
      await expect(emulator.restore(snapshot)).rejects.toMatchObject({
        code: "PERSISTENCE_FAILED",
        message: expect.stringContaining("movedMs must be a number from 0") as string,
      });
      expect(contentOf(emulator)).toEqual(before);
      await putTexts(emulator, ["b"]);
    },
  );

  test("cannot be moved on for ever", async () => {
    await using emulator = await startEmulator();
    for (let i = 0; i < 20; i += 1) emulator.clock.advance(100 * YEAR_MS);
    expect(() => emulator.clock.advance(1)).toThrow("byMs must be a number from 0 to 0, got 1");
    await using other = await startEmulator();
    await other.restore(emulator.snapshot());
    await other.call("CreateStream", { StreamName: "s", ShardCount: 1 });
  });
});

describe("while a restore waits for a snapshot that is being written", () => {
  const LIMITS = { maxBytes: 10 * MIB, streams: { s: 1 } };

  test.each(["refuse", "drop-oldest"] as const)(
    "puts have the room that they had before (%s)",
    async (whenFull) => {
      const snapshot = await snapshotOf(9);
      await using kept = newKept();
      const persist = { folder: kept.folder, maxLogBytes: MIB };
      const emulator = await kept.start({ ...LIMITS, whenFull, persist });
      fill(emulator, 3);
      const restoring = emulator.restore(snapshot);
      await putTexts(emulator, ["meanwhile"]);
      expect(emulator.stats().droppedRecords).toBe(0);
      await restoring;
      expect(emulator.stats()).toEqual({ storedBytes: readableBytes(emulator), droppedRecords: 0 });
      expect(readableBytes(emulator)).toBe(9 * MIB);
    },
  );

  test("and is refused at last, nothing of it stays in memory", async () => {
    const snapshot = await snapshotOf(9);
    await using kept = newKept();
    const persist = { folder: kept.folder, maxLogBytes: MIB };
    const emulator = await kept.start({ ...LIMITS, persist });
    fill(emulator, 3);
    const restoring = emulator.restore(snapshot);
    {
      using _full = fullDisk();
      await expect(putTexts(emulator, ["meanwhile"])).rejects.toThrow("ENOSPC");
    }
    await expect(restoring).rejects.toMatchObject({ code: "PERSISTENCE_FAILED" });
    expect(emulator.stats().storedBytes).toBe(readableBytes(emulator));
  });
});
