import { KinesisError, SHARD_END } from "@shardline/core";
import { describe, expect, test } from "vitest";
import { FAILOVER_MS, Fleet, STREAM } from "../support/fleet.ts";
import { failed } from "../support/failures.ts";
import { ANY_SIGNAL } from "../support/held.ts";
import { leaseOf, positionOf, shardIdOf } from "../support/leases.ts";

/** Between the two looks that prove a stream to be another one. */
const DISBELIEF_MS = 15_000;

/** The stream goes and comes back under its name, some seconds younger. */
async function recreate(fleet: Fleet, shards = 2): Promise<void> {
  await fleet.emulator.call("DeleteStream", { StreamName: STREAM });
  await fleet.clock.advance(5000);
  await fleet.emulator.call("CreateStream", { StreamName: STREAM, ShardCount: shards });
  await fleet.clock.advance(5000);
}

/** An application that has read something and was stopped. */
async function stopped(shards = 2): Promise<Fleet> {
  const fleet = new Fleet(shards);
  await fleet.put(["of the old stream"]);
  const worker = fleet.start("early");
  await fleet.clock.advance(5000);
  worker.stop();
  await fleet.clock.advance(1000);
  expect(fleet.texts).toEqual(["of the old stream"]);
  return fleet;
}

function epochs(fleet: Fleet): Set<number | undefined> {
  return new Set(fleet.table.snapshot().map(({ streamEpoch }) => streamEpoch));
}

