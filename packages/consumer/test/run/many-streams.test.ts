import { describe, expect, test } from "vitest";
import { Fleet, FAILOVER_MS } from "../support/fleet.ts";
import { range } from "../support/lease-views.ts";
import { shardIdOf } from "../support/leases.ts";
import { ANY_SIGNAL } from "../support/held.ts";
import { createStream, leasesOfStream, putTo, textsByStream } from "../support/many-streams.ts";
import type { StreamInput } from "../../src/stream/stream-source.ts";

const OTHER = { accountId: "222222222222", region: "eu-west-1" };
const BOTH = ["orders", "clicks"];

async function newFleet(shards = 1): Promise<Fleet> {
  const fleet = new Fleet(shards);
  await createStream(fleet, "clicks", shards);
  return fleet;
}

test("10 multi-stream-key: one worker reads streams of the same shard ids by leases that name them", async () => {
  const fleet = await newFleet(2);
  await fleet.put(["o1"]);
  await putTo("clicks", ["c1"], fleet.kinesis);
  const worker = fleet.start("a", { streams: BOTH });
  await fleet.clock.advance(2000);
  expect(textsByStream(fleet)).toEqual({ orders: ["o1"], clicks: ["c1"] });
  expect(fleet.owners).toEqual(["a", "a", "a", "a"]);
  const account = fleet.emulator.caller.accountId;
  for (const lease of fleet.table.snapshot()) {
    expect(lease.key).toBe(`${lease.streamName}:${lease.shardId}`);
    expect(lease.streamName).toMatch(new RegExp(`^${account}:(orders|clicks):\\d+$`));
  }
  expect(worker.told("streamStarted").map(({ stream }) => stream)).toEqual(BOTH);
  const taken = worker.told("leaseTaken").map(({ shardId, stream }) => `${stream} ${shardId}`);
  expect(taken.sort()).toEqual(
    ["clicks", "orders"].flatMap((stream) => range(2).map((i) => `${stream} ${shardIdOf(i)}`)),
  );
  worker.stop();
  await fleet.clock.advance(5000);
  expect(worker.run.state()).toBe("resolved");
  expect(fleet.owners).toEqual([undefined, undefined, undefined, undefined]);
});

test("a fleet shares the leases of all streams", async () => {
  const fleet = await newFleet(3);
  for (const name of ["a", "b", "c"]) fleet.start(name, { streams: BOTH });
  await fleet.clock.advance(60_000);
  const counts = ["a", "b", "c"].map((name) => fleet.owners.filter((one) => one === name).length);
  expect(counts).toEqual([2, 2, 2]);
});

test("a worker that dies leaves the shards of all streams to the others, which go on where it was", async () => {
  const fleet = await newFleet(1);
  await fleet.put(["o1"]);
  await putTo("clicks", ["c1"], fleet.kinesis);
  const first = fleet.start("a", { streams: BOTH });
  await fleet.clock.advance(FAILOVER_MS);
  fleet.start("b", { streams: BOTH, leases: { maxPerWorker: 9 } });
  await fleet.clock.advance(2000);
  first.crash();
  await fleet.put(["o2"]);
  await putTo("clicks", ["c2"], fleet.kinesis);
  await fleet.clock.advance(3 * FAILOVER_MS);
  expect(textsByStream(fleet)).toEqual({ orders: ["o1", "o2"], clicks: ["c1", "c2"] });
});

test("a reshard of one stream makes leases of that stream", async () => {
  const fleet = await newFleet(1);
  const worker = fleet.start("a", { streams: BOTH });
  await fleet.clock.advance(2000);
  await fleet.split(0, 2n ** 127n);
  await fleet.put(["o1"]);
  await fleet.clock.advance(10_000);
  expect(worker.told("shardEnded")).toMatchObject([{ shardId: shardIdOf(0), stream: "orders" }]);
  expect(leasesOfStream(fleet, "orders").map(({ shardId }) => shardId)).toEqual(
    expect.arrayContaining([1, 2].map(shardIdOf)),
  );
  const [, child] = leasesOfStream(fleet, "orders");
  expect(child?.parentShardIds).toEqual([shardIdOf(0)]);
  expect(leasesOfStream(fleet, "clicks")).toHaveLength(1);
  expect(textsByStream(fleet)).toEqual({ orders: ["o1"] });
});

