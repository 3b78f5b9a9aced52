import { describe, expect, test } from "vitest";
import { FAILOVER_MS, Fleet } from "../support/fleet.ts";
import { failed } from "../support/failures.ts";
import { aggregateOf } from "../support/kinesis-records.ts";
import { positionOf } from "../support/leases.ts";
import { range } from "../support/lease-views.ts";

describe("a restart", () => {
  test("goes on exactly behind the checkpoint", async () => {
    const fleet = new Fleet(1);
    await fleet.put(range(10).map((i) => `r${i}`));
    const first = fleet.start("a", { batch: { maxRecords: 3 } });
    await fleet.clock.advance(1000);
    first.stop();
    await fleet.clock.advance(100);
    await fleet.put(["r10", "r11"]);
    fleet.start("b");
    await fleet.clock.advance(1000);
    expect(fleet.texts).toEqual(range(12).map((i) => `r${i}`));
  });

  test.each(range(9).map((i) => i + 1))(
    "80 mid-aggregate-resume: goes on inside an aggregate of ten, %i records into it",
    async (maxRecords) => {
      const fleet = new Fleet(1);
      await fleet.putData(aggregateOf(range(10).map((i) => ({ text: `r${i}` }))));
      const first = fleet.start("a", {
        batch: { maxRecords },
        handle: () => {
          first.stop();
        },
      });
      await fleet.clock.advance(1000);
      expect(fleet.texts).toHaveLength(maxRecords);
      expect(fleet.table.snapshot()[0]?.checkpoint.subSequenceNumber).toBe(maxRecords - 1);
      fleet.start("b");
      await fleet.clock.advance(1000);
      expect(fleet.texts).toEqual(range(10).map((i) => `r${i}`));
    },
  );

  test("from a checkpoint that has aged out goes on with the oldest record there is", async () => {
    const fleet = new Fleet(1);
    await fleet.put(["handled"]);
    const first = fleet.start("a");
    await fleet.clock.advance(1000);
    first.stop();
    await fleet.clock.advance(25 * 3_600_000);
    await fleet.put(["next"]);
    fleet.start("b");
    await fleet.clock.advance(1000);
    expect(fleet.texts).toEqual(["handled", "next"]);
  });

  test("does not fall back to startAt, whatever that says", async () => {
    const fleet = new Fleet(1);
    await fleet.put(["one"]);
    const first = fleet.start("a");
    await fleet.clock.advance(1000);
    first.stop();
    await fleet.clock.advance(1000);
    await fleet.put(["two"]);
    fleet.start("b", { startAt: "LATEST" });
    await fleet.clock.advance(1000);
    expect(fleet.texts).toEqual(["one", "two"]);
  });
});

describe("LATEST", () => {
  test("skips what was there and reads what comes", async () => {
    const fleet = new Fleet(2);
    await fleet.put(["old"]);
    await fleet.clock.advance(5000);
    fleet.start("a", { startAt: "LATEST" });
    await fleet.clock.advance(500);
    await fleet.put(["new"]);
    await fleet.clock.advance(2000);
    expect(fleet.texts).toEqual(["new"]);
    // Nothing was read of the other shard: its lease knows since when nothing may be missed.
    expect(fleet.table.snapshot().map(({ latestSinceMs }) => latestSinceMs)).toEqual(
      Array.from({ length: 2 }, () => 1_700_000_005_000),
    );
  });

  test("loses nothing when the worker that began it crashes before its first checkpoint", async () => {
    const fleet = new Fleet(1);
    await fleet.put(["old"]);
    await fleet.clock.advance(5000);
    const a = fleet.start("a", {
      startAt: "LATEST",
      handle: () => new Promise<void>(() => undefined),
    });
    await fleet.clock.advance(2000);
    await fleet.put(["in doubt"]);
    await fleet.clock.advance(2000);
    a.crash();
    await fleet.put(["in between"]);
    fleet.start("b", { startAt: "LATEST" });
    await fleet.clock.advance(2 * FAILOVER_MS);
    expect(fleet.delivered.filter(({ worker }) => worker === "b").map(({ text }) => text)).toEqual([
      "in doubt",
      "in between",
    ]);
  });

  test("loses nothing when it is drained before the first record, and another one comes late", async () => {
    const fleet = new Fleet(1);
    const a = fleet.start("a", { startAt: "LATEST" });
    await fleet.clock.advance(2000);
    a.stop();
    await fleet.clock.advance(60_000);
    await fleet.put(["while nobody was there"]);
    await fleet.clock.advance(60_000);
    fleet.start("b", { startAt: "LATEST" });
    await fleet.clock.advance(2000);
    expect(fleet.texts).toEqual(["while nobody was there"]);
  });

  test("loses nothing when the first iterator is long in coming", async () => {
    const fleet = new Fleet(1);
    let refusals = 3;
    fleet.start("a", {
      startAt: "LATEST",
      kinesisFaults: {
        getShardIterator: async (next, ...args) => {
          refusals -= 1;
          if (refusals >= 0) throw failed("throttled");
          return next(...args);
        },
      },
    });
    await fleet.clock.advance(50);
    await fleet.put(["while it was throttled"]);
    await fleet.clock.advance(5000);
    expect(fleet.texts).toEqual(["while it was throttled"]);
  });

  test("loses nothing when the first iterator expires unused", async () => {
    const fleet = new Fleet(1);
    let failures = 20;
    fleet.start("a", {
      startAt: "LATEST",
      kinesisFaults: {
        getRecords: async (next, ...args) => {
          failures -= 1;
          if (failures >= 0) throw failed("unreachable");
          return next(...args);
        },
      },
    });
    await fleet.clock.advance(1000);
    await fleet.put(["while Kinesis was away"]);
    await fleet.clock.advance(900_000);
    expect(fleet.texts).toEqual(["while Kinesis was away"]);
  });
});

describe("AT_TIMESTAMP", () => {
  test("reads from that time on, and writes it down for whoever continues", async () => {
    const fleet = new Fleet(1);
    await fleet.put(["before"]);
    await fleet.clock.advance(10_000);
    const startAt = new Date(fleet.clock.wallTimeMs());
    await fleet.clock.advance(10_000);
    await fleet.put(["after"]);
    const a = fleet.start("a", { startAt, handle: () => new Promise<void>(() => undefined) });
    await fleet.clock.advance(1000);
    expect(fleet.texts).toEqual(["after"]);
    expect(fleet.table.snapshot()[0]).toMatchObject({
      checkpoint: positionOf("AT_TIMESTAMP"),
      initialTimestampMs: startAt.getTime(),
    });
    a.crash();
    // Configured otherwise, but the time that was written down counts.
    fleet.start("b", { startAt: new Date(fleet.clock.wallTimeMs()) });
    await fleet.clock.advance(2 * FAILOVER_MS);
    expect(fleet.texts).toEqual(["after", "after"]);
  });

  test("48 init: leases those shards that were open at that time, and reads what followed on them", async () => {
    const fleet = new Fleet(1);
    await fleet.put(["parent"]);
    await fleet.clock.advance(10_000);
    const startAt = new Date(fleet.clock.wallTimeMs());
    await fleet.clock.advance(10_000);
    await fleet.put(["parent, in time"]);
    await fleet.split(0, 2n ** 127n);
    await fleet.put(["child"]);
    fleet.start("a", { startAt });
    await fleet.clock.advance(5000);
    expect(fleet.texts).toEqual(["parent, in time", "child"]);
  });
});
