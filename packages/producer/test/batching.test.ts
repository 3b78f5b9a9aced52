// When calls are made and what they hold, as seen by the port.
import { MAX_HASH_KEY } from "@shardline/core";
import { describe, expect, it } from "vitest";
import { slow } from "./support/failures.ts";
import { membersOf } from "./support/kcl-reader.ts";
import { type MadeCall, newRig, type Rig, watch } from "./support/rig.ts";

const KIB = 1024;
const LOW = "0";
const HIGH = MAX_HASH_KEY.toString();
const SINGLE = { aggregation: false, rateLimit: false } as const;

function putMany(
  { producer }: Rig,
  count: number,
  data: string | Uint8Array = "x",
  explicitHashKey?: string,
): void {
  const more = explicitHashKey === undefined ? {} : { explicitHashKey };
  for (let i = 0; i < count; i += 1)
    void producer.put({ partitionKey: `k${i}`, data, ...more }).catch(() => undefined);
}

/** When, and how many carriers. */
function shapeOf(calls: readonly MadeCall[]): [number, number][] {
  return calls.map(({ atMs, entries }) => [atMs, entries.length]);
}

function bytesOf({ entries }: MadeCall): number {
  return entries.reduce(
    (sum, { data, partitionKey = "" }) => sum + data.length + Buffer.byteLength(partitionKey),
    0,
  );
}

describe("S-latency: without aggregation", () => {
  it("a record waits for others as long as it may, and fills calls of 500 with them", async () => {
    const rig = newRig({ aggregation: false, rateLimit: false });
    await rig.clock.advance(0);
    const put = (count: number): void => {
      for (let i = 0; i < count; i += 1)
        watch(rig.producer.put({ partitionKey: `k${i}`, data: "x" }));
    };
    put(499);
    await rig.clock.advance(99);
    expect(rig.calls).toEqual([]);
    await rig.clock.advance(1);
    expect(rig.calls.map(({ entries }) => entries.length)).toEqual([499]);
    put(1001);
    await rig.clock.advance(0);
    expect(rig.calls.map(({ entries }) => entries.length)).toEqual([499, 500, 500]);
    await rig.clock.advance(100);
    expect(rig.calls.at(-1)?.entries).toHaveLength(1);
  });

  it("a flush does not let it wait", async () => {
    const rig = newRig({ aggregation: false });
    await rig.clock.advance(0);
    watch(rig.producer.put({ partitionKey: "k", data: "x" }));
    void rig.producer.flush();
    await rig.clock.advance(0);
    expect(rig.calls).toHaveLength(1);
  });
});

describe("the linger", () => {
  it("S-latency: ends 100 ms after the first of the records that wait", async () => {
    const rig = newRig();
    await rig.clock.advance(50);
    putMany(rig, 1);
    await rig.clock.advance(60);
    putMany(rig, 1);
    await rig.clock.advance(39);
    expect(rig.calls).toEqual([]);
    await rig.clock.advance(1);
    expect(shapeOf(rig.calls)).toEqual([[150, 1]]);
    expect(membersOf(rig.calls[0]?.entries[0]?.data ?? new Uint8Array())).toHaveLength(2);
  });

  it("S-latency: of no time sends all puts of one turn together, at once", async () => {
    const rig = newRig({ batch: { maxDelayMs: 0 } });
    await rig.clock.advance(5);
    putMany(rig, 3);
    await rig.clock.advance(0);
    expect(shapeOf(rig.calls)).toEqual([[5, 1]]);
  });

  it("takes along other shards that fall due within a fifth of it, and none that fall due later", async () => {
    const rig = newRig({ shards: 3 });
    await rig.clock.advance(1);
    putMany(rig, 1, "first", LOW);
    await rig.clock.advance(20);
    putMany(rig, 1, "soon", HIGH);
    await rig.clock.advance(1);
    putMany(rig, 1, "later", (MAX_HASH_KEY / 2n).toString());
    await rig.clock.advance(100);
    expect(shapeOf(rig.calls)).toEqual([
      [101, 2],
      [122, 1],
    ]);
  });

  it("leaves no timer when nothing waits any more", async () => {
    const rig = newRig();
    putMany(rig, 10);
    await rig.clock.advance(100);
    expect(rig.calls).toHaveLength(1);
    expect(rig.clock.pendingTimers).toBe(0);
  });
});

