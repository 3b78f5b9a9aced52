// Splits, merges and re-created streams while records are under way.
import { MAX_HASH_KEY, sleep } from "@shardline/core";
import { describe, expect, it } from "vitest";
import { loseAnswer, slow } from "./support/failures.ts";
import { newRig, type Rig, STREAM, watch } from "./support/rig.ts";
import { shardId } from "./support/shards.ts";

const HALF = 2n ** 127n;
const stream = { name: STREAM };
const { signal } = new AbortController();

async function split({ clock, kinesis }: Rig, index = 0, at = HALF): Promise<void> {
  await kinesis.splitShard({ stream, shardId: shardId(index), newStartingHashKey: at }, signal);
  await clock.advance(1);
}

async function merge({ clock, kinesis }: Rig): Promise<void> {
  await kinesis.mergeShards({ stream, shardId: shardId(0), adjacentShardId: shardId(1) }, signal);
  await clock.advance(1);
}

/** The texts that the KCL would deliver, sorted. */
function textsOf(rig: Rig): string[] {
  return rig
    .read()
    .map(({ data }) => data)
    .sort();
}

function listingsOf(rig: Rig): string[] {
  const told: string[] = [];
  rig.producer.on(
    "shardMapChanged",
    ({ added, removed }) => void told.push(`+${added.join()} -${removed.join()}`),
  );
  return told;
}

describe("a split that the map does not know of", () => {
  it("M-split-mixed: an aggregate that belongs to both children is sent again, each record where it belongs", async () => {
    const rig = newRig();
    await rig.clock.advance(0);
    await split(rig);
    const told = listingsOf(rig);
    const misplaced: object[] = [];
    rig.producer.on("misplaced", (event) => void misplaced.push(event));
    const receipts = ["a", "abcd"].map((key) => rig.producer.put({ partitionKey: key, data: key }));
    await rig.clock.advance(5000);
    const [a, abcd] = await Promise.all(receipts);
    expect([a?.shardId, abcd?.shardId]).toEqual([shardId(1), shardId(2)]);
    expect(textsOf(rig)).toEqual(["a", "abcd"]);
    expect(a?.attempts.map(({ failure }) => failure?.awsName)).toEqual(["WrongShard", undefined]);
    expect(misplaced).toMatchObject([{ predictedShardId: shardId(0), records: 2 }]);
    expect(told).toEqual([`+${shardId(1)},${shardId(2)} -${shardId(0)}`]);
  });

  it("M-split-pure: an aggregate that belongs to one child is delivered at once, and the map refreshed once", async () => {
    const rig = newRig();
    await rig.clock.advance(0);
    await split(rig);
    const told = listingsOf(rig);
    const receipts = ["x", "y"].map((data) => rig.producer.put({ partitionKey: "a", data }));
    await rig.clock.advance(5000);
    for (const { attempts, shardId: landed } of await Promise.all(receipts)) {
      expect([attempts.length, landed]).toEqual([1, shardId(1)]);
    }
    expect(rig.read()).toHaveLength(2);
    expect(told).toHaveLength(1);
  });

  it("M-plain-misland: a plain record is delivered wherever it landed", async () => {
    const rig = newRig();
    await rig.clock.advance(0);
    await split(rig);
    const receipt = rig.producer.put({ partitionKey: "abcd", data: "x" });
    await rig.clock.advance(5000);
    expect(await receipt).toMatchObject({ shardId: shardId(2), attempts: [{ delayMs: 100 }] });
    expect(rig.read()).toHaveLength(1);
  });

  it("M-unknown-then-closed: a landing on a shard that was closed meanwhile is understood all the same", async () => {
    const rig = newRig({ between: ({ clock }) => ({ putRecords: slow(clock, 200) }) });
    await rig.clock.advance(0);
    await split(rig);
    const receipts = ["x", "y"].map((data) => rig.producer.put({ partitionKey: "a", data }));
    await rig.clock.advance(210);
    await split(rig, 1, 2n ** 126n);
    await rig.clock.advance(5000);
    for (const { attempts, shardId: landed } of await Promise.all(receipts)) {
      expect([attempts.length, landed]).toEqual([1, shardId(1)]);
    }
    expect(rig.read()).toHaveLength(2);
  });

  it("because the call began before a listing and arrived after the split, is found out at once, too", async () => {
    const rig = newRig({
      shards: 2,
      batch: { maxDelayMs: 0 },
      between: ({ clock }) => ({
        putRecords: (next, request, abort) => {
          const isHigh = request.entries.some(
            ({ explicitHashKey }) => BigInt(explicitHashKey ?? 0) >= HALF,
          );
          return slow(clock, isHigh ? 400 : 0)(next, request, abort);
        },
      }),
    });
    await rig.clock.advance(10_000);
    const high = ["x", "y"].map((data) =>
      rig.producer.put({ partitionKey: "k", data, explicitHashKey: HALF }),
    );
    await rig.clock.advance(10);
    await split(rig, 0, HALF / 2n);
    watch(rig.producer.put({ partitionKey: "k", data: "low", explicitHashKey: 0n }));
    await rig.clock.advance(10);
    await split(rig, 1, HALF + HALF / 2n);
    await rig.clock.advance(1500);
    const receipts = high.map((receipt) => watch(receipt));
    await rig.clock.advance(0);
    expect(receipts.map((receipt) => receipt())).toMatchObject([
      { kind: "resolved", value: { shardId: shardId(4), attempts: [{ durationMs: 400 }] } },
      { kind: "resolved", value: { shardId: shardId(4), attempts: [{ durationMs: 400 }] } },
    ]);
    expect(textsOf(rig)).toEqual(["low", "x", "y"]);
  });
});

