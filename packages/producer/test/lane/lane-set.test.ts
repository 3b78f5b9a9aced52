import { hashKeyOf, MAX_HASH_KEY, writeHashKeyWords } from "@shardline/core";
import { describe, expect, it } from "vitest";
import { unpack } from "../../src/record/unpack.ts";
import type { Lane } from "../../src/lane/lane.ts";
import { LaneSet } from "../../src/lane/lane-set.ts";
import { policyOf } from "../support/policies.ts";
import { looseRecord, newRecord, pendingRecord } from "../support/records.ts";
import { equalShards, mapOf, shard, shardId } from "../support/shards.ts";

const ONE = mapOf(...equalShards(1));
const TWO = mapOf(...equalShards(2).map((each, i) => ({ ...each, shardId: shardId(i + 1) })));

function newLanes(ordering: "partition-key" | "none" = "partition-key"): LaneSet {
  return new LaneSet(policyOf({ ordering }), 0);
}

function laneOf(lanes: LaneSet, key: string): Lane {
  const words = new Uint32Array(4);
  writeHashKeyWords(hashKeyOf(key), words, 0);
  return lanes.laneFor(words, 0);
}

function add(lanes: LaneSet, key: string, data: string): Lane {
  const lane = laneOf(lanes, key);
  lane.add(newRecord(key, data), pendingRecord());
  return lane;
}

/** What waits in each lane: carriers as lists of texts. */
function waiting(lanes: LaneSet): Record<string, string[][]> {
  return Object.fromEntries(
    lanes.lanes.map((lane) => [
      lane.target.shardId ?? "none",
      lane
        .drain()
        .map((carrier) =>
          unpack(carrier).map(({ content }) => Buffer.from(content.data).toString()),
        ),
    ]),
  );
}

describe("without a map", () => {
  it("what is held stays where it is when the number of shards becomes known, and is metered by it later", () => {
    const lanes = newLanes();
    const held = add(lanes, "a", "0");
    lanes.obey({ ...policyOf({ ordering: "partition-key" }), shardCount: 7 }, 0);
    expect(lanes.lanes).toEqual([held]);
    lanes.goWithoutMapBy(0);
    lanes.offers(0, 0);
    expect(lanes.lanes).not.toContain(held);
    expect(lanes.policy.shardCount).toBe(7);
    expect(waiting(lanes)).toEqual({ none: [["0"]] });
  });

  it("there is one lane, which opens only when it is told, and whose records travel by themselves", () => {
    const lanes = newLanes();
    for (const data of ["0", "1"]) add(lanes, "a", data);
    expect([lanes.offers(1e9, 0), lanes.nextLookMs]).toEqual([[], Infinity]);
    lanes.goWithoutMapBy(5000);
    expect([lanes.offers(0, 0), lanes.nextLookMs]).toEqual([[], 5000]);
    lanes.bringBack([looseRecord("a", "8"), looseRecord("a", "9")]);
    expect([lanes.offers(4999, 0), lanes.nextLookMs]).toEqual([[], 5000]);
    expect(lanes.offers(5000, 0).map(({ opensAtMs }) => opensAtMs)).toEqual([5000]);
    expect(waiting(lanes)).toEqual({ none: [["8"], ["9"], ["0"], ["1"]] });
  });
});

describe("a first map", () => {
  it("moves everything to the lanes where it belongs, in order, together again", () => {
    const lanes = newLanes();
    for (const [key, data] of [
      ["a", "0"],
      ["abcd", "1"],
      ["a", "2"],
    ] as const)
      add(lanes, key, data);
    lanes.adopt(TWO, 0);
    expect(waiting(lanes)).toEqual({ [shardId(1)]: [["0", "2"]], [shardId(2)]: [["1"]] });
  });

  it("opens its lanes at once, and the old wait is of no account any more", () => {
    const lanes = newLanes();
    lanes.adopt(ONE, 7);
    add(lanes, "a", "0");
    lanes.goWithoutMapBy(0);
    expect(lanes.offers(7, 0, 100).map(({ opensAtMs }) => opensAtMs)).toEqual([7]);
    expect(lanes.map).toBe(ONE);
  });
});