describe("each stream", () => {
  test("may have a start, a label and a Kinesis of its own; those of one name get different labels", async () => {
    const fleet = new Fleet(1);
    const abroad = fleet.emulator.kinesis(OTHER);
    await createStream(fleet, "orders", 1, abroad);
    await fleet.put(["here, early"]);
    await putTo("orders", ["there, early"], abroad);
    await fleet.clock.advance(60_000);
    fleet.start("a", {
      startAt: "LATEST",
      streams: [
        { stream: "orders", label: "home" },
        { stream: "orders", label: "abroad", kinesis: abroad, startAt: "TRIM_HORIZON" },
      ],
    });
    await fleet.clock.advance(2000);
    await fleet.put(["here"]);
    await putTo("orders", ["there"], abroad);
    await fleet.clock.advance(2000);
    expect(textsByStream(fleet)).toEqual({ home: ["here"], abroad: ["there, early", "there"] });
    const accounts = fleet.table.snapshot().map(({ streamName = "" }) => streamName.split(":")[0]);
    expect(new Set(accounts)).toEqual(new Set([fleet.emulator.caller.accountId, OTHER.accountId]));
  });

  test("is read once, under the label that came first", async () => {
    const fleet = new Fleet(1);
    await fleet.put(["x"]);
    const streams = ["orders", { stream: "orders", label: "again" }];
    const worker = fleet.start("a", { streams });
    await fleet.clock.advance(5000);
    expect(textsByStream(fleet)).toEqual({ orders: ["x"] });
    expect(worker.told("streamFailed")[0]).toMatchObject({ stream: "again" });
    expect(String(worker.told("streamFailed")[0]?.error)).toContain("is read already, as orders");
  });

  test("tells health, statistics and the handler which it is", async () => {
    const fleet = await newFleet(1);
    await fleet.put(["x"]);
    await putTo("clicks", ["y"], fleet.kinesis);
    const { consumer } = fleet.start("a", { streams: BOTH });
    await fleet.clock.advance(2000);
    const stats = consumer.stats().shards.map(({ shardId, stream }) => `${stream} ${shardId}`);
    expect(stats.sort()).toEqual([`clicks ${shardIdOf(0)}`, `orders ${shardIdOf(0)}`]);
    consumer.pause({ stream: "clicks" });
    expect(consumer.health()).toMatchObject({
      status: "degraded",
      reasons: [{ kind: "paused", stream: "clicks", shardId: shardIdOf(0) }],
    });
    await fleet.put(["x2"]);
    await putTo("clicks", ["y2"], fleet.kinesis);
    await fleet.clock.advance(5000);
    expect(textsByStream(fleet)).toEqual({ orders: ["x", "x2"], clicks: ["y"] });
    consumer.resume({ stream: "clicks", shardId: shardIdOf(0) });
    await fleet.clock.advance(2000);
    expect(textsByStream(fleet)["clicks"]).toEqual(["y", "y2"]);
    expect(() => consumer.pause({ shardId: shardIdOf(0) })).toThrow(
      "stream is required beside shardId where many streams are read",
    );
  });

  test("has the shard of it skip or retry that is meant", async () => {
    const fleet = await newFleet(1);
    await fleet.put(["x"]);
    await putTo("clicks", ["y"], fleet.kinesis);
    const { consumer, told } = fleet.start("a", {
      streams: BOTH,
      onFailure: { maxAttempts: 1 },
      handle: () => {
        throw new Error("poison");
      },
    });
    await fleet.clock.advance(3000);
    expect(new Set(told("shardHalted").map(({ stream }) => stream))).toEqual(new Set(BOTH));
    expect(consumer.skipRecord(shardIdOf(0))).toBe(false);
    expect(consumer.skipRecord(shardIdOf(0), "clicks")).toBe(true);
    await fleet.clock.advance(1000);
    expect(told("recordsSkipped")).toMatchObject([{ stream: "clicks", shardId: shardIdOf(0) }]);
    expect(consumer.retryShard(shardIdOf(0), "clicks")).toBe(false);
    expect(consumer.retryShard(shardIdOf(0))).toBe(true);
  });
});

