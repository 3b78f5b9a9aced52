// Streams that are deleted and made again while the producer calls nobody: the shards have the old ids and other ranges, and
// nothing but the numbers of what lands there tells.
import { apiCallFailed, MAX_HASH_KEY, sleep } from "@shardline/core";
import { describe, expect, it } from "vitest";
import { expectTrueReceipts, type PutRecord } from "./support/claims.ts";
import { failureOf } from "./support/failures.ts";
import { readEverything } from "./support/kcl-reader.ts";
import { renumber } from "./support/renumber.ts";
import { newRig, type Rig, type RigOptions, STREAM, watch } from "./support/rig.ts";
import { shardId } from "./support/shards.ts";

const SPREAD = 16n;

interface Listed extends Rig {
  readonly listings: () => number;
}

/** A rig that counts the listings of shards. */
function newListedRig({ between, ...options }: RigOptions = {}): Listed {
  let listings = 0;
  const rig = newRig({
    batch: { maxDelayMs: 0 },
    ...options,
    between: (world) => {
      const own = between?.(world) ?? {};
      const list = own.listShards ?? ((next, ...args) => next(...args));
      return {
        ...own,
        listShards: (next, ...args) => {
          listings += 1;
          return list(next, ...args);
        },
      };
    },
  });
  return { ...rig, listings: () => listings };
}

/** Takes the stream away and makes it again; no time passes in which a producer could notice. */
async function remake(
  { clock, emulator }: Pick<Rig, "clock" | "emulator">,
  shards: number,
): Promise<void> {
  await emulator.call("DeleteStream", { StreamName: STREAM });
  await clock.advance(1);
  await emulator.call("CreateStream", { StreamName: STREAM, ShardCount: shards });
  await clock.advance(1);
}

/** Puts records all over the hash keys, lowest first, or highest first. */
function putEverywhere({ producer }: Rig, name: string, isRising = true): PutRecord[] {
  return Array.from({ length: Number(SPREAD) }, (_, i) => {
    const at = BigInt(isRising ? i : Number(SPREAD) - 1 - i);
    const explicitHashKey = (MAX_HASH_KEY / (SPREAD - 1n)) * at;
    const record = { partitionKey: `${name}${i}`, data: `${name}${i}`, explicitHashKey };
    return { ...record, outcome: watch(producer.put(record)) };
  });
}

function expectAllTrue(puts: readonly PutRecord[], { emulator, read }: Rig): void {
  expect(puts.filter(({ outcome }) => outcome().kind !== "resolved")).toEqual([]);
  expectTrueReceipts(puts, emulator.inspect(STREAM));
  const texts = new Set(read().map(({ data }) => data));
  expect(puts.filter(({ data }) => !texts.has(data))).toEqual([]);
}

describe("a stream that is made again while nobody puts", () => {
  it.each([
    [1, 2],
    [1, 5],
    [2, 1],
    [2, 3],
    [2, 4],
    [3, 2],
    [4, 3],
    [4, 4],
    [5, 1],
  ])(
    "M-recreate: of %i shards and then %i, keeps every record that is acknowledged",
    async (before, after) => {
      const rig = newListedRig({ shards: before });
      await rig.clock.advance(0);
      const first = putEverywhere(rig, "first");
      await rig.clock.advance(6000);
      expectAllTrue(first, rig);
      await remake(rig, after);
      const second = putEverywhere(rig, "second");
      await rig.clock.advance(5000);
      const third = putEverywhere(rig, "third", false);
      await rig.clock.advance(5000);
      expectAllTrue([...second, ...third], rig);
      for (const { outcome } of third)
        expect(outcome()).toMatchObject({ value: { attemptCount: 1 } });
      expect(rig.listings()).toBe(2);
    },
  );

  it("M-recreate: is listed once more if it is described later than it was listed, when it may have been the old one", async () => {
    const rig = newListedRig();
    await rig.clock.advance(2000);
    await remake(rig, 2);
    const puts = putEverywhere(rig, "soon");
    await rig.clock.advance(1000);
    expect(rig.listings()).toBe(2);
    await rig.clock.advance(4000);
    puts.push(...putEverywhere(rig, "late"));
    await rig.clock.advance(5000);
    expectAllTrue(puts, rig);
    expect(rig.listings()).toBe(3);
  });

  it("M-recreate: is found out by a plain record, before any aggregate is sent in vain", async () => {
    const rig = newListedRig();
    await rig.clock.advance(2000);
    await remake(rig, 2);
    const plain = watch(rig.producer.put({ partitionKey: "k", data: "x", explicitHashKey: 0n }));
    await rig.clock.advance(2000);
    expect(plain()).toMatchObject({ value: { shardId: shardId(0), attemptCount: 1 } });
    const puts = putEverywhere(rig, "a");
    await rig.clock.advance(2000);
    expectAllTrue(puts, rig);
    for (const { outcome } of puts) expect(outcome()).toMatchObject({ value: { attemptCount: 1 } });
  });

  it("M-recreate: keeps every record, though one of the stream before it was acknowledged late", async () => {
    const rig = newListedRig({
      shards: 2,
      between: ({ clock }) => ({
        putRecords: async (next, request, signal) => {
          const isSlow = request.entries.some(({ partitionKey }) => partitionKey === "late");
          const answer = await next(request, signal);
          if (isSlow) await sleep(clock, 4000, signal);
          return answer;
        },
      }),
    });
    await rig.clock.advance(2000);
    const put = (key: string, explicitHashKey: bigint): PutRecord => {
      const record = { partitionKey: key, data: key, explicitHashKey };
      return { ...record, outcome: watch(rig.producer.put(record)) };
    };
    const late = put("late", MAX_HASH_KEY);
    await rig.clock.advance(10);
    await remake(rig, 2);
    const second = put("second", 0n);
    await rig.clock.advance(2000);
    expect([late.outcome().kind, second.outcome().kind]).toEqual(["pending", "resolved"]);
    await rig.clock.advance(8000);
    expect(late.outcome().kind).toBe("resolved");
    await remake(rig, 3);
    const third = [put("middle", MAX_HASH_KEY / 2n + 1n), put("high", MAX_HASH_KEY)];
    await rig.clock.advance(5000);
    expectAllTrue(third, rig);
  });

  it("M-recreate: is not mistaken for the old one because a listing of that was under way", async () => {
    let isHeld = false;
    const rig = newListedRig({
      shardMap: { refreshMs: 1000 },
      between: ({ clock }) => ({
        listShards: async (next, request, signal) => {
          const answer = await next(request, signal);
          if (isHeld) await sleep(clock, 600, signal);
          return answer;
        },
      }),
    });
    await rig.clock.advance(0);
    putEverywhere(rig, "zero");
    await rig.clock.advance(5000);
    isHeld = true;
    putEverywhere(rig, "first");
    await rig.clock.advance(10);
    await remake(rig, 3);
    const second = putEverywhere(rig, "second");
    await rig.clock.advance(10_000);
    expectAllTrue(second, rig);
  });

  it("M-recreate: and cannot be listed, is put to record by record until it can", async () => {
    let isDown = false;
    const rig = newListedRig({
      between: () => ({
        listShards: (next, ...args) =>
          isDown
            ? Promise.reject(apiCallFailed("ListShards", failureOf("transient")))
            : next(...args),
      }),
    });
    await rig.clock.advance(2000);
    isDown = true;
    await remake(rig, 3);
    const puts = putEverywhere(rig, "a");
    await rig.clock.advance(20_000);
    expectAllTrue(puts, rig);
    isDown = false;
    await rig.clock.advance(40_000);
    const later = putEverywhere(rig, "b");
    await rig.clock.advance(5000);
    expectAllTrue(later, rig);
    for (const { outcome } of later)
      expect(outcome()).toMatchObject({ value: { attemptCount: 1 } });
  });
});