describe("a newer map", () => {
  it("leaves lanes of shards that are still there alone", () => {
    const lanes = newLanes();
    lanes.adopt(TWO, 0);
    const kept = add(lanes, "a", "0");
    const [, high] = TWO.shards;
    const start = high?.range.start ?? 0n;
    const halves = [shard(5, start, start + 9n), shard(6, start + 10n, MAX_HASH_KEY)];
    lanes.adopt(
      mapOf(
        ...[...equalShards(2)].slice(0, 1).map((each) => ({ ...each, shardId: shardId(1) })),
        ...halves,
      ),
      0,
    );
    expect(laneOf(lanes, "a")).toBe(kept);
    expect(lanes.lanes.map(({ target }) => target.shardId)).toEqual([
      shardId(1),
      shardId(5),
      shardId(6),
    ]);
  });

  it("M-recreate: does not take a lane for another with the same id and another range", () => {
    const lanes = newLanes();
    lanes.adopt(ONE, 0);
    const before = add(lanes, "a", "0");
    lanes.adopt(mapOf(...equalShards(2)), 0);
    expect(laneOf(lanes, "a")).not.toBe(before);
    expect(waiting(lanes)).toEqual({ [shardId(0)]: [["0"]], [shardId(1)]: [] });
  });

  it("M-merge: packs what waited for both parents together, in the order in which it was put", () => {
    const lanes = newLanes();
    lanes.adopt(TWO, 0);
    for (const [key, data] of [
      ["a", "0"],
      ["abcd", "1"],
    ] as const)
      add(lanes, key, data);
    lanes.adopt(mapOf(shard(9, 0n, MAX_HASH_KEY)), 0);
    expect(waiting(lanes)).toEqual({ [shardId(9)]: [["0", "1"]] });
  });
});

describe("while a carrier of a shard that is gone is under way", () => {
  function splitUnderWay(): {
    lanes: LaneSet;
    parent: Lane;
    carrier: ReturnType<Lane["take"]>[number];
  } {
    const lanes = newLanes();
    lanes.adopt(ONE, 0);
    const parent = add(lanes, "a", "0");
    parent.add(newRecord("abcd", "1"), pendingRecord());
    const [carrier] = parent.take(1, 0);
    if (carrier === undefined) throw new Error("nothing was taken");
    add(lanes, "a", "2");
    add(lanes, "abcd", "3");
    lanes.adopt(TWO, 0);
    return { lanes, parent, carrier };
  }

  it("the lanes of its children wait, even if there is a newer map still", () => {
    const { lanes, parent } = splitUnderWay();
    expect(lanes.offers(1e6, 0)).toEqual([]);
    lanes.adopt(
      mapOf(...equalShards(4).map((each, i) => ({ ...each, shardId: shardId(i + 3) }))),
      0,
    );
    expect(lanes.offers(1e6, 0)).toEqual([]);
    lanes.release(parent);
    expect(lanes.offers(1e6, 0).map(({ lane }) => lane.target.shardId)).toEqual([
      shardId(3),
      shardId(6),
    ]);
  });

  it("and comes back, its records go before those that wait for their children", () => {
    const { carrier, lanes, parent } = splitUnderWay();
    lanes.returnTo(parent, carrier);
    lanes.release(parent);
    expect(waiting(lanes)).toEqual({ [shardId(1)]: [["0"], ["2"]], [shardId(2)]: [["1"], ["3"]] });
  });

  it("and another of it is settled, the one that is left still finds the way to its children", () => {
    const lanes = newLanes("none");
    lanes.adopt(ONE, 0);
    const parent = add(lanes, "a", "0");
    parent.append([]);
    add(lanes, "a", "1");
    const carriers = parent.take(2, 0);
    lanes.adopt(TWO, 0);
    lanes.release(parent);
    const [, second] = carriers;
    if (second === undefined) throw new Error("no second carrier");
    lanes.returnTo(parent, second);
    lanes.release(parent);
    expect(waiting(lanes)).toEqual({ [shardId(1)]: [["1"]], [shardId(2)]: [] });
  });

  it("lanes elsewhere do not wait", () => {
    const lanes = newLanes();
    lanes.adopt(TWO, 0);
    const busy = add(lanes, "a", "0");
    busy.take(1, 0);
    const [low, high] = TWO.shards;
    if (low === undefined || high === undefined) throw new Error("no two shards");
    const middle = low.range.end / 2n;
    const children = [shard(5, 0n, middle), shard(6, middle + 1n, low.range.end)];
    lanes.adopt(mapOf(...children, shard(7, high.range.start, high.range.end)), 0);
    add(lanes, "abcd", "1");
    add(lanes, "a", "2");
    expect(lanes.offers(1e6, 0).map(({ lane }) => lane.target.shardId)).toEqual([shardId(7)]);
  });
});

