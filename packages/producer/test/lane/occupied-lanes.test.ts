// What looking at lanes costs: no more than what is to be sent.
import { hashKeyOf, writeHashKeyWords } from "@shardline/core";
import { describe, expect, it } from "vitest";
import type { Lane } from "../../src/lane/lane.ts";
import { LaneSet } from "../../src/lane/lane-set.ts";
import { policyOf } from "../support/policies.ts";
import { looseRecord, newRecord, pendingRecord } from "../support/records.ts";
import { equalShards, mapOf } from "../support/shards.ts";

const ONE = mapOf(...equalShards(1));
const TWO = mapOf(...equalShards(2));

function newLanes(ordering: "partition-key" | "none" = "partition-key"): LaneSet {
  return new LaneSet(policyOf({ ordering }), 0);
}

function laneOf(lanes: LaneSet, key: string, putAtMs = 0): Lane {
  const words = new Uint32Array(4);
  writeHashKeyWords(hashKeyOf(key), words, 0);
  return lanes.laneFor(words, putAtMs);
}

function add(lanes: LaneSet, key: string, acceptedAtMs = 0): Lane {
  const lane = laneOf(lanes, key, acceptedAtMs);
  lane.add(newRecord(key), pendingRecord({ acceptedAtMs }));
  return lane;
}

describe("of thousands of lanes", () => {
  const many = mapOf(...equalShards(5000));

  it("only those in which something waits are looked at", () => {
    const lanes = newLanes();
    lanes.adopt(many, 0);
    for (const key of ["a", "b", "a"]) add(lanes, key);
    expect([lanes.lanes.length, lanes.occupied.length]).toEqual([5000, 2]);
    const [first] = lanes.offers(1e6, 0);
    first?.lane.take(1, 1e6);
    expect([lanes.occupied.length, lanes.offers(1e6, 0).length]).toEqual([1, 1]);
  });

  it("those that are empty or not due cost nothing: a look takes as long as with a single lane", () => {
    const spentMs = (lanes: LaneSet, records: number): number => {
      for (let i = 0; i < records; i += 1) add(lanes, `k${i}`);
      for (let i = 0; i < 2000; i += 1) lanes.offers(0, 0);
      const runs = Array.from({ length: 5 }, () => {
        const startedAt = process.hrtime.bigint();
        for (let i = 0; i < 2000; i += 1) lanes.offers(0, 0);
        return Number(process.hrtime.bigint() - startedAt) / 1e6;
      });
      return Math.min(...runs);
    };
    const [one, all] = [newLanes(), newLanes()];
    one.adopt(ONE, 0);
    all.adopt(many, 0);
    const single = spentMs(one, 1);
    expect(spentMs(all, 1) / single).toBeLessThan(50);
    expect(spentMs(all, 5000) / single).toBeLessThan(50);
  });

  it("those that linger are looked at when they are soon due, and the first of them says when that is", () => {
    const lanes = newLanes();
    lanes.adopt(many, 0);
    for (const [key, acceptedAtMs] of [
      ["a", 5],
      ["b", 3],
    ] as const)
      add(lanes, key, acceptedAtMs);
    expect([lanes.offers(82, 0, 20), lanes.nextLookMs]).toEqual([[], 103]);
    expect(lanes.offers(83, 0, 20).map(({ oldestAtMs }) => oldestAtMs)).toEqual([3]);
    expect(lanes.nextLookMs).toBe(105);
    expect(lanes.offers(0, 1)).toHaveLength(2);
  });

  it("so many are looked at as fill a call, and those that had their turn come after the others", () => {
    const lanes = newLanes("none");
    lanes.adopt(many, 0);
    for (let i = 0; i < 20_000; i += 1) add(lanes, `k${i}`);
    const { length } = lanes.occupied;
    const seen = new Set<Lane>();
    for (let call = 0; call < Math.ceil(length / 500); call += 1) {
      const offers = lanes.offers(1000, 0);
      expect(offers.length).toBe(Math.min(1000, length - call * 500));
      for (const { lane } of offers.slice(0, 500)) {
        expect(seen.has(lane)).toBe(false);
        seen.add(lane);
        expect(lanes.take({ lane, count: 1 }, 1000, 0)).toHaveLength(1);
      }
    }
    expect(seen.size).toBe(length);
    expect([lanes.offers(1000, 0), lanes.nextLookMs]).toEqual([[], Infinity]);
  });
});

describe("R-bucket: a lane whose limiter is used up", () => {
  it("is put off until so many may leave as make it worth a call, with all lanes of its shard", () => {
    const lanes = new LaneSet(
      policyOf({ aggregation: { scope: "hash-key" }, rateLimit: { percent: 100 } }),
      0,
    );
    lanes.adopt(ONE, 0);
    for (let i = 0; i < 1100; i += 1) add(lanes, `k${i}`);
    for (let sent = 0; sent < 1000; sent += 500) {
      const offers = lanes.offers(1000, 0).slice(0, 500);
      for (const { lane } of offers) lanes.take({ lane, count: 1 }, 1000, 0);
    }
    expect(lanes.offers(1000, 0)).toEqual([]);
    expect(lanes.nextLookMs).toBeCloseTo(1025);
    add(lanes, "another");
    expect(lanes.offers(1024, 0)).toEqual([]);
    const [offer] = lanes.offers(1025.001, 0);
    expect(Math.floor(offer?.share.records ?? 0)).toBe(25);
  });
});

describe("records whose time may be over", () => {
  it("are looked for only when the oldest of all that came since the last time may be", () => {
    const lanes = newLanes();
    lanes.adopt(TWO, 0);
    const looked: Lane[] = [];
    const look = (nowMs: number): number => {
      looked.splice(0);
      lanes.changeExpired(100, nowMs, (lane) => looked.push(lane) > 0);
      return looked.length;
    };
    lanes.offers(50, 0);
    add(lanes, "a", 50);
    add(lanes, "abcd", 60);
    expect(lanes.oldestFromMs).toBe(50);
    expect([look(149), look(150)]).toEqual([0, 2]);
    lanes.take({ lane: laneOf(lanes, "a"), count: 1 }, 150, 0);
    expect([look(150), lanes.oldestFromMs, look(155)]).toEqual([1, 60, 0]);
    lanes.bringBack([looseRecord("a", "", { acceptedAtMs: 50 })]);
    expect([lanes.oldestFromMs, look(155)]).toEqual([50, 2]);
  });
});
