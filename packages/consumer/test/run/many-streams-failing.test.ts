import { KinesisError, sleep } from "@shardline/core";
import { describe, expect, test } from "vitest";
import { failed } from "../support/failures.ts";
import { Fleet } from "../support/fleet.ts";
import { ANY_SIGNAL } from "../support/held.ts";
import { textOf } from "../support/kinesis-records.ts";
import { shardIdOf } from "../support/leases.ts";
import {
  createStream,
  deleteStream,
  leasesOfStream,
  putTo,
  textsByStream,
} from "../support/many-streams.ts";

const BOTH = ["orders", "clicks"];

async function newFleet(): Promise<Fleet> {
  const fleet = new Fleet(1);
  await createStream(fleet, "clicks");
  return fleet;
}

describe("a stream that cannot be read", () => {
  test("does not keep the others from being read, and is read when it is there", async () => {
    const fleet = new Fleet(1);
    await fleet.put(["o1"]);
    const worker = fleet.start("a", { streams: ["missing", "orders"] });
    await fleet.clock.advance(2000);
    expect(textsByStream(fleet)).toEqual({ orders: ["o1"] });
    expect(worker.told("streamFailed")[0]).toMatchObject({
      stream: "missing",
      error: { code: "STREAM_NOT_FOUND" },
    });
    expect(worker.consumer.health()).toMatchObject({
      status: "degraded",
      reasons: [{ kind: "stream-failing", stream: "missing" }],
    });
    await createStream(fleet, "missing");
    await putTo("missing", ["m1"], fleet.kinesis);
    await fleet.clock.advance(90_000);
    expect(textsByStream(fleet)).toEqual({ orders: ["o1"], missing: ["m1"] });
    expect(worker.consumer.health().status).toBe("ready");
  });

  test("because it does not tell what it is waits until it does", async () => {
    const fleet = await newFleet();
    await putTo("clicks", ["c1"], fleet.kinesis);
    let isDenied = true;
    const worker = fleet.start("a", {
      streams: BOTH,
      kinesisFaults: {
        describeStreamSummary: (next, request, signal) => {
          if (isDenied && request.stream.name === "clicks") throw failed("denied");
          return next(request, signal);
        },
      },
    });
    await fleet.clock.advance(5000);
    expect(worker.told("streamStarted").map(({ stream }) => stream)).toEqual(["orders"]);
    expect(worker.told("streamFailed")[0]).toMatchObject({
      stream: "clicks",
      error: { code: "API_CALL_FAILED" },
    });
    isDenied = false;
    await fleet.clock.advance(90_000);
    expect(textsByStream(fleet)).toEqual({ clicks: ["c1"] });
  });

  test("may be named as the KCL names it, and is then read without telling", async () => {
    const fleet = await newFleet();
    await putTo("clicks", ["c1"], fleet.kinesis);
    fleet.start("a", {
      streams: ["orders", "123456789012:clicks:77"],
      kinesisFaults: {
        describeStreamSummary: (next, request, signal) => {
          if (request.stream.name === "clicks") throw failed("denied");
          return next(request, signal);
        },
      },
    });
    await fleet.clock.advance(60_000);
    expect(textsByStream(fleet)).toEqual({ clicks: ["c1"] });
    expect(leasesOfStream(fleet, "clicks")).toMatchObject([
      { key: `123456789012:clicks:77:${shardIdOf(0)}` },
    ]);
  });

  test("because it was deleted ends its own shards, and the others go on", async () => {
    const fleet = await newFleet();
    const worker = fleet.start("a", { streams: BOTH });
    await fleet.clock.advance(2000);
    await deleteStream(fleet, "clicks");
    await fleet.clock.advance(60_000);
    await fleet.put(["o1"]);
    await fleet.clock.advance(5000);
    expect(textsByStream(fleet)).toEqual({ orders: ["o1"] });
    expect(worker.run.state()).toBe("pending");
    expect(worker.told("streamFailed")[0]).toMatchObject({
      stream: "clicks",
      error: { code: "STREAM_NOT_FOUND" },
    });
    expect(leasesOfStream(fleet, "clicks").map(({ owner }) => owner)).toEqual([undefined]);
  });

  test.each(["refuse", "reset"] as const)(
    "63 stream-recreated: because it was created again is dealt with as onStreamRecreated says, alone: %s",
    async (onStreamRecreated) => {
      const fleet = await newFleet();
      const worker = fleet.start("a", { streams: BOTH, sync: { onStreamRecreated } });
      await putTo("clicks", ["old"], fleet.kinesis);
      await fleet.clock.advance(10_000);
      await deleteStream(fleet, "clicks");
      await createStream(fleet, "clicks");
      await putTo("clicks", ["new"], fleet.kinesis);
      await fleet.clock.advance(600_000);
      await fleet.put(["o1"]);
      await fleet.clock.advance(5000);
      expect(textsByStream(fleet)["orders"]).toEqual(["o1"]);
      const isRead = onStreamRecreated === "reset";
      expect(textsByStream(fleet)["clicks"]).toEqual(isRead ? ["old", "new"] : ["old"]);
      const last = worker.told("streamFailed").at(-1)?.error;
      expect(KinesisError.is(last, "STREAM_RECREATED")).toBe(!isRead);
      const begun = isRead ? [{ stream: "clicks", leasesDeleted: 1 }] : [];
      expect(worker.told("streamRecreated")).toEqual(begun);
      expect(leasesOfStream(fleet, "clicks")).toHaveLength(1);
    },
  );
});

