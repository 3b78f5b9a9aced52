import { sleep } from "@shardline/core";
import { describe, expect, test } from "vitest";
import { FAILOVER_MS, Fleet } from "../support/fleet.ts";
import { failed } from "../support/failures.ts";
import { aggregateOf } from "../support/kinesis-records.ts";
import { leaseOf, positionOf, shardIdOf } from "../support/leases.ts";
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

  test("of a lease that a worker of the KCL made loses nothing while onShardStarted takes its time", async () => {
    const fleet = new Fleet(1);
    const { signal } = new AbortController();
    await fleet.table.create(leaseOf(0, { checkpoint: positionOf("LATEST") }), signal);
    await fleet.put(["old"]);
    await fleet.clock.advance(5000);
    fleet.start("a", {
      startAt: "LATEST",
      hooks: { onShardStarted: () => sleep(fleet.clock, 20_000, signal) },
    });
    await fleet.clock.advance(10_000);
    await fleet.put(["while the application got ready"]);
    await fleet.clock.advance(20_000);
    expect(fleet.texts).toEqual(["while the application got ready"]);
  });

  test("of a lease that a worker of the KCL made loses nothing while its parents cannot be looked at", async () => {
    const fleet = new Fleet(1);
    await fleet.split(0, 2n ** 127n);
    const { signal } = new AbortController();
    for (const n of [1, 2]) {
      const lease = { checkpoint: positionOf("LATEST"), parentShardIds: [shardIdOf(0)] };
      await fleet.table.create(leaseOf(n, lease), signal);
    }
    await fleet.clock.advance(5000);
    let refusals = 20;
    fleet.start("a", {
      startAt: "LATEST",
      tableFaults: {
        get: async (next, ...args) => {
          refusals -= 1;
          if (refusals >= 0) throw failed("throttled");
          return next(...args);
        },
      },
    });
    await fleet.clock.advance(3000);
    expect(fleet.owners).toEqual(["a", "a"]);
    await fleet.put(["while the table was throttled"]);
    await fleet.clock.advance(60_000);
    expect(fleet.texts).toEqual(["while the table was throttled"]);
  });
});

describe("pinned: LATEST is the time of the first start, whoever crashes before the first checkpoint", () => {
  /** Every call to the table takes a while, so that there is a time between any two. */
  const CALL_MS = 700;

  /** Worker "a" crashes when it has come to some call; "b" follows late. */
  async function crashedAt(
    isReached: (call: string, calls: number) => boolean,
    reshard?: (fleet: Fleet) => Promise<void>,
  ): Promise<Fleet> {
    const fleet = new Fleet(3);
    await fleet.put(["old"], "k0");
    await fleet.clock.advance(10_000);
    const counts = new Map<string, number>();
    const a = fleet.start("a", {
      startAt: "LATEST",
      tableFaults: {
        create: (next, ...args) => reached("create", () => next(...args)),
        update: (next, ...args) => reached("update", () => next(...args)),
      },
      handle: () => new Promise<void>(() => undefined),
    });
    const reached = async <T>(call: string, proceed: () => Promise<T>): Promise<T> => {
      const calls = (counts.get(call) ?? 0) + 1;
      counts.set(call, calls);
      if (isReached(call, calls)) {
        a.crash();
        return new Promise(() => undefined);
      }
      await sleep(a.process, CALL_MS, new AbortController().signal);
      return proceed();
    };
    await fleet.clock.advance(100);
    for (const i of range(12)) await fleet.put([`at once ${i}`], `key ${i}`);
    await fleet.clock.advance(8000);
    if (a.process.isAlive) a.crash();
    await reshard?.(fleet);
    for (const i of range(12)) await fleet.put([`later ${i}`], `key ${i}`);
    await fleet.clock.advance(20_000);
    fleet.start("b", { startAt: "LATEST" });
    await fleet.clock.advance(2 * FAILOVER_MS + 5000);
    return fleet;
  }

  const expected = ["at once ", "later "].flatMap((word) => range(12).map((i) => `${word}${i}`));

  function readByTheSecond(fleet: Fleet): string[] {
    const texts = fleet.delivered.flatMap(({ text, worker }) => (worker === "b" ? [text] : []));
    return [...new Set(texts)].sort();
  }

  test.each([
    ["before it took any", (call: string) => call === "update"],
    ["when it had taken one", (call: string, calls: number) => call === "update" && calls === 2],
    ["when it had handled nothing", () => false],
  ])("its leases created, %s", async (_, isReached) => {
    expect(readByTheSecond(await crashedAt(isReached))).toEqual([...expected].sort());
  });

  test.each([2, 3])(
    "when it had created all but a few of its leases: crash at number %i",
    async (number) => {
      let created = 0;
      const fleet = new Fleet(3);
      await fleet.put(["old"]);
      await fleet.clock.advance(10_000);
      const a = fleet.start("a", {
        startAt: "LATEST",
        tableFaults: {
          create: (next, ...args) => {
            created += 1;
            if (created < number) return next(...args);
            a.crash();
            return new Promise(() => undefined);
          },
        },
      });
      await fleet.clock.advance(1000);
      expect(fleet.table.snapshot()).toHaveLength(number - 1);
      // A shard without a lease is split meanwhile, and records come before and after.
      for (const i of range(12)) await fleet.put([`at once ${i}`], `key ${i}`);
      await fleet.split(2, 2n ** 128n - 2n ** 126n);
      for (const i of range(12)) await fleet.put([`later ${i}`], `key ${i}`);
      await fleet.clock.advance(60_000);
      fleet.start("b", { startAt: "LATEST" });
      await fleet.clock.advance(2 * FAILOVER_MS + 5000);
      expect(readByTheSecond(fleet)).toEqual([...expected].sort());
    },
  );

  test("a lease that is deleted by hand is read again from then on, and no record is missed", async () => {
    const fleet = new Fleet(1);
    await fleet.put(["old"]);
    await fleet.clock.advance(10_000);
    fleet.start("a", { startAt: "LATEST" });
    await fleet.clock.advance(1000);
    await fleet.put(["handled"]);
    await fleet.clock.advance(5000);
    const { key } = fleet.table.snapshot()[0] as { key: string };
    await fleet.table.delete(key, {}, new AbortController().signal);
    await fleet.put(["while it was gone"]);
    await fleet.clock.advance(120_000);
    expect(new Set(fleet.texts)).toEqual(new Set(["handled", "while it was gone"]));
  });
});