describe("a full aggregate", () => {
  it("leaves at once, at just the number of records that it may hold", async () => {
    const rig = newRig({ aggregation: { maxRecords: 3 } });
    await rig.clock.advance(0);
    putMany(rig, 2);
    await rig.clock.advance(10);
    expect(rig.calls).toEqual([]);
    putMany(rig, 1);
    await rig.clock.advance(0);
    expect(shapeOf(rig.calls)).toEqual([[10, 1]]);
  });

  it("S-giant: of one record larger than any aggregate leaves at once and plain", async () => {
    const rig = newRig();
    await rig.clock.advance(0);
    putMany(rig, 1, new Uint8Array(60_000));
    await rig.clock.advance(0);
    expect(shapeOf(rig.calls)).toEqual([[0, 1]]);
    expect(rig.calls[0]?.entries[0]).toMatchObject({
      partitionKey: "k0",
      data: { length: 60_000 },
    });
  });

  it("S-giant: behind records that wait leaves after them", async () => {
    const rig = newRig();
    await rig.clock.advance(0);
    putMany(rig, 2, "older");
    putMany(rig, 1, new Uint8Array(60_000));
    await rig.clock.advance(0);
    const sent = rig.calls.flatMap(({ entries }) =>
      entries.map(({ data }) => membersOf(data)?.length ?? data.length),
    );
    expect(sent).toEqual([2, 60_000]);
  });

  it("S-boundary: holds 51,161 bytes and an empty record, and not 51,162", async () => {
    for (const [bytes, carriers] of [
      [51_161, 1],
      [51_162, 2],
    ] as const) {
      const rig = newRig();
      await rig.clock.advance(0);
      void rig.producer.put({ partitionKey: "k", data: new Uint8Array(bytes) });
      void rig.producer.put({ partitionKey: "k", data: "" });
      await rig.clock.advance(100);
      expect(rig.calls.flatMap(({ entries }) => entries)).toHaveLength(carriers);
    }
  });

  it("S-limit: is as large as the limit allows and never larger", async () => {
    const rig = newRig({ rateLimit: false });
    await rig.clock.advance(0);
    for (let i = 0; i < 400; i += 1) {
      void rig.producer.put({ partitionKey: "k", data: new Uint8Array(1000) });
      await rig.clock.advance(0);
    }
    await rig.clock.advance(100);
    const sizes = rig.calls.flatMap(({ entries }) => entries.map(({ data }) => data.length));
    for (const size of sizes) expect(size).toBeLessThanOrEqual(51_200);
    for (const size of sizes.slice(0, -1)) expect(size + 1006).toBeGreaterThan(51_200);
  });

  it("S-limit: that may be as large as a record is taken by the service, its own key included", async () => {
    const rig = newRig({ aggregation: { maxBytes: 1_048_576 }, rateLimit: false });
    const rejected: string[] = [];
    rig.producer.on("callFailed", ({ reason }) => void rejected.push(reason));
    await rig.clock.advance(0);
    const receipts = [1_048_532, 1].map((bytes) =>
      rig.producer.put({ partitionKey: "k", data: new Uint8Array(bytes) }),
    );
    await rig.clock.advance(100);
    await Promise.all(receipts);
    expect(rejected).toEqual([]);
  });
});

