// One lease table and two kinds of worker: of one stream, and of many.
import { SHARD_END, sleep } from "@shardline/core";
import { describe, expect, test } from "vitest";
import { failed } from "../support/failures.ts";
import { Fleet } from "../support/fleet.ts";
import { ANY_SIGNAL } from "../support/held.ts";
import { nativeLease, positionOf, shardIdOf } from "../support/leases.ts";
import { createStream, putTo, textsByStream } from "../support/many-streams.ts";

const BOTH = ["orders", "clicks"];

async function newFleet(): Promise<Fleet> {
  const fleet = new Fleet(1);
  await createStream(fleet, "clicks");
  return fleet;
}

describe("a table of the other kind", () => {
  test("is refused: every shard would be read from its beginning", async () => {
    const fleet = await newFleet();
    const one = fleet.start("a");
    await fleet.clock.advance(2000);
    one.stop();
    await fleet.clock.advance(2000);
    const many = fleet.start("b", { streams: BOTH });
    await fleet.clock.advance(2000);
    expect(many.run.reason()).toMatchObject({
      code: "LEASE_TABLE_UNUSABLE",
      details: { problem: "other-scope" },
    });
  });

  test("is refused by a worker of one stream as well", async () => {
    const fleet = await newFleet();
    const many = fleet.start("a", { streams: BOTH });
    await fleet.clock.advance(2000);
    many.stop();
    await fleet.clock.advance(2000);
    const one = fleet.start("b");
    await fleet.clock.advance(2000);
    expect(one.run.reason()).toMatchObject({ code: "LEASE_TABLE_UNUSABLE" });
  });

  const ofOtherKind = { code: "LEASE_TABLE_UNUSABLE", details: { problem: "other-scope" } };

  /** What a worker asks of a stream when it starts is answered so late. */
  const late = (fleet: Fleet, method: "describeStreamSummary" | "listShards") => ({
    [method]: async (next: (...args: readonly unknown[]) => unknown, ...args: unknown[]) => {
      await sleep(fleet.clock, 3000, ANY_SIGNAL);
      return next(...args);
    },
  });

  test.each(["describeStreamSummary", "listShards"] as const)(
    "that came since a worker began is refused before anything is written: of two kinds, whoever is late at %s",
    async (method) => {
      for (const isOneLate of [true, false]) {
        const fleet = await newFleet();
        const kinesisFaults = late(fleet, method);
        const one = fleet.start("a", isOneLate ? { kinesisFaults } : {});
        const many = fleet.start(
          "b",
          isOneLate ? { streams: BOTH } : { streams: BOTH, kinesisFaults },
        );
        await fleet.put(["o1"]);
        await fleet.clock.advance(20_000);
        const [early, refused] = isOneLate ? [many, one] : [one, many];
        expect(refused.run.reason()).toMatchObject(ofOtherKind);
        expect(early.run.state()).toBe("pending");
        const ofMany = fleet.table.snapshot().filter(({ streamName }) => streamName !== undefined);
        expect([ofMany.length, fleet.table.snapshot().length]).toEqual(isOneLate ? [2, 2] : [0, 1]);
        expect(fleet.texts).toEqual(["o1"]);
      }
    },
  );

  /** A lease of another stream in a table of one, as a worker of many makes it. */
  const strayOf = (shard: number, checkpoint = positionOf("TRIM_HORIZON")) => {
    const streamName = "123456789012:clicks:77";
    const key = `${streamName}:${shardIdOf(shard)}`;
    return nativeLease(shard, "stray", { key, streamName, streamEpoch: 77, checkpoint });
  };

  test("ends nobody who has leases there: neither a worker of one stream whose shards are new", async () => {
    const fleet = new Fleet(1);
    const worker = fleet.start("a");
    await fleet.clock.advance(2000);
    await fleet.table.create(strayOf(0), ANY_SIGNAL);
    await fleet.split(0, 1n << 127n);
    await fleet.clock.advance(120_000);
    await fleet.put(["o1"]);
    await fleet.clock.advance(2000);
    expect(worker.run.state()).toBe("pending");
    expect(fleet.texts).toEqual(["o1"]);
  });

  test("ends none whose leases were all deleted either: they are made again", async () => {
    const fleet = new Fleet(1);
    const worker = fleet.start("a");
    await fleet.clock.advance(2000);
    await fleet.table.create(strayOf(0), ANY_SIGNAL);
    await fleet.table.delete(shardIdOf(0), {}, ANY_SIGNAL);
    await fleet.clock.advance(120_000);
    await fleet.put(["o1"]);
    await fleet.clock.advance(2000);
    expect(worker.run.state()).toBe("pending");
    expect(fleet.texts).toEqual(["o1"]);
  });

  test("is no lease of the worker's own: a shard of the same id is read all the same", async () => {
    const fleet = new Fleet(2);
    let failures = 1;
    fleet.start("a", {
      tableFaults: {
        create: async (next, lease, signal) => {
          if (lease.key !== shardIdOf(1) || failures-- === 0) return next(lease, signal);
          await fleet.table.create(strayOf(1), ANY_SIGNAL);
          throw failed("transient");
        },
      },
    });
    await fleet.clock.advance(60_000);
    const keys = fleet.table.snapshot().map(({ key }) => key);
    expect(keys).toEqual(expect.arrayContaining([shardIdOf(0), shardIdOf(1)]));
  });

  test.each([
    ["of a stream of another time", positionOf("TRIM_HORIZON"), "reset"],
    ["that has ended", SHARD_END, "refuse"],
  ] as const)("is not deleted: one %s", async (_, checkpoint, onStreamRecreated) => {
    const fleet = new Fleet(1);
    const worker = fleet.start("a", { sync: { onStreamRecreated } });
    await fleet.clock.advance(2000);
    const stray = strayOf(7, checkpoint);
    await fleet.table.create(stray, ANY_SIGNAL);
    await fleet.clock.advance(7_200_000);
    expect(worker.run.state()).toBe("pending");
    expect(fleet.table.snapshot().map(({ key }) => key)).toContain(stray.key);
  });

  test("nor one of many streams that begins with another one", async () => {
    const fleet = await newFleet();
    const named = ["orders"];
    const streams = { list: () => Promise.resolve([...named]), everyMs: 1000 };
    const worker = fleet.start("a", { streams });
    await fleet.clock.advance(2000);
    await fleet.table.create(nativeLease(0, "kcl"), ANY_SIGNAL);
    named.push("clicks");
    await putTo("clicks", ["c1"], fleet.kinesis);
    await fleet.clock.advance(30_000);
    expect(worker.run.state()).toBe("pending");
    expect(textsByStream(fleet)).toEqual({ clicks: ["c1"] });
  });
});