describe("63 stream-recreated", () => {
  test("a stream that was created again is refused, and nothing is read or changed", async () => {
    const fleet = await stopped();
    await recreate(fleet);
    await fleet.put(["of the new one"]);
    const before = fleet.table.snapshot();
    const worker = fleet.start("late");
    await fleet.clock.advance(60_000);
    expect(KinesisError.is(worker.run.reason(), "STREAM_RECREATED")).toBe(true);
    expect(worker.run.reason()).toMatchObject({
      message:
        "stream orders was deleted and created again since its leases were made, and their positions mean nothing " +
        'in it; set sync.onStreamRecreated to "reset" to delete them and begin at startAt, or use another application',
      details: { stream: STREAM },
      isRetryable: false,
    });
    expect(fleet.table.snapshot()).toEqual(before);
    expect(fleet.texts).toEqual(["of the old stream"]);
  });

  test("or its old leases are deleted and everything begins anew, if that is wanted", async () => {
    const fleet = await stopped();
    const old = epochs(fleet);
    await recreate(fleet, 1);
    await fleet.put(["of the new one"]);
    const worker = fleet.start("late", { sync: { onStreamRecreated: "reset" } });
    await fleet.clock.advance(2000);
    expect(fleet.texts).toEqual(["of the old stream", "of the new one"]);
    expect(fleet.table.snapshot().map(({ shardId }) => shardId)).toEqual([shardIdOf(0)]);
    expect(epochs(fleet)).not.toEqual(old);
    expect(worker.told("streamRecreated")).toEqual([{ stream: STREAM, leasesDeleted: 2 }]);
    await fleet.clock.advance(120_000);
    expect(worker.run.state()).toBe("pending");
    expect(worker.told("streamRecreated")).toHaveLength(1);
  });

  test("by two workers at once, of which neither deletes what the other has made", async () => {
    const fleet = await stopped(4);
    await recreate(fleet, 4);
    const created: string[] = [];
    const setup = {
      sync: { onStreamRecreated: "reset" as const },
      tableFaults: {
        create: (next, lease, signal) => {
          created.push(lease.key);
          return next(lease, signal);
        },
        // Each is late for the other.
        delete: async (next, key, expectation, signal) => {
          await fleet.clock.advance(0);
          return next(key, expectation, signal);
        },
      },
    } satisfies Parameters<Fleet["start"]>[1];
    fleet.start("a", setup);
    await fleet.clock.advance(50);
    fleet.start("b", setup);
    await fleet.put(["of the new one"]);
    await fleet.clock.advance(30_000);
    expect(fleet.texts).toEqual(["of the old stream", "of the new one"]);
    expect(fleet.table.snapshot()).toHaveLength(4);
    expect(epochs(fleet).size).toBe(1);
  });

  test.each([
    ["a position from before its shard began", positionOf("7")],
    ["the end of a shard that is open", SHARD_END],
  ])(
    "is seen by the leases of a KCL application, which say no time: by %s",
    async (_, checkpoint) => {
      const fleet = new Fleet(1);
      await fleet.put(["of the new one"]);
      await fleet.table.create(leaseOf(0, { checkpoint, counter: 3 }), ANY_SIGNAL);
      const worker = fleet.start("a");
      await fleet.clock.advance(DISBELIEF_MS + 5000);
      expect(KinesisError.is(worker.run.reason(), "STREAM_RECREATED")).toBe(true);
      expect(fleet.table.snapshot()[0]?.checkpoint).toEqual(checkpoint);
      fleet.start("b", { sync: { onStreamRecreated: "reset" } });
      await fleet.clock.advance(DISBELIEF_MS + FAILOVER_MS + 5000);
      expect(fleet.delivered.at(-1)).toMatchObject({ worker: "b", text: "of the new one" });
      expect(epochs(fleet)).toEqual(new Set([Math.floor(fleet.emulatorStartMs / 1000)]));
    },
  );

  test("is not believed of a single listing", async () => {
    let listings = 0;
    const fleet = new Fleet(1);
    await fleet.put(["x"]);
    const shard = fleet.emulator.inspect(STREAM)?.shards[0];
    const checkpoint = positionOf(shard?.startingSequenceNumber ?? "");
    await fleet.table.create(leaseOf(0, { checkpoint }), ANY_SIGNAL);
    const worker = fleet.start("a", {
      kinesisFaults: {
        listShards: async (next, ...args) => {
          listings += 1;
          const answer = await next(...args);
          const shards = answer.shards.map((one) => ({
            ...one,
            startingSequenceNumber: "9".repeat(57),
          }));
          return listings === 1 ? { ...answer, shards } : answer;
        },
      },
    });
    await fleet.clock.advance(60_000);
    expect(listings).toBeGreaterThan(1);
    expect(worker.run.state()).toBe("pending");
    expect(fleet.texts).toEqual(["x"]);
  });

  test("is not believed of listings from before a reshard, though one look after the other meets them", async () => {
    const fleet = new Fleet(1);
    // So that the leases say no time.
    const describeStreamSummary = () => Promise.reject(failed("denied"));
    fleet.start("a", { kinesisFaults: { describeStreamSummary } });
    await fleet.clock.advance(1000);
    const before = await fleet.emulator
      .kinesis()
      .listShards({ stream: { name: STREAM } }, ANY_SIGNAL);
    await fleet.split(0, 2n ** 127n);
    await fleet.clock.advance(5000);
    expect(fleet.table.snapshot().some(({ checkpoint }) => checkpoint === SHARD_END)).toBe(true);
    const untilMs = fleet.clock.nowMs() + 10_000;
    const worker = fleet.start("b", {
      kinesisFaults: {
        listShards: (next, ...args) =>
          fleet.clock.nowMs() < untilMs ? Promise.resolve(before) : next(...args),
      },
    });
    await fleet.clock.advance(60_000);
    expect(worker.run.state()).toBe("pending");
  });

  test("is refused even with a reset, where nothing tells old leases from new ones", async () => {
    const fleet = new Fleet(1);
    const stale = leaseOf(0, { checkpoint: positionOf("7") });
    await fleet.table.create(stale, ANY_SIGNAL);
    const worker = fleet.start("a", {
      sync: { onStreamRecreated: "reset" },
      kinesisFaults: { describeStreamSummary: () => Promise.reject(failed("denied")) },
    });
    await fleet.clock.advance(DISBELIEF_MS + 5000);
    expect(KinesisError.is(worker.run.reason(), "STREAM_RECREATED")).toBe(true);
    expect(fleet.table.snapshot()).toHaveLength(1);
  });

  test("goes unnoticed by nobody who runs: the leader refuses it within a look", async () => {
    const fleet = new Fleet(2);
    let isAway = false;
    const worker = fleet.start("a", {
      kinesisFaults: {
        // Reading is interrupted while the stream is another one.
        getRecords: (next, ...args) =>
          isAway ? Promise.reject(failed("unreachable")) : next(...args),
      },
    });
    await fleet.clock.advance(5000);
    isAway = true;
    await recreate(fleet);
    await fleet.clock.advance(40_000);
    expect(KinesisError.is(worker.run.reason(), "STREAM_RECREATED")).toBe(true);
  });

  test.each(["unreachable", "denied"] as const)(
    "is not forgotten when the stream, asked once more, cannot be described (%s)",
    async (kind) => {
      const fleet = await stopped();
      await recreate(fleet);
      await fleet.put(["of the new one"]);
      const before = fleet.table.snapshot();
      let asked = 0;
      const worker = fleet.start("late", {
        kinesisFaults: {
          describeStreamSummary: (next, ...args) => {
            asked += 1;
            // The second answer is what counts, as the leases may be younger than the first.
            return asked === 2 ? Promise.reject(failed(kind)) : next(...args);
          },
        },
      });
      await fleet.clock.advance(60_000);
      expect(KinesisError.is(worker.run.reason(), "STREAM_RECREATED")).toBe(true);
      expect(asked).toBe(3);
      expect(fleet.table.snapshot()).toEqual(before);
      expect(fleet.texts).toEqual(["of the old stream"]);
    },
  );

  test("leaves the leases of the new stream to a leader that knows the old one, and is not told of the new", async () => {
    const fleet = new Fleet(2);
    let isAway = false;
    const reset = { sync: { onStreamRecreated: "reset" as const } };
    const unless = (): Promise<never> => Promise.reject(failed("unreachable"));
    const worker = fleet.start("a", {
      ...reset,
      kinesisFaults: {
        getRecords: (next, ...args) => (isAway ? unless() : next(...args)),
        describeStreamSummary: (next, ...args) => (isAway ? unless() : next(...args)),
      },
    });
    await fleet.clock.advance(5000);
    isAway = true;
    await recreate(fleet);
    await fleet.put(["of the new one"]);
    fleet.start("b", reset);
    await fleet.clock.advance(120_000);
    expect(worker.told("streamUnidentified").length).toBeGreaterThan(0);
    expect(worker.told("streamRecreated")).toEqual([]);
    expect(epochs(fleet).size).toBe(1);
    expect(fleet.texts).toEqual(["of the new one"]);
  });

  test.each([
    ["once the old ones were deleted", false],
    ["once the old ones were deleted and the stream can be described again", true],
  ])(
    "leaves nothing of its time in the leases that a running worker makes %s",
    async (_, isMute) => {
      const fleet = new Fleet(2);
      let isAway = false;
      let isUnknown = false;
      const unreachable = (): Promise<never> => Promise.reject(failed("unreachable"));
      const worker = fleet.start("a", {
        kinesisFaults: {
          getRecords: (next, ...args) => (isAway ? unreachable() : next(...args)),
          describeStreamSummary: (next, ...args) => (isUnknown ? unreachable() : next(...args)),
        },
      });
      await fleet.clock.advance(5000);
      isAway = true;
      isUnknown = isMute;
      const old = epochs(fleet);
      await recreate(fleet);
      for (const { key } of fleet.table.snapshot()) await fleet.table.delete(key, {}, ANY_SIGNAL);
      isAway = false;
      await fleet.put(["of the new one"]);
      await fleet.clock.advance(60_000);
      expect(fleet.table.snapshot()).toHaveLength(isMute ? 0 : 2);
      expect(worker.told("shardSyncFailed").length > 0).toBe(isMute);
      isUnknown = false;
      await fleet.clock.advance(60_000);
      expect(worker.run.state()).toBe("pending");
      expect(epochs(fleet).size).toBe(1);
      expect(epochs(fleet)).not.toEqual(old);
      expect(fleet.texts).toEqual(["of the new one"]);
    },
  );

  test("is not what a worker takes the new leases for, that has asked about the stream before they were made", async () => {
    const fleet = await stopped();
    let isHeld = true;
    const reset = { sync: { onStreamRecreated: "reset" as const } };
    const late = fleet.start("late", {
      ...reset,
      tableFaults: {
        list: (next, signal) => (isHeld ? Promise.reject(failed("throttled")) : next(signal)),
      },
    });
    await fleet.clock.advance(1000);
    await recreate(fleet);
    await fleet.put(["of the new one"]);
    fleet.start("b", reset);
    await fleet.clock.advance(10_000);
    const made = epochs(fleet);
    isHeld = false;
    await fleet.clock.advance(60_000);
    expect(late.told("streamRecreated")).toEqual([]);
    expect(epochs(fleet)).toEqual(made);
    expect(fleet.texts).toEqual(["of the old stream", "of the new one"]);
  });

  test("is read on by whoever runs, once another worker has begun anew", async () => {
    const fleet = new Fleet(2);
    let isAway = false;
    const reset = { sync: { onStreamRecreated: "reset" as const } };
    const worker = fleet.start("a", {
      ...reset,
      kinesisFaults: {
        getRecords: (next, ...args) =>
          isAway ? Promise.reject(failed("unreachable")) : next(...args),
      },
    });
    await fleet.clock.advance(5000);
    isAway = true;
    await recreate(fleet);
    await fleet.put(["of the new one"]);
    isAway = false;
    fleet.start("b", reset);
    await fleet.clock.advance(30_000);
    expect(worker.told("leaseLost")).toHaveLength(2);
    expect(fleet.texts).toEqual(["of the new one"]);
    await fleet.clock.advance(60_000);
    expect(worker.run.state()).toBe("pending");
    expect(new Set(fleet.owners)).toEqual(new Set(["a", "b"]));
  });
});