describe("a call", () => {
  it("S-500: holds 500 carriers, and the next call the rest", async () => {
    const rig = newRig({ ...SINGLE });
    await rig.clock.advance(0);
    putMany(rig, 501);
    await rig.clock.advance(100);
    expect(shapeOf(rig.calls).map(([, carriers]) => carriers)).toEqual([500, 1]);
  });

  it("S-500: holds no more carriers than the option says", async () => {
    const rig = newRig({ ...SINGLE, batch: { maxRecords: 7, maxDelayMs: 0 } });
    await rig.clock.advance(0);
    putMany(rig, 15);
    await rig.clock.advance(0);
    expect(shapeOf(rig.calls).map(([, carriers]) => carriers)).toEqual([7, 7, 1]);
  });

  it("S-batch-bytes: holds five carriers of a MiB, keys included, and no sixth", async () => {
    const rig = newRig({ shards: 8, rateLimit: false });
    await rig.clock.advance(0);
    const width = (MAX_HASH_KEY + 1n) / 8n;
    for (let i = 0; i < 8; i += 1) {
      putMany(rig, 1, new Uint8Array(KIB * KIB - 2), (width * BigInt(i)).toString());
    }
    await rig.clock.advance(0);
    expect(rig.calls.map(bytesOf)).toEqual([5 * KIB * KIB, 3 * KIB * KIB]);
  });

  it("S-batch-bytes: counts the keys of carriers that are not sealed yet", async () => {
    const rig = newRig({ shards: 100, rateLimit: false, batch: { maxBytes: 52_224 } });
    await rig.clock.advance(0);
    const width = (MAX_HASH_KEY + 1n) / 100n;
    for (let i = 0; i < 100; i += 1) {
      const explicitHashKey = (width * BigInt(i)).toString();
      void rig.producer.put({ partitionKey: "☃".repeat(256), data: "x", explicitHashKey });
    }
    await rig.clock.advance(100);
    expect(rig.calls.length).toBe(2);
    for (const call of rig.calls) expect(bytesOf(call)).toBeLessThanOrEqual(52_224);
  });

  it("S-shard-guard: holds no more than 256 KiB of one shard, and the others beside it", async () => {
    const rig = newRig({ ...SINGLE, rateLimit: { percent: 10_000 }, shards: 2 });
    await rig.clock.advance(0);
    putMany(rig, 100, new Uint8Array(10 * KIB), LOW);
    putMany(rig, 1, "small", HIGH);
    await rig.clock.advance(100);
    const [first] = rig.calls;
    const small = first?.entries.filter(({ explicitHashKey }) => explicitHashKey === HIGH);
    expect(small).toHaveLength(1);
    for (const call of rig.calls) expect(bytesOf(call)).toBeLessThanOrEqual(256 * KIB + 10);
    expect((first?.entries.length ?? 0) - 1).toBe(25);
  });

  it("S-late-seal: takes everything that came while all slots were busy as one aggregate", async () => {
    const rig = newRig({
      batch: { maxDelayMs: 0 },
      maxInFlightRequests: 1,
      between: ({ clock }) => ({ putRecords: slow(clock, 40) }),
    });
    await rig.clock.advance(0);
    for (let i = 0; i < 201; i += 1) {
      putMany(rig, 1);
      await rig.clock.advance(0.1);
    }
    await rig.clock.advance(60);
    expect(shapeOf(rig.calls).map(([, carriers]) => carriers)).toEqual([1, 1]);
    expect(membersOf(rig.calls[1]?.entries[0]?.data ?? new Uint8Array())).toHaveLength(200);
    await rig.clock.advance(60);
  });

  it("with a backlog takes aggregates of up to 256 KiB", async () => {
    const rig = newRig({
      rateLimit: false,
      between: ({ clock }) => ({ putRecords: slow(clock, 40) }),
    });
    await rig.clock.advance(0);
    putMany(rig, 600, new Uint8Array(1000));
    await rig.clock.advance(500);
    const sizes = rig.calls.map(bytesOf);
    expect(sizes[0]).toBeLessThanOrEqual(51_201);
    expect(Math.max(...sizes)).toBeGreaterThan(250 * KIB);
    expect(Math.max(...sizes)).toBeLessThanOrEqual(256 * KIB + 1);
  });
});

describe("aggregates stay within aggregation.maxBytes, however long the backlog,", () => {
  it.each([
    ["without order", { ordering: "none", rateLimit: false, maxInFlightRequests: 1 }],
    ["where the rate is what holds a shard back", { rateLimit: { percent: 1 } }],
  ] as const)("%s", async (_, options) => {
    const rig = newRig({
      ...options,
      recordTtlMs: Infinity,
      limits: "aws",
      between: ({ clock }) => ({ putRecords: slow(clock, 40) }),
    });
    await rig.clock.advance(0);
    // The burst of one second passes whatever the rate; more than that waits for it.
    putMany(rig, 2000, new Uint8Array(1000));
    await rig.clock.advance(2000);
    putMany(rig, 600, new Uint8Array(1000));
    await rig.clock.advance(400_000);
    const sizes = rig.calls.flatMap(({ entries }) => entries.map(({ data }) => data.length));
    expect(Math.max(...sizes.slice(-10))).toBeGreaterThan(40 * KIB);
    expect(Math.max(...sizes.slice(-10))).toBeLessThanOrEqual(51_200);
  });
});

describe("the rate", () => {
  it("R-bucket: of 3,000 records at 100 percent lets 1,000 leave at once and one each millisecond", async () => {
    const rig = newRig({
      aggregation: false,
      batch: { maxDelayMs: 0 },
      rateLimit: { percent: 100 },
      limits: "aws",
    });
    await rig.clock.advance(0);
    putMany(rig, 3000);
    const sentBy = (atMs: number): number =>
      rig.calls
        .filter((call) => call.atMs <= atMs)
        .reduce((sum, { entries }) => sum + entries.length, 0);
    await rig.clock.advance(2200);
    expect(sentBy(0)).toBe(1000);
    for (const afterMs of [500, 1000, 1500]) {
      expect(Math.abs(sentBy(afterMs) - 1000 - afterMs)).toBeLessThanOrEqual(2);
    }
    expect(sentBy(2200)).toBe(3000);
    expect(rig.read()).toHaveLength(3000);
  });
});