describe("a worker whose clock is ahead", () => {
  test("begins at LATEST, because the service does not know the time yet", async () => {
    const fleet = new Fleet(1);
    await fleet.put(["old"]);
    await fleet.clock.advance(5000);
    const refused: unknown[] = [];
    fleet.start("a", {
      startAt: "LATEST",
      kinesisFaults: {
        getShardIterator: (next, request, signal) => {
          const { start } = request;
          if (start.type !== "AT_TIMESTAMP") return next(request, signal);
          refused.push(start.timestampMs);
          const timestampMs = start.timestampMs + 60_000;
          return next({ ...request, start: { ...start, timestampMs } }, signal);
        },
      },
    });
    await fleet.clock.advance(500);
    await fleet.put(["new"]);
    await fleet.clock.advance(3000);
    expect(refused).toHaveLength(1);
    expect(fleet.texts).toEqual(["new"]);
  });
});

describe("AT_TIMESTAMP", () => {
  test("that is made anew at each start leaves nothing out: leases created late begin at the first one", async () => {
    let created = 0;
    const fleet = new Fleet(2);
    const hourAgo = () => new Date(fleet.clock.wallTimeMs() - 3_600_000);
    await fleet.clock.advance(2 * 3_600_000);
    for (const i of range(12)) await fleet.put([`r${i}`], `key ${i}`);
    await fleet.clock.advance(1000);
    const a = fleet.start("a", {
      startAt: hourAgo(),
      tableFaults: {
        create: (next, ...args) => {
          created += 1;
          if (created === 1) return next(...args);
          a.crash();
          return new Promise(() => undefined);
        },
      },
    });
    const pinnedMs = hourAgo().getTime();
    await fleet.clock.advance(2 * 3_600_000);
    const b = fleet.start("b", { startAt: hourAgo() });
    await fleet.clock.advance(2 * FAILOVER_MS);
    expect(fleet.texts).toHaveLength(12);
    expect(fleet.table.snapshot().map(({ initialTimestampMs }) => initialTimestampMs)).toEqual([
      pinnedMs,
      pinnedMs,
    ]);
    expect(b.told("startAtIgnored")).toMatchObject([{ initialTimestampMs: pinnedMs }]);
    expect(b.told("startAtIgnored")[0]?.shardIds).toHaveLength(1);
  });

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