test("a handler that hangs keeps a stream that has failed from being read again for 30 s, and no longer", async () => {
  const fleet = await newFleet();
  const signals: AbortSignal[] = [];
  const worker = fleet.start("a", {
    streams: BOTH,
    sync: { onStreamRecreated: "reset" },
    handle: ({ records }, { signal }) => {
      if (records.map(textOf).join() !== "hang") return undefined;
      signals.push(signal);
      return new Promise(() => undefined);
    },
  });
  await putTo("clicks", ["hang"], fleet.kinesis);
  await fleet.clock.advance(5000);
  await deleteStream(fleet, "clicks");
  await createStream(fleet, "clicks");
  await putTo("clicks", ["new"], fleet.kinesis);
  await fleet.clock.advance(20_000);
  expect([textsByStream(fleet), signals[0]?.aborted]).toEqual([{ clicks: ["hang"] }, false]);
  await fleet.clock.advance(60_000);
  expect([textsByStream(fleet), signals[0]?.aborted]).toEqual([{ clicks: ["hang", "new"] }, true]);
  expect(worker.run.state()).toBe("pending");
});

describe("a stream that is named under two names", () => {
  const twice = ["orders", { stream: "orders", label: "again" }];

  test("is read under the first, and the other says why it is not", async () => {
    const fleet = await newFleet();
    const worker = fleet.start("a", { streams: twice });
    await fleet.put(["o1"]);
    await fleet.clock.advance(60_000);
    await fleet.put(["o2"]);
    await fleet.clock.advance(5000);
    expect(textsByStream(fleet)).toEqual({ orders: ["o1", "o2"] });
    const failures = worker.told("streamFailed");
    expect(new Set(failures.map(({ stream }) => stream))).toEqual(new Set(["again"]));
    expect(failures[0]).toMatchObject({ error: { code: "INVALID_OPTIONS" } });
    worker.stop();
    await fleet.clock.advance(1000);
    expect(worker.run.state()).toBe("resolved");
  });

  test("is read under the other when the first is not named any more", async () => {
    const fleet = await newFleet();
    let named = twice;
    fleet.start("a", { streams: { list: async () => named, everyMs: 3000 } });
    await fleet.put(["o1"]);
    await fleet.clock.advance(10_000);
    named = twice.slice(1);
    await fleet.clock.advance(70_000);
    await fleet.put(["o2"]);
    await fleet.clock.advance(5000);
    expect(textsByStream(fleet)).toEqual({ orders: ["o1"], again: ["o2"] });
  });
});

test("a lease that comes when its stream is not named any more is not renewed, and can be had again", async () => {
  const fleet = await newFleet();
  let answers = 0;
  const list = async (): Promise<string[]> => {
    answers += 1;
    return answers >= 2 && answers <= 5 ? ["orders"] : BOTH;
  };
  let writes = 0;
  fleet.start("a", {
    streams: { list, everyMs: 3000 },
    tableFaults: {
      update: async (next, key, ...args) => {
        if (key.includes(":clicks:")) writes += 1;
        else return next(key, ...args);
        // The take is slow, and what it brings cannot be given back at once.
        if (writes === 1) await sleep(fleet.clock, 6000, ANY_SIGNAL);
        if (writes === 2) throw failed("throttled");
        return next(key, ...args);
      },
    },
  });
  await fleet.clock.advance(60_000);
  await putTo("clicks", ["c1"], fleet.kinesis);
  await fleet.clock.advance(60_000);
  expect(textsByStream(fleet)).toEqual({ clicks: ["c1"] });
});