test("63 stream-recreated: a shard whose child has the lease of the old stream ends once the leader has deleted that", async () => {
  const fleet = new Fleet(1);
  const worker = fleet.start("a", { sync: { onStreamRecreated: "reset" } });
  await fleet.clock.advance(5000);
  // A worker that was still ending a shard of the old stream has left it there.
  const stale = leaseOf(1, { streamEpoch: 1, parentShardIds: [shardIdOf(0)] });
  await fleet.table.create(stale, ANY_SIGNAL);
  await fleet.split(0, 2n ** 127n);
  await fleet.put(["for the children"]);
  await fleet.clock.advance(60_000);
  expect(worker.told("streamRecreated")).toEqual([{ stream: STREAM, leasesDeleted: 1 }]);
  expect(worker.told("hashKeysUncovered")).toEqual([]);
  expect(fleet.table.snapshot().map(({ shardId }) => shardId)).toEqual([0, 1, 2].map(shardIdOf));
  expect(epochs(fleet)).toEqual(new Set([Math.floor(fleet.emulatorStartMs / 1000)]));
  expect(fleet.texts).toEqual(["for the children"]);
});

test("the creation time of the stream is handed down from parent to child", async () => {
  const fleet = new Fleet(1);
  fleet.start("a");
  await fleet.clock.advance(1000);
  await fleet.split(0, 2n ** 127n);
  await fleet.clock.advance(3000);
  expect(fleet.table.snapshot()).toHaveLength(3);
  expect(epochs(fleet)).toEqual(new Set([Math.floor(fleet.emulatorStartMs / 1000)]));
});

test("a table that cannot be listed after old leases were deleted is listed again, and that is told", async () => {
  const fleet = await stopped();
  await recreate(fleet);
  await fleet.put(["x"]);
  let listings = 0;
  const worker = fleet.start("a", {
    sync: { onStreamRecreated: "reset" },
    tableFaults: {
      list: async (next, signal) => {
        listings += 1;
        // The first one shows the old leases.
        if (listings > 1 && listings <= 4) throw failed("throttled");
        return next(signal);
      },
    },
  });
  await fleet.clock.advance(4000);
  expect(fleet.texts).toEqual(["of the old stream", "x"]);
  expect(worker.told("leaseTableFailed").map(({ operation }) => operation)).toEqual(
    Array.from({ length: 3 }, () => "identify stream"),
  );
});
