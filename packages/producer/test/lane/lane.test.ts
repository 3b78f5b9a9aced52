import { SeededRandom } from "@shardline/core/testing";
import { describe, expect, it } from "vitest";
import { Lane } from "../../src/lane/lane.ts";
import type { LanePolicy } from "../../src/lane/lane-policy.ts";
import { BuilderPool } from "../../src/record/builder-pool.ts";
import {
  AGGREGATED,
  carrierOf,
  looseRecord,
  newRecord,
  pendingRecord,
} from "../support/records.ts";
import { shardId } from "../support/shards.ts";

const POLICY: LanePolicy = {
  placement: "shard",
  isOrdered: true,
  packing: AGGREGATED,
  maxDelayMs: 100,
  chunk: { maxBytes: 1000, maxRecords: Infinity },
  backlogMaxBytes: 2000,
  maxBytesPerBatch: 3000,
  rateLimit: false,
  shardCount: 1,
  backoff: { throttled: { baseMs: 50, maxMs: 60 }, otherwise: { baseMs: 50, maxMs: 2000 } },
  builders: new BuilderPool(),
};
const TARGET = { shardId: shardId(0), range: { start: 0n, end: 9n } };

function newLane(
  policy: Partial<LanePolicy> = {},
  waitsFor: readonly Lane[] = [],
  opensAtMs = 0,
): Lane {
  return new Lane(TARGET, { ...POLICY, ...policy }, 0, { opensAtMs, waitsFor });
}

function add(lane: Lane, bytes = 1, acceptedAtMs = 0, epoch = 0): number {
  return lane.add(newRecord("k", new Uint8Array(bytes)), pendingRecord({ acceptedAtMs, epoch }));
}

describe("a record that is added", () => {
  it("makes the lane worth a look when its linger is over, if it is the first of a chunk", () => {
    const lane = newLane();
    expect(add(lane, 1, 30)).toBe(130);
    expect(add(lane, 1, 40)).toBe(Infinity);
    expect(lane.offer(50, 0)).toMatchObject({ dueAtMs: 130, oldestAtMs: 30 });
  });

  it("makes it worth a look at once, if it fills the chunk or does not fit into it", () => {
    const lane = newLane();
    expect(add(lane, 600)).toBe(100);
    expect(add(lane, 600)).toBe(-Infinity);
    expect(add(newLane({ chunk: { maxBytes: 1000, maxRecords: 1 } }))).toBe(-Infinity);
    expect(add(newLane(), 1000)).toBe(-Infinity);
  });

  it("may share a larger chunk while others are under way or wait", () => {
    const lane = newLane();
    add(lane, 900);
    lane.take(1, 0);
    for (let i = 0; i < 6; i += 1) add(lane, 300);
    expect(lane.drain().map(({ members }) => members.length)).toEqual([6]);
    const idle = newLane();
    for (let i = 0; i < 6; i += 1) add(idle, 300);
    expect(idle.drain().map(({ members }) => members.length)).toEqual([3, 3]);
  });
});

describe("an offer", () => {
  it("is none from an empty lane", () => {
    expect(newLane().offer(0, 0)).toBeUndefined();
    expect(newLane().oldestAtMs).toBe(Infinity);
  });

  it("is due at once when a flush covers its first record, and not for one put after", () => {
    const lane = newLane();
    add(lane, 1, 0, 3);
    expect(lane.offer(0, 3)?.dueAtMs).toBe(100);
    expect(lane.offer(0, 4)?.dueAtMs).toBe(-Infinity);
  });

  it("is none where order is kept, until what is under way is back", () => {
    const lane = newLane();
    add(lane);
    lane.take(1, 0);
    expect(lane.isBusy).toBe(true);
    add(lane);
    expect(lane.offer(500, 0)).toBeUndefined();
    lane.release();
    expect([lane.isBusy, lane.offer(500, 0)?.sizes.length]).toEqual([false, 1]);
  });

  it("is one carrier where order is kept, whatever waits behind", () => {
    const lane = newLane();
    for (let i = 0; i < 5; i += 1) add(lane, 990);
    expect(lane.offer(0, 0)?.sizes).toEqual([991]);
  });

  it("without order is all carriers that fit one shard's share, the open chunk last and only if it is due", () => {
    const lane = newLane({ isOrdered: false, backlogMaxBytes: 1000 });
    for (let i = 0; i < 3; i += 1) add(lane, 990);
    add(lane, 10);
    expect(lane.offer(0, 0)?.sizes).toEqual([991, 991, 991]);
    expect(lane.offer(100, 0)?.sizes).toEqual([991, 991, 991, 11]);
    add(lane, 990);
    expect(lane.offer(100, 0)?.sizes).toEqual([991, 991, 991, 11]);
  });

  it("without order is a carrier larger than the share by itself", () => {
    const lane = newLane({ isOrdered: false });
    add(lane, 5000);
    add(lane, 5);
    expect(lane.offer(200, 0)?.sizes).toEqual([5001]);
  });

  it("R-poison: is of the first carriers that are on one trial, and says which", () => {
    const lane = newLane({ isOrdered: false });
    add(lane);
    const trial = Symbol("trial");
    const suspects = ["a", "b"].map((data) => ({ ...carrierOf(looseRecord("k", data)), trial }));
    const other = { ...carrierOf(looseRecord("k", "other")), trial: Symbol("other") };
    lane.prepend([...suspects, other]);
    expect(lane.offer(200, 0)).toMatchObject({ trial, sizes: [2, 2] });
    lane.take(2, 200);
    expect(lane.offer(200, 0)).toMatchObject({ trial: other.trial, sizes: [6] });
    lane.take(1, 200);
    expect(lane.offer(200, 0)).toMatchObject({ trial: undefined, sizes: [2] });
  });

  it("opens when the lane does, which may be earlier than planned but not later", () => {
    const lane = newLane({}, [], Infinity);
    add(lane);
    expect(lane.offer(0, 0)?.opensAtMs).toBe(Infinity);
    lane.openBy(5000);
    lane.openBy(9000);
    expect(lane.offer(0, 0)?.opensAtMs).toBe(5000);
  });
});