test("leases of a stream are not deleted because two answers far apart did not name it, and none came between", async () => {
  const fleet = await newFleet();
  let answers = 0;
  const list = async (): Promise<string[]> => {
    answers += 1;
    if (answers >= 3 && answers < 8) throw new Error("the registry is down");
    return answers === 2 || answers === 8 ? ["clicks"] : BOTH;
  };
  const worker = fleet.start("a", {
    startAt: "LATEST",
    streams: { list, everyMs: 60_000, former: { deleteAfterMs: 60_000 } },
  });
  await fleet.clock.advance(1000);
  const texts = Array.from({ length: 10 }, (_, i) => `o${i}`);
  for (const text of texts) {
    await fleet.put([text]);
    await fleet.clock.advance(60_000);
  }
  expect(worker.told("formerStreamDeleted")).toEqual([]);
  expect(textsByStream(fleet)).toEqual({ orders: texts });
});

test("nor because of several before a time without answers, and one behind it", async () => {
  const fleet = await newFleet();
  let answers = 0;
  const list = async (): Promise<string[]> => {
    answers += 1;
    if (answers >= 5 && answers < 11) throw new Error("the registry is down");
    return answers === 1 || answers > 11 ? BOTH : ["clicks"];
  };
  const worker = fleet.start("a", {
    startAt: "LATEST",
    streams: { list, everyMs: 20_000, former: { deleteAfterMs: 60_000 } },
  });
  await fleet.clock.advance(1000);
  const texts = Array.from({ length: 20 }, (_, i) => `o${i}`);
  for (const text of texts) {
    await fleet.put([text]);
    await fleet.clock.advance(20_000);
  }
  expect(answers).toBeGreaterThan(11);
  expect(worker.told("formerStreamDeleted")).toEqual([]);
  expect(textsByStream(fleet)).toEqual({ orders: texts });
});

test.each(["refuse", "reset"] as const)(
  "two streams of one name and account, in two regions, are not taken for each other's past (%s)",
  async (onStreamRecreated) => {
    const fleet = new Fleet(1);
    const { accountId } = fleet.emulator.caller;
    const abroad = fleet.emulator.kinesis({ accountId, region: "eu-west-1" });
    await fleet.clock.advance(60_000);
    await createStream(fleet, "orders", 1, abroad);
    const worker = fleet.start("a", {
      streams: ["orders", { stream: "orders", label: "abroad", kinesis: abroad }],
      sync: { onStreamRecreated },
    });
    await fleet.clock.advance(5000);
    for (const text of ["1", "2", "3"]) {
      await fleet.put([`o${text}`]);
      await putTo("orders", [`a${text}`], abroad);
      await fleet.clock.advance(50_000);
    }
    expect(textsByStream(fleet)).toEqual({
      orders: ["o1", "o2", "o3"],
      abroad: ["a1", "a2", "a3"],
    });
    expect([worker.told("streamFailed"), worker.told("leaseLost")]).toEqual([[], []]);
  },
);

test("a name of the KCL with another account is not read from the stream of that name that is ours", async () => {
  const fleet = new Fleet(1);
  await fleet.put(["mine"]);
  const worker = fleet.start("a", { streams: ["999999999999:orders:1700000000"] });
  await fleet.clock.advance(5000);
  expect(textsByStream(fleet)).toEqual({});
  expect(worker.told("streamFailed")[0]).toMatchObject({ error: { code: "INVALID_OPTIONS" } });
});

test("no lease is deleted because no stream is named at all", async () => {
  const fleet = await newFleet();
  const first = fleet.start("a", { startAt: "LATEST", streams: BOTH });
  await fleet.clock.advance(30_000);
  await fleet.put(["o1"]);
  await fleet.clock.advance(30_000);
  first.stop();
  await fleet.clock.advance(30_000);
  await fleet.put(["o2"]);
  let isDown = true;
  const list = async (): Promise<readonly string[]> => (isDown ? [] : BOTH);
  const second = fleet.start("b", {
    startAt: "LATEST",
    streams: { list, everyMs: 10_000, former: { deleteAfterMs: 60_000 } },
  });
  await fleet.clock.advance(300_000);
  isDown = false;
  await fleet.clock.advance(60_000);
  expect(second.told("formerStreamDeleted")).toEqual([]);
  expect(textsByStream(fleet)).toEqual({ orders: ["o1", "o2"] });
});