describe("a landing that no listing ever shows", () => {
  it("is waited for five seconds; then everything is sent again, and told as perhaps written", async () => {
    let isHidden = true;
    const rig = newRig({
      between: () => ({
        putRecords: async (next, ...args) => {
          const { outcomes } = await next(...args);
          if (!isHidden) return { outcomes };
          isHidden = false;
          return {
            outcomes: outcomes.map((outcome) => ({ ...outcome, shardId: "shardId-999999999999" })),
          };
        },
      }),
    });
    await rig.clock.advance(0);
    const receipts = ["x", "y"].map((data) => rig.producer.put({ partitionKey: "a", data }));
    await rig.clock.advance(5099);
    expect(rig.calls).toHaveLength(1);
    await rig.clock.advance(2000);
    const [first] = await Promise.all(receipts);
    expect(first?.attempts[0]?.failure).toMatchObject({
      awsName: "UnknownShard",
      isAmbiguous: true,
    });
    expect(first?.shardId).toBe(shardId(0));
    expect(rig.clock.pendingTimers).toBe(0);
  });
});

describe("M-merge: a merge that the map does not know of", () => {
  it("costs not one duplicate", async () => {
    const rig = newRig({ shards: 2 });
    await rig.clock.advance(0);
    await merge(rig);
    const told = listingsOf(rig);
    const keys = Array.from({ length: 40 }, (_, i) => `k${i}`);
    const receipts = keys.map((key) => rig.producer.put({ partitionKey: key, data: key }));
    await rig.clock.advance(5000);
    for (const { attempts, shardId: landed } of await Promise.all(receipts)) {
      expect([attempts.length, landed]).toEqual([1, shardId(2)]);
    }
    expect(textsOf(rig)).toEqual([...keys].sort());
    expect(told).toEqual([`+${shardId(2)} -${shardId(0)},${shardId(1)}`]);
  });
});

describe("lanes of new shards", () => {
  it("wait for what is under way to the shard whose hash keys they take over", async () => {
    let isFirst = true;
    const rig = newRig({
      batch: { maxDelayMs: 0 },
      recordTtlMs: Infinity,
      between: ({ clock }) => ({
        putRecords: (next, ...args) => {
          const lag = isFirst ? 14_000 : 10;
          isFirst = false;
          return slow(clock, lag)(next, ...args);
        },
      }),
    });
    const told = listingsOf(rig);
    // With this seed the map is too old from 294 s on.
    await rig.clock.advance(290_000);
    const outcomes = [watch(rig.producer.put({ partitionKey: "a", data: "0" }))];
    await rig.clock.advance(0);
    await split(rig);
    await rig.clock.advance(5000);
    expect(told).toHaveLength(1);
    // These puts find the map too old, so that the split becomes known while the first call is under way.
    for (const data of ["1", "2"])
      outcomes.push(watch(rig.producer.put({ partitionKey: "a", data })));
    await rig.clock.advance(5000);
    expect([told.length, rig.calls.length]).toEqual([2, 1]);
    await rig.clock.advance(20_000);
    expect(outcomes.map((outcome) => outcome().kind)).toEqual(["resolved", "resolved", "resolved"]);
    expect(rig.read().map(({ data }) => data)).toEqual(["0", "1", "2"]);
  });
});

