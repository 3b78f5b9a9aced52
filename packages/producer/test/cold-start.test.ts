// Before there is a shard map: from the start, and when ListShards does not work.
import { apiCallFailed, sleep } from "@shardline/core";
import { describe, expect, it } from "vitest";
import { failureOf } from "./support/failures.ts";
import { membersOf } from "./support/kcl-reader.ts";
import { errorOf, newRig, type Rig, watch } from "./support/rig.ts";

function put({ producer }: Rig, count: number): Promise<unknown>[] {
  return Array.from({ length: count }, (_, i) =>
    producer.put({ partitionKey: `k${i}`, data: `${i}` }),
  );
}

describe("M-cold-start: while the first listing takes its time", () => {
  it("nothing is sent; afterwards everything leaves in aggregates that belong where they land", async () => {
    const rig = newRig({
      shards: 4,
      between: ({ clock }) => ({
        listShards: async (next, request, signal) => {
          await sleep(clock, 2000, signal);
          return next(request, signal);
        },
      }),
    });
    const receipts = put(rig, 1000);
    await rig.clock.advance(1999);
    expect(rig.calls).toEqual([]);
    await rig.clock.advance(1);
    await Promise.all(receipts);
    expect(rig.calls).toHaveLength(1);
    expect(rig.calls[0]?.entries.every(({ data }) => membersOf(data) !== undefined)).toBe(true);
    expect(rig.read()).toHaveLength(1000);
  });
});

describe("a backlog larger than a call can have arguments", () => {
  it("finds its lanes when the first map comes", async () => {
    const rig = newRig({
      aggregation: false,
      rateLimit: false,
      buffer: { maxRecords: 200_000, maxBytes: 1e9 },
      shards: 2,
    });
    const puts = Array.from({ length: 150_000 }, (_, i) =>
      rig.producer.put({ partitionKey: `${i}`, data: "" }),
    );
    await rig.clock.advance(1000);
    expect((await Promise.all(puts)).length).toBe(150_000);
  }, 60_000);
});

describe("M-cold-fail: while listing fails", () => {
  it("records wait five seconds, and then go without a map, each by itself and in order", async () => {
    const rig = newRig({
      shards: 4,
      between: () => ({
        listShards: () => Promise.reject(apiCallFailed("ListShards", failureOf("transient"))),
      }),
    });
    const outcomes = put(rig, 20).map((receipt) => watch(receipt));
    await rig.clock.advance(4999);
    expect(rig.calls).toEqual([]);
    await rig.clock.advance(1);
    expect(outcomes.every((outcome) => outcome().kind === "resolved")).toBe(true);
    expect(
      rig.calls.map(({ entries }) => entries.map(({ data }) => Buffer.from(data).toString())),
    ).toEqual(Array.from({ length: 20 }, (_, i) => [`${i}`]));
  });

  it.each(["denied", "missing"] as const)(
    "as %s they do not even wait, and each failure is told",
    async (kind) => {
      const rig = newRig({
        between: () => ({
          listShards: () => Promise.reject(apiCallFailed("ListShards", failureOf(kind))),
        }),
      });
      const told: string[] = [];
      rig.producer.on("shardMapFailed", ({ reason }) => void told.push(reason));
      const outcomes = put(rig, 2).map((receipt) => watch(receipt));
      await rig.clock.advance(100);
      expect(outcomes.map((outcome) => outcome().kind)).toEqual(["resolved", "resolved"]);
      expect(told).toHaveLength(1);
    },
  );

  it("everything is aggregated again as soon as a listing succeeds", async () => {
    let isDown = true;
    const rig = newRig({
      between: () => ({
        listShards: (next, ...args) =>
          isDown
            ? Promise.reject(apiCallFailed("ListShards", failureOf("transient")))
            : next(...args),
      }),
    });
    const outcomes = put(rig, 50).map((receipt) => watch(receipt));
    await rig.clock.advance(1500);
    isDown = false;
    await rig.clock.advance(3000);
    expect(outcomes.every((outcome) => outcome().kind === "resolved")).toBe(true);
    expect(rig.calls).toHaveLength(1);
    expect(rig.calls[0]?.entries).toHaveLength(1);
  });
});

describe("an idle producer", () => {
  it("whose first listing failed lists again at its next put, and does not wait for anything else", async () => {
    let isDown = true;
    const rig = newRig({
      between: () => ({
        listShards: (next, ...args) =>
          isDown
            ? Promise.reject(apiCallFailed("ListShards", failureOf("transient")))
            : next(...args),
      }),
    });
    await rig.clock.advance(60_000);
    isDown = false;
    const outcomes = put(rig, 2).map((receipt) => watch(receipt));
    await rig.clock.advance(100);
    expect(outcomes.map((outcome) => outcome().kind)).toEqual(["resolved", "resolved"]);
    expect(rig.calls.map(({ entries }) => entries.length)).toEqual([1]);
  });

  it("has no timer, with a map and without", async () => {
    const failing = newRig({
      between: () => ({
        listShards: () => Promise.reject(apiCallFailed("ListShards", failureOf("transient"))),
      }),
    });
    const rig = newRig();
    await failing.clock.advance(60_000);
    await rig.clock.advance(3_600_000);
    expect([failing.clock.pendingTimers, rig.clock.pendingTimers]).toEqual([0, 0]);
  });
});

describe("a stream that does not exist", () => {
  it("R-not-found: fails its records after five seconds of trouble, and says what to do", async () => {
    const rig = newRig({ stream: "nowhere" });
    const error = errorOf(rig.producer.put({ partitionKey: "k", data: "x" }));
    await rig.clock.advance(15_000);
    expect((await error).code).toBe("STREAM_NOT_FOUND");
    expect((await error).message).toMatch(
      /ResourceNotFoundException: .*; create the stream, or check its name and region$/,
    );
    expect(rig.clock.pendingTimers).toBe(0);
  });
});