it("M-recreate: is not taken for one that places records itself, by shards that the one before it had", async () => {
  let isDown = false;
  const rig = newListedRig({
    between: () => ({
      listShards: (next, ...args) =>
        isDown
          ? Promise.reject(apiCallFailed("ListShards", failureOf("transient")))
          : next(...args),
    }),
  });
  const told: string[] = [];
  rig.producer.on("distributionChanged", ({ distribution }) => void told.push(distribution));
  await rig.clock.advance(2000);
  isDown = true;
  const half = MAX_HASH_KEY / 2n + 1n;
  const request = { shardId: shardId(0), newStartingHashKey: half };
  await rig.kinesis.splitShard(
    { stream: { name: STREAM }, ...request },
    new AbortController().signal,
  );
  await rig.clock.advance(1);
  // They land on a shard that no listing has shown yet: the third of the old stream, and there is a third of the new one.
  const keys = [half, MAX_HASH_KEY];
  const held = keys.map((explicitHashKey) =>
    watch(rig.producer.put({ partitionKey: "k", data: `${explicitHashKey}`, explicitHashKey })),
  );
  await rig.clock.advance(1000);
  expect(held.map((outcome) => outcome().kind)).toEqual(["pending", "pending"]);
  await remake(rig, 6);
  isDown = false;
  await rig.clock.advance(20_000);
  expect(held.map((outcome) => outcome().kind)).toEqual(["resolved", "resolved"]);
  expect(rig.read().map(({ data }) => data)).toEqual(keys.map(String));
  expect(told).toEqual([]);
});

describe("sequence numbers", () => {
  it("of a stream that stays the same cost no listing, through splits, merges and an hour of puts", async () => {
    const rig = newListedRig({ shards: 2, shardMap: { refreshMs: 0 } });
    await rig.clock.advance(0);
    for (let minute = 0; minute < 60; minute += 1) {
      putEverywhere(rig, `m${minute}-`);
      await rig.clock.advance(60_000);
    }
    expect(rig.listings()).toBe(1);
  });

  it.each<[what: string, change: (number: string, call: number) => string, listings: number]>([
    ["are counters", (number) => number.slice(-12), 2],
    ["begin otherwise than their shard does", (number) => `7${number.slice(1)}`, 2],
    ["have more digits than that their shard starts with", (number) => `1${number}`, 2],
    ["begin otherwise with each call", (number, call) => `${call}${number}`, 3],
  ])(
    "that %s leave no doubt for long, and every record is stored once",
    async (_, change, listings) => {
      let calls = 0;
      const rig = newListedRig({
        shards: 2,
        between: () => ({
          putRecords: async (next, ...args) => {
            calls += 1;
            const call = calls;
            return renumber(await next(...args), (number) => change(number, call));
          },
        }),
      });
      await rig.clock.advance(0);
      const puts: PutRecord[] = [];
      for (let i = 0; i < 20; i += 1) {
        puts.push(...putEverywhere(rig, `r${i}-`));
        await rig.clock.advance(3000);
      }
      for (const { outcome } of puts)
        expect(outcome()).toMatchObject({ value: { attemptCount: 1 } });
      expect(readEverything(rig.emulator.inspect(STREAM))).toHaveLength(puts.length);
      expect(rig.listings()).toBeLessThanOrEqual(listings);
    },
  );
});
