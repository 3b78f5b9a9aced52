// The order of records of one key, in the stream and in receipts.
import { deaggregate } from "@shardline/aggregation";
import { SeededRandom } from "@shardline/core/testing";
import { describe, expect, it } from "vitest";
import { expectKeyOrder, expectTrueReceipts, type PutRecord } from "./support/claims.ts";
import { failureOf, refusing, slow } from "./support/failures.ts";
import { membersOf, readAsKcl, readInRange } from "./support/kcl-reader.ts";
import { newRig, type Rig, STREAM, watch } from "./support/rig.ts";
import { type Odds, reshard, Weather } from "./support/weather.ts";

const FINE: Odds = {
  throttledEntry: 0,
  failedEntry: 0,
  lostRequest: 0,
  lostAnswer: 0,
  failedListing: 0,
  throttledCall: 0,
  maxLatencyMs: 60,
};

function put({ producer }: Rig, partitionKey: string, data: string): PutRecord {
  return { partitionKey, data, outcome: watch(producer.put({ partitionKey, data })) };
}

describe("O-key: records of a key are first seen in the order in which they were put", () => {
  it.each<[string, number, Partial<Odds>]>([
    ["5 % of carriers throttled", 1, { throttledEntry: 0.05 }],
    ["half of all carriers throttled", 2, { throttledEntry: 0.5 }],
    ["lost answers and lost requests", 3, { lostAnswer: 0.1, lostRequest: 0.1 }],
    [
      "everything at once",
      4,
      {
        throttledEntry: 0.2,
        failedEntry: 0.1,
        lostAnswer: 0.1,
        lostRequest: 0.1,
        failedListing: 0.3,
      },
    ],
  ])("with %s, splits and merges", async (_, seed, bad) => {
    const random = new SeededRandom(seed);
    const weather = new Weather({ ...FINE, ...bad }, random.fork());
    const rig = newRig({
      seed,
      shards: 2,
      batch: { maxDelayMs: 10 },
      aggregation: { maxBytes: 400 },
      recordTtlMs: Infinity,
      between: (world) => weather.between(world),
    });
    const puts: PutRecord[] = [];
    for (let i = 0; i < 600; i += 1) {
      puts.push(put(rig, `key-${Math.floor(random.next() * 10)}`, `${i}`));
      if (i % 4 === 0) await rig.clock.advance(random.next() * 40);
      if (i % 120 === 60) await reshard(rig, random);
    }
    weather.clearUp();
    await rig.clock.advance(60_000);
    const stream = rig.emulator.inspect(STREAM);
    expect(new Set(puts.map(({ outcome }) => outcome().kind))).toEqual(new Set(["resolved"]));
    expect(stream?.shards.length).toBeGreaterThan(4);
    expectTrueReceipts(puts, stream);
    expectKeyOrder(puts, readAsKcl(stream));
    expectKeyOrder(puts, readInRange(stream));
  });

  it("and one carrier of a shard is under way at a time, of all shards together as many as there are", async () => {
    const underWay = new Map<string, number>();
    let most = 0;
    const rig = newRig({
      shards: 4,
      batch: { maxDelayMs: 0 },
      between: ({ clock }) => ({
        putRecords: async (next, request, signal) => {
          const shards = request.entries.map(({ explicitHashKey = "" }) =>
            String(BigInt(explicitHashKey) >> 126n),
          );
          for (const shard of shards) underWay.set(shard, (underWay.get(shard) ?? 0) + 1);
          most = Math.max(most, underWay.size);
          expect(Math.max(...underWay.values())).toBe(1);
          const answer = await slow(clock, 50)(next, request, signal);
          for (const shard of shards) underWay.delete(shard);
          return answer;
        },
      }),
    });
    await rig.clock.advance(0);
    const puts: PutRecord[] = [];
    for (let i = 0; i < 300; i += 1) {
      puts.push(put(rig, `k${i % 30}`, `${i}`));
      await rig.clock.advance(1);
    }
    await rig.clock.advance(1000);
    expect(most).toBe(4);
    expectKeyOrder(puts, rig.read());
    expect(rig.read()).toHaveLength(300);
  });
});