test("a stream whose leases were deleted begins anew where it is told to, and the others go on", async () => {
  const fleet = await newFleet(1);
  await fleet.put(["o1"]);
  await putTo("clicks", ["c1", "c2"], fleet.kinesis);
  const before = fleet.start("a", { streams: BOTH });
  await fleet.clock.advance(5000);
  before.stop();
  await fleet.clock.advance(2000);
  for (const { counter, key } of leasesOfStream(fleet, "clicks")) {
    await fleet.table.delete(key, { counter }, ANY_SIGNAL);
  }
  const clicks = { stream: "clicks", startAt: "TRIM_HORIZON" } as const;
  fleet.start("b", { startAt: "LATEST", streams: ["orders", clicks] });
  await fleet.clock.advance(60_000);
  expect(textsByStream(fleet)).toEqual({ orders: ["o1"], clicks: ["c1", "c2", "c1", "c2"] });
});

describe("streams that come and go", () => {
  const listed = (streams: readonly StreamInput[]) => {
    let now = streams;
    return { list: async () => now, say: (next: readonly StreamInput[]) => (now = next) };
  };

  test("are found with the next question, and given up in good order", async () => {
    const fleet = await newFleet(1);
    const source = listed(["orders"]);
    const worker = fleet.start("a", { streams: { list: source.list, everyMs: 5000 } });
    await fleet.clock.advance(1000);
    await fleet.put(["o1"]);
    await putTo("clicks", ["c1"], fleet.kinesis);
    source.say(BOTH);
    await fleet.clock.advance(6000);
    expect(textsByStream(fleet)).toEqual({ orders: ["o1"], clicks: ["c1"] });
    source.say(["clicks"]);
    await fleet.clock.advance(6000);
    await fleet.put(["o2"]);
    await fleet.clock.advance(10_000);
    expect(worker.told("streamRemoved")).toEqual([{ stream: "orders" }]);
    expect(worker.told("leaseReleased")).toMatchObject([{ stream: "orders" }]);
    const [left] = leasesOfStream(fleet, "orders");
    expect(left?.owner).toBeUndefined();
    expect(left?.checkpoint.sequenceNumber).toBe(fleet.delivered[0]?.record.sequenceNumber);
    source.say(BOTH);
    await fleet.clock.advance(6000);
    expect(textsByStream(fleet)["orders"]).toEqual(["o1", "o2"]);
  });

  test("stay as they are while the question fails", async () => {
    const fleet = await newFleet(1);
    let isBroken = false;
    const list = async (): Promise<readonly StreamInput[]> => {
      if (isBroken) throw new Error("no list today");
      return BOTH;
    };
    const worker = fleet.start("a", { streams: { list, everyMs: 5000 } });
    await fleet.clock.advance(1000);
    isBroken = true;
    await fleet.clock.advance(6000);
    await putTo("clicks", ["c1"], fleet.kinesis);
    await fleet.clock.advance(2000);
    expect(textsByStream(fleet)).toEqual({ clicks: ["c1"] });
    expect(worker.told("streamListFailed")[0]?.error).toEqual(new Error("no list today"));
    expect(worker.told("streamRemoved")).toEqual([]);
    expect(worker.consumer.health().reasons).toMatchObject([{ kind: "stream-list-failing" }]);
  });

  test("do not keep a worker from ending by an answer that never comes", async () => {
    const fleet = await newFleet(1);
    let questions = 0;
    const list = (): Promise<readonly StreamInput[]> => {
      questions += 1;
      return questions === 1 ? Promise.resolve(BOTH) : new Promise(() => undefined);
    };
    const worker = fleet.start("a", { streams: { list, everyMs: 5000 } });
    await fleet.clock.advance(8000);
    expect(questions).toBe(2);
    worker.stop();
    await fleet.clock.advance(2000);
    expect(worker.run.state()).toBe("resolved");
  });

  test("are not taken from an answer that makes no sense", async () => {
    const fleet = await newFleet(1);
    const source = listed(["orders"]);
    const worker = fleet.start("a", { streams: { list: source.list, everyMs: 5000 } });
    await fleet.clock.advance(1000);
    source.say(["clicks", { stream: "no/name" }]);
    await fleet.clock.advance(6000);
    expect(worker.told("streamListFailed")[0]?.error).toMatchObject({ code: "INVALID_OPTIONS" });
    expect(worker.told("streamRemoved")).toEqual([]);
  });

  test("stay when one answer is empty, and end when the next one is as well", async () => {
    const fleet = await newFleet(1);
    const answers: (readonly StreamInput[])[] = [BOTH, [], BOTH, [], [], BOTH];
    const list = async () => answers.shift() ?? BOTH;
    const former = { deleteAfterMs: 60_000 };
    const worker = fleet.start("a", { streams: { list, everyMs: 10_000, former } });
    await fleet.clock.advance(15_000);
    expect(worker.told("streamListFailed")).toMatchObject([
      { error: { code: "INVALID_OPTIONS" }, retryAfterMs: 30_000 },
    ]);
    expect(worker.consumer.health().reasons).toMatchObject([{ kind: "stream-list-failing" }]);
    await fleet.clock.advance(40_000);
    expect(worker.told("streamListFailed")).toHaveLength(2);
    expect(worker.told("streamRemoved")).toEqual([]);
    await fleet.clock.advance(28_000);
    expect(worker.told("streamRemoved")).toHaveLength(2);
    await fleet.put(["o1"]);
    await fleet.clock.advance(30_000);
    expect(textsByStream(fleet)).toEqual({ orders: ["o1"] });
  });

  test("may be none at all at first", async () => {
    const fleet = await newFleet(1);
    const source = listed([]);
    const worker = fleet.start("a", { streams: { list: source.list, everyMs: 5000 } });
    await fleet.clock.advance(12_000);
    expect(worker.told("streamListFailed")).toEqual([]);
    source.say(["orders"]);
    await fleet.put(["o1"]);
    await fleet.clock.advance(8000);
    expect(textsByStream(fleet)).toEqual({ orders: ["o1"] });
  });

  test("leave their leases to workers that still read them", async () => {
    const fleet = await newFleet(2);
    fleet.start("a", { streams: BOTH });
    fleet.start("b", { streams: ["orders"] });
    await fleet.clock.advance(60_000);
    expect(leasesOfStream(fleet, "clicks").map(({ owner }) => owner)).toEqual(["a", "a"]);
    const owners = leasesOfStream(fleet, "orders").map(({ owner }) => owner);
    expect(owners).toContain("b");
  });

  test("are forgotten where the option says so, once nobody has read them for that long", async () => {
    const fleet = await newFleet(1);
    const former = { deleteAfterMs: 120_000 };
    const source = listed(BOTH);
    const a = fleet.start("a", { streams: { list: source.list, everyMs: 10_000, former } });
    const b = fleet.start("b", { streams: BOTH });
    await fleet.clock.advance(30_000);
    source.say(["orders"]);
    await fleet.clock.advance(300_000);
    // The other worker reads it.
    expect(leasesOfStream(fleet, "clicks")).toHaveLength(1);
    b.stop();
    await fleet.clock.advance(110_000);
    expect(leasesOfStream(fleet, "clicks")).toHaveLength(1);
    await fleet.clock.advance(40_000);
    expect(leasesOfStream(fleet, "clicks")).toHaveLength(0);
    expect(leasesOfStream(fleet, "orders")).toHaveLength(1);
    expect(a.told("formerStreamDeleted")).toMatchObject([{ leases: 1 }]);
  });

  test("are kept where nothing is said", async () => {
    const fleet = await newFleet(1);
    const source = listed(BOTH);
    fleet.start("a", { streams: { list: source.list, everyMs: 10_000 } });
    await fleet.clock.advance(30_000);
    source.say(["orders"]);
    await fleet.clock.advance(3_600_000);
    expect(leasesOfStream(fleet, "clicks").map(({ owner }) => owner)).toEqual([undefined]);
  });
});