describe("M-recreate: a stream that was deleted and made again with other shards", () => {
  it("gets its new ranges used after a contradiction, though its first shard has the old id", async () => {
    const rig = newRig({ batch: { maxDelayMs: 0 } });
    await rig.clock.advance(0);
    await rig.emulator.call("DeleteStream", { StreamName: STREAM });
    await rig.clock.advance(10);
    await rig.emulator.call("CreateStream", { StreamName: STREAM, ShardCount: 2 });
    await rig.clock.advance(10);
    const contradicting = rig.producer.put({
      partitionKey: "h",
      data: "h",
      explicitHashKey: MAX_HASH_KEY,
    });
    await rig.clock.advance(2000);
    expect((await contradicting).shardId).toBe(shardId(1));
    const receipts = ["a", "abcd", "a"].map((key) =>
      rig.producer.put({ partitionKey: key, data: key }),
    );
    await rig.clock.advance(2000);
    for (const { attempts } of await Promise.all(receipts)) expect(attempts).toHaveLength(1);
    expect(textsOf(rig)).toEqual(["a", "a", "abcd", "h"]);
    expect(rig.calls.length).toBeLessThan(5);
  });

  it("is listed again after it was missed, though every shard that is met has an old id", async () => {
    const rig = newRig({ batch: { maxDelayMs: 0 } });
    await rig.clock.advance(0);
    await rig.emulator.call("DeleteStream", { StreamName: STREAM });
    await rig.clock.advance(10);
    const missing = watch(
      rig.producer.put({ partitionKey: "a", data: "first", explicitHashKey: 0n }),
    );
    await rig.clock.advance(1000);
    await rig.emulator.call("CreateStream", { StreamName: STREAM, ShardCount: 2 });
    await rig.clock.advance(4000);
    expect(missing().kind).toBe("resolved");
    for (const [data, explicitHashKey] of [
      ["low", 0n],
      ["high", MAX_HASH_KEY],
    ] as const) {
      void rig.producer.put({ partitionKey: "a", data, explicitHashKey });
    }
    await rig.clock.advance(1000);
    expect(textsOf(rig)).toEqual(["first", "high", "low"]);
  });

  it.each([200, 500, 900, 1300, 2000, 3500])(
    "loses nothing of what was put while it was missing, back after %i ms",
    async (awayMs) => {
      const rig = newRig();
      await rig.clock.advance(0);
      await rig.emulator.call("DeleteStream", { StreamName: STREAM });
      await rig.clock.advance(10);
      const outcomes: (() => { readonly kind: string })[] = [];
      const put = (index: number): void => {
        const explicitHashKey = index % 2 === 0 ? 0n : MAX_HASH_KEY;
        const record = { partitionKey: `${index % 2}`, data: `${index}`, explicitHashKey };
        outcomes.push(watch(rig.producer.put(record)));
      };
      for (let i = 0; i < 100; i += 1) {
        for (let j = 0; j < 4; j += 1) put(4 * i + j);
        if (10 * i === awayMs - (awayMs % 10)) {
          await rig.emulator.call("CreateStream", { StreamName: STREAM, ShardCount: 2 });
        }
        await rig.clock.advance(10);
      }
      if (awayMs >= 1000) {
        await rig.clock.advance(awayMs - 1000);
        await rig.emulator.call("CreateStream", { StreamName: STREAM, ShardCount: 2 });
      }
      await rig.clock.advance(20_000);
      expect(outcomes.filter((outcome) => outcome().kind !== "resolved")).toEqual([]);
      expect(new Set(textsOf(rig)).size).toBe(400);
    },
  );

  it("has an aggregate judged by the ranges that it has now, though the shard has the id that was predicted", async () => {
    const rig = newRig({
      shards: 2,
      batch: { maxDelayMs: 0 },
      shardMap: { refreshMs: 1000 },
      between: ({ clock }) => ({
        putRecords: async (next, request, abort) => {
          const answer = await next(request, abort);
          await sleep(clock, 3000, abort);
          return answer;
        },
      }),
    });
    await rig.clock.advance(0);
    await rig.emulator.call("DeleteStream", { StreamName: STREAM });
    await rig.clock.advance(10);
    await rig.emulator.call("CreateStream", { StreamName: STREAM, ShardCount: 4 });
    await rig.clock.advance(10);
    // Both belonged to the first of two shards; of four, they belong to the first and the second.
    const outcomes = [0n, HALF - 1n].map((explicitHashKey) =>
      watch(rig.producer.put({ partitionKey: "k", data: `${explicitHashKey}`, explicitHashKey })),
    );
    await rig.clock.advance(2000);
    watch(rig.producer.put({ partitionKey: "k", data: "wakes", explicitHashKey: MAX_HASH_KEY }));
    await rig.clock.advance(20_000);
    expect(outcomes.map((outcome) => outcome().kind)).toEqual(["resolved", "resolved"]);
    expect(textsOf(rig)).toEqual(["0", `${HALF - 1n}`, "wakes"]);
  });

  it("keeps its records, if it is back within five seconds", async () => {
    const rig = newRig({ batch: { maxDelayMs: 0 } });
    await rig.clock.advance(0);
    await rig.emulator.call("DeleteStream", { StreamName: STREAM });
    await rig.clock.advance(10);
    const outcome = watch(rig.producer.put({ partitionKey: "a", data: "x" }));
    await rig.clock.advance(3000);
    await rig.emulator.call("CreateStream", { StreamName: STREAM, ShardCount: 1 });
    await rig.clock.advance(5000);
    expect(outcome().kind).toBe("resolved");
    expect(textsOf(rig)).toEqual(["x"]);
  });
});

it("a split together with a lost answer loses nothing", async () => {
  let isLost = true;
  const rig = newRig({
    between: () => ({
      putRecords: (next, ...args) => {
        const lose = isLost;
        isLost = false;
        return lose ? loseAnswer(next, ...args) : next(...args);
      },
    }),
  });
  await rig.clock.advance(0);
  const receipts = ["a", "abcd"].map((key) => rig.producer.put({ partitionKey: key, data: key }));
  await rig.clock.advance(100);
  await split(rig);
  await rig.clock.advance(5000);
  await Promise.all(receipts);
  expect(new Set(textsOf(rig))).toEqual(new Set(["a", "abcd"]));
});