describe("O-key: when a record that waits is given up", () => {
  it("the others of its aggregate do not pass those that were put before them", async () => {
    const rig = newRig({
      batch: { maxDelayMs: 0 },
      aggregation: { maxBytes: 64 },
      between: ({ clock }) => ({ putRecords: slow(clock, 1000) }),
    });
    await rig.clock.advance(0);
    const stop = new AbortController();
    const puts = [put(rig, "k", "under way")];
    await rig.clock.advance(1);
    puts.push(put(rig, "k", "large".padEnd(300_000, ".")));
    const aborted = watch(
      rig.producer.put({ partitionKey: "k", data: "aborted" }, { signal: stop.signal }),
    );
    puts.push(put(rig, "k", "last"));
    stop.abort();
    await rig.clock.advance(10_000);
    expect(aborted().kind).toBe("rejected");
    expect(rig.read()).toHaveLength(3);
    expectKeyOrder(puts, rig.read());
  });
});

describe("without order", () => {
  it("several carriers of a shard are under way at the same time", async () => {
    const rig = newRig({
      ordering: "none",
      batch: { maxDelayMs: 0 },
      between: ({ clock }) => ({ putRecords: slow(clock, 50) }),
    });
    await rig.clock.advance(0);
    for (let i = 0; i < 5; i += 1) {
      put(rig, "k", `${i}`);
      await rig.clock.advance(1);
    }
    expect(rig.calls.map(({ entries }) => entries.length)).toEqual([1, 1, 1, 1, 1]);
    await rig.clock.advance(50);
  });

  it("records that were refused let younger ones pass", async () => {
    let isRefused = true;
    const rig = newRig({
      aggregation: false,
      batch: { maxDelayMs: 0 },
      between: () => ({
        putRecords: refusing(({ data }) =>
          isRefused && Buffer.from(data).toString() === "0" ? failureOf("throttled") : undefined,
        ),
      }),
    });
    await rig.clock.advance(0);
    for (const data of ["0", "1"]) put(rig, "k", data);
    await rig.clock.advance(0);
    isRefused = false;
    await rig.clock.advance(1000);
    expect(rig.read().map(({ data }) => data)).toEqual(["1", "0"]);
  });
});

describe("inside an aggregate", () => {
  it("O-no-reorder-in-aggregate: puts of the same millisecond keep their order, across keys too", async () => {
    const rig = newRig();
    await rig.clock.advance(0);
    const texts = Array.from({ length: 200 }, (_, i) => `${i}`);
    for (const [i, data] of texts.entries()) put(rig, `k${i % 7}`, data);
    await rig.clock.advance(100);
    const [entry] = rig.calls[0]?.entries ?? [];
    const decoded = deaggregate(entry?.data ?? new Uint8Array());
    const records = decoded.kind === "aggregate" ? decoded.records : [];
    expect(records.map(({ data }) => Buffer.from(data).toString())).toEqual(texts);
    expect(membersOf(entry?.data ?? new Uint8Array())?.map(({ data }) => data)).toEqual(texts);
  });

  it("A-subseq: the receipts number the records as readers do", async () => {
    const rig = newRig();
    await rig.clock.advance(0);
    const receipts = ["x", "y", "z"].map((data) =>
      rig.producer.put({ partitionKey: "k", data, context: { data } }),
    );
    await rig.clock.advance(100);
    const told = (await Promise.all(receipts)).map(
      ({ context, sequenceNumber, shardId, subSequenceNumber }) => ({
        partitionKey: "k",
        data: (context as { data: string }).data,
        sequenceNumber,
        shardId,
        subSequenceNumber,
      }),
    );
    expect(rig.read()).toEqual(told);
    expect(told.map(({ subSequenceNumber }) => subSequenceNumber)).toEqual([0, 1, 2]);
  });

  it("W-carrier-first: every aggregate travels under the key a, by the hash key of its first record", async () => {
    const rig = newRig();
    await rig.clock.advance(0);
    for (const key of ["a", "b"]) put(rig, key, "x");
    await rig.clock.advance(100);
    expect(rig.calls[0]?.entries[0]).toMatchObject({
      partitionKey: "a",
      explicitHashKey: "16955237001963240173058271559858726497",
    });
  });
});