describe("R-backoff: a lane that was refused", () => {
  it("opens later each time, until a carrier is stored", () => {
    const lane = newLane();
    add(lane);
    const random = new SeededRandom(1);
    const pauses = [1, 2, 3].map(() => {
      const nowMs = lane.offer(0, 0)?.opensAtMs ?? 0;
      lane.backOff("transient", nowMs, random);
      return (lane.offer(0, 0)?.opensAtMs ?? 0) - nowMs;
    });
    for (const [i, pause] of pauses.entries()) {
      expect(pause).toBeGreaterThanOrEqual(25 * 2 ** i);
      expect(pause).toBeLessThanOrEqual(50 * 2 ** i);
    }
    lane.recover();
    const nowMs = lane.offer(0, 0)?.opensAtMs ?? 0;
    lane.backOff("transient", nowMs, random);
    expect((lane.offer(0, 0)?.opensAtMs ?? 0) - nowMs).toBeLessThanOrEqual(50);
  });

  it("R-fair: opens soon however often it was throttled, because its limiter slows it down", () => {
    const lane = newLane();
    add(lane);
    for (let i = 0; i < 20; i += 1) lane.backOff("throttled", 0, new SeededRandom(1));
    expect(lane.offer(0, 0)?.opensAtMs).toBeLessThanOrEqual(60);
  });

  it("R-fair: seals no larger aggregates than usual, which others would leave no room for", () => {
    const lane = newLane();
    add(lane, 900);
    lane.take(1, 0);
    lane.backOff("throttled", 0, new SeededRandom(1));
    for (let i = 0; i < 6; i += 1) add(lane, 300);
    expect(lane.drain().map(({ members }) => members.length)).toEqual([3, 3]);
    lane.recover();
    for (let i = 0; i < 6; i += 1) add(lane, 300);
    expect(lane.drain().map(({ members }) => members.length)).toEqual([6]);
  });
});

describe("carriers", () => {
  it("come back to the head, and records moved from elsewhere go to the end", () => {
    const lane = newLane();
    add(lane, 3);
    lane.append([carrierOf(looseRecord("k", "moved"))]);
    lane.prepend([carrierOf(looseRecord("k", "returned"))]);
    add(lane, 4);
    expect(lane.drain().map(({ bytes }) => bytes)).toEqual([9, 4, 6, 5]);
    expect(lane.oldestAtMs).toBe(Infinity);
  });

  it("are handed out in order, the chunk sealed only when it is its turn", () => {
    const lane = newLane({ isOrdered: false });
    add(lane, 990);
    add(lane, 5);
    expect(lane.take(1, 0).map(({ bytes }) => bytes)).toEqual([991]);
    add(lane, 6);
    expect(lane.take(1, 0).map(({ members }) => members.length)).toEqual([2]);
  });

  it("cannot be asked for beyond what there is, nor given back twice", () => {
    const lane = newLane();
    add(lane);
    expect(() => lane.take(2, 0)).toThrow("a lane is asked for no more than it offered");
    expect(lane.isBusy).toBe(false);
    expect(lane.isEmpty).toBe(false);
    expect(() => newLane().release()).toThrow("a lane gets back what it handed out");
  });
});

describe("a lane that takes over from another", () => {
  it("offers nothing until that one is done", () => {
    const [before, other] = [newLane(), newLane()];
    const lane = newLane({}, [before, other]);
    add(lane);
    lane.stopWaitingFor(before);
    expect(lane.offer(500, 0)).toBeUndefined();
    lane.stopWaitingFor(other);
    expect(lane.offer(500, 0)).toBeDefined();
  });
});

describe("records whose time is over", () => {
  it("are taken out with the carriers that hold them, and with the open chunk", () => {
    const lane = newLane({ isOrdered: false });
    add(lane, 990, 0);
    add(lane, 990, 10);
    add(lane, 1, 20);
    const expiredBy = (nowMs: number): number[] => {
      const expired: number[] = [];
      lane.thinExpired(1000, nowMs, ({ pending }) => {
        expired.push(pending.acceptedAtMs);
        return false;
      });
      return expired;
    };
    expect(expiredBy(999)).toEqual([]);
    expect(expiredBy(1000)).toEqual([0]);
    expect(lane.oldestAtMs).toBe(10);
    expect(expiredBy(1020)).toEqual([10, 20]);
    expect(lane.oldestAtMs).toBe(Infinity);
  });
});