describe("lanes by hash key", () => {
  function keyed(options: Parameters<typeof policyOf>[0] = {}): LaneSet {
    return new LaneSet(policyOf({ aggregation: { scope: "hash-key" }, ...options }), 0);
  }

  it("need no map, and share an aggregate only within one key", () => {
    const lanes = keyed();
    for (const [key, data] of [
      ["a", "0"],
      ["b", "1"],
      ["a", "2"],
    ] as const)
      add(lanes, key, data);
    const carriers = lanes.lanes.map((lane) => lane.drain().map(unpack));
    expect(carriers.map((each) => each.map((records) => records.length))).toEqual([[2], [1]]);
  });

  it("are there only while something waits in them or is under way", () => {
    const lanes = keyed();
    for (let i = 0; i < 1000; i += 1) add(lanes, `k${i}`, "x");
    const taken = lanes.lanes.map((lane) => ({ lane, carriers: lane.take(1, 0) }));
    lanes.offers(0, 0);
    expect([lanes.lanes.length, lanes.occupied.length]).toEqual([1000, 0]);
    const [first, ...others] = taken;
    for (const { lane } of others) lanes.release(lane);
    expect(lanes.lanes).toEqual([first?.lane]);
    for (const carrier of first?.carriers ?? []) lanes.returnTo(first?.lane as Lane, carrier);
    lanes.release(first?.lane as Lane);
    expect([lanes.lanes.length, lanes.occupied.length]).toEqual([1, 1]);
    expect(laneOf(lanes, "k0")).toBe(first?.lane);
  });

  it("stay as they are when the map changes, and are metered by its shards", () => {
    const lanes = keyed({ rateLimit: { percent: 100 } });
    const before = add(lanes, "a", "0");
    lanes.adopt(TWO, 0);
    expect(laneOf(lanes, "a")).toBe(before);
    const [low, high] = [add(lanes, "b", "1"), add(lanes, "d", "2")];
    const shares = lanes.offers(1e6, 0).map(({ lane, share }) => [lane, share] as const);
    const shareOf = new Map(shares);
    const predicted = (key: string): number => (hashKeyOf(key) < 2n ** 127n ? 0 : 1);
    expect(shareOf.get(low) === shareOf.get(high)).toBe(predicted("b") === predicted("d"));
  });
});

describe("a stream that turns out to be service-managed", () => {
  const managed = policyOf({}, { distribution: "service-managed", openShardCount: 2 });

  it("M-auto-describe: gets everything plain, in one lane that waits for nobody", () => {
    const lanes = newLanes();
    lanes.adopt(TWO, 0);
    const busy = add(lanes, "a", "0");
    busy.take(1, 0);
    for (const [key, data] of [
      ["a", "1"],
      ["abcd", "2"],
      ["a", "3"],
    ] as const)
      add(lanes, key, data);
    lanes.obey(managed, 0);
    expect(lanes.offers(1e6, 0)).toHaveLength(1);
    expect(waiting(lanes)).toEqual({ none: [["1"], ["3"], ["2"]] });
  });

  it("and back again is predicted by the map that there was, in aggregates", () => {
    const lanes = newLanes();
    lanes.adopt(TWO, 0);
    lanes.obey(managed, 0);
    for (const data of ["0", "1"]) add(lanes, "a", data);
    lanes.obey(policyOf({ ordering: "partition-key" }), 0);
    expect(waiting(lanes)).toEqual({ [shardId(1)]: [["0", "1"]], [shardId(2)]: [] });
  });
});

describe("a carrier of a shard that is still there", () => {
  it("comes back as it was", () => {
    const lanes = newLanes();
    lanes.adopt(ONE, 0);
    const lane = add(lanes, "a", "0");
    const [carrier] = lane.take(1, 0);
    if (carrier === undefined) throw new Error("nothing was taken");
    lanes.returnTo(lane, carrier);
    lanes.release(lane);
    expect(lane.take(1, 0)[0]).toBe(carrier);
  });
});

describe("R-poison: records that are brought back on trial", () => {
  it("are in carriers of two halves, each with a trial of its own, before all others and in order", () => {
    const lanes = newLanes();
    lanes.adopt(ONE, 0);
    add(lanes, "a", "other");
    lanes.bringBackOnTrial(
      ["0", "1", "2", "3", "4"].map((data, i) => looseRecord("a", data, { acceptedAtMs: i })),
    );
    const carriers = lanes.lanes[0]?.drain() ?? [];
    expect(
      carriers.map(({ members }) => members.list().map(({ acceptedAtMs }) => acceptedAtMs)),
    ).toEqual([[0, 1, 2], [3, 4], [0]]);
    const [first, second, other] = carriers.map(({ trial }) => trial);
    expect(first).toBeDefined();
    expect(second).toBeDefined();
    expect(first).not.toBe(second);
    expect(other).toBeUndefined();
  });
});

it("the oldest record of all lanes is known", () => {
  const lanes = newLanes();
  lanes.adopt(TWO, 0);
  expect(lanes.oldestAtMs()).toBe(Infinity);
  laneOf(lanes, "a").add(newRecord("a"), pendingRecord({ acceptedAtMs: 9 }));
  laneOf(lanes, "abcd").add(newRecord("abcd"), pendingRecord({ acceptedAtMs: 4 }));
  expect(lanes.oldestAtMs()).toBe(4);
});
