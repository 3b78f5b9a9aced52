// What a producer learns about its stream, and does without: sizes, permissions, the list of shards.
import { apiCallFailed, MAX_HASH_KEY, sleep } from "@shardline/core";
import { describe, expect, it } from "vitest";
import { failureOf } from "./support/failures.ts";
import { membersOf } from "./support/kcl-reader.ts";
import { errorOf, newRig, type Rig, STREAM, watch } from "./support/rig.ts";
import { shardId } from "./support/shards.ts";

const MIB = 1_048_576;
const StreamARN = `arn:aws:kinesis:us-east-1:000000000000:stream/${STREAM}`;

async function allow({ clock, emulator }: Rig, mib: number): Promise<void> {
  await emulator.call("UpdateMaxRecordSize", { StreamARN, MaxRecordSizeInKiB: mib * 1024 });
  await clock.advance(1);
}

describe("S-too-large: a record larger than the stream takes", () => {
  it("is refused before it is buffered, with the limit that the stream told and the size", async () => {
    const rig = newRig();
    await rig.clock.advance(0);
    const error = await errorOf(rig.producer.put({ partitionKey: "k", data: new Uint8Array(MIB) }));
    expect(error).toMatchObject({
      code: "RECORD_TOO_LARGE",
      details: { bytes: MIB + 1, maxBytes: MIB },
    });
    expect(rig.calls).toEqual([]);
  });

  it("is taken once the stream is known to take larger ones", async () => {
    const rig = newRig();
    await rig.clock.advance(0);
    await allow(rig, 4);
    const large = { partitionKey: "k", data: new Uint8Array(3 * MIB) };
    expect((await errorOf(rig.producer.put(large))).code).toBe("RECORD_TOO_LARGE");
    await rig.clock.advance(720_000);
    const small = watch(rig.producer.put({ partitionKey: "k", data: "" }));
    await rig.clock.advance(200);
    expect(small().kind).toBe("resolved");
    const outcome = watch(rig.producer.put(large));
    await rig.clock.advance(200);
    expect(outcome().kind).toBe("resolved");
  });

  it("waits for the description if there is none yet, and its buffer is the caller's again", async () => {
    const rig = newRig({
      between: ({ clock }) => ({
        describeStreamSummary: async (next, request, signal) => {
          await sleep(clock, 500, signal);
          return { ...(await next(request, signal)), maxRecordBytes: 2 * MIB };
        },
      }),
    });
    const data = Buffer.alloc(MIB + 500, "x");
    const tooLarge = errorOf(
      rig.producer.put({ partitionKey: "k", data: new Uint8Array(2 * MIB) }),
    );
    const outcome = watch(rig.producer.put({ partitionKey: "k", data }));
    data.fill("y");
    await rig.clock.advance(499);
    expect(outcome().kind).toBe("pending");
    await rig.clock.advance(1);
    expect(await tooLarge).toMatchObject({ details: { bytes: 2 * MIB + 1, maxBytes: 2 * MIB } });
    await rig.clock.advance(200);
    expect(Buffer.from(rig.calls[0]?.entries[0]?.data ?? []).includes("y")).toBe(false);
  });

  it("waits in the same way if it is written, and its callback hears of a refusal", async () => {
    const rig = newRig();
    const told: (string | undefined)[] = [];
    const data = new Uint8Array(2 * MIB);
    rig.producer.write({ partitionKey: "k", data }, (error) => void told.push(error?.code));
    expect(told).toEqual([]);
    await rig.clock.advance(0);
    expect(told).toEqual(["RECORD_TOO_LARGE"]);
  });

  it("is put like any other while it waits: counted, covered by a flush, and not passed by its key", async () => {
    const rig = newRig({
      buffer: { maxBytes: MIB },
      between: ({ clock }) => ({
        describeStreamSummary: async (next, request, signal) => {
          await sleep(clock, 500, signal);
          return next(request, signal);
        },
      }),
    });
    await allow(rig, 2);
    const large = "x".repeat(MIB + 500);
    const hasRoom = rig.producer.write({ partitionKey: "k", data: large });
    const small = watch(rig.producer.put({ partitionKey: "k", data: "small" }));
    expect(hasRoom).toBe(false);
    expect(rig.producer.stats()).toMatchObject({ outstandingRecords: 2, isFull: true });
    const flushed = watch(rig.producer.flush());
    await rig.clock.advance(499);
    expect([small().kind, flushed().kind]).toEqual(["pending", "pending"]);
    await rig.clock.advance(100);
    expect(flushed()).toMatchObject({ value: { stored: 2, failed: 0 } });
    expect(rig.read().map(({ data }) => data.length)).toEqual([large.length, 5]);
  });

  it("is told as failed if it is written without a callback and turns out to be too large", async () => {
    const rig = newRig();
    const told: object[] = [];
    rig.producer.on("recordsFailed", (event) => void told.push(event));
    rig.producer.write({ partitionKey: "k", data: new Uint8Array(2 * MIB) });
    await rig.clock.advance(0);
    expect(told).toMatchObject([{ code: "RECORD_TOO_LARGE", records: 1 }]);
    expect(await rig.producer.close()).toMatchObject({ stored: 0, failed: 1 });
  });

  it("is no reason to refuse others for want of room, where nobody waits for it", async () => {
    const rig = newRig({ buffer: { onFull: "reject", maxRecords: 2 } });
    const outcomes = [new Uint8Array(2 * MIB), "small", "one too many"].map((data) =>
      watch(rig.producer.put({ partitionKey: "k", data })),
    );
    await rig.clock.advance(1000);
    expect(outcomes.map((outcome) => outcome())).toMatchObject([
      { error: { code: "RECORD_TOO_LARGE" } },
      { kind: "resolved" },
      { error: { code: "BUFFER_FULL" } },
    ]);
  });

  it("does not wait longer than for the first list of shards", async () => {
    const rig = newRig({
      shardMap: { initialWaitMs: 700 },
      between: ({ clock }) => ({
        describeStreamSummary: async (next, request, signal) => {
          await sleep(clock, 9000, signal);
          return next(request, signal);
        },
      }),
    });
    const error = watch(rig.producer.put({ partitionKey: "k", data: new Uint8Array(2 * MIB) }));
    await rig.clock.advance(699);
    expect(error().kind).toBe("pending");
    await rig.clock.advance(1);
    expect(error()).toMatchObject({ error: { code: "RECORD_TOO_LARGE" } });
    await rig.clock.advance(9000);
  });

  it("is refused as closed if the producer ends while it waits", async () => {
    const rig = newRig({
      between: () => ({ describeStreamSummary: () => new Promise(() => undefined) }),
    });
    const error = errorOf(rig.producer.put({ partitionKey: "k", data: new Uint8Array(2 * MIB) }));
    await rig.clock.advance(0);
    const closed = rig.producer.close({ timeoutMs: 0 });
    await rig.clock.advance(0);
    await closed;
    expect((await error).code).toBe("PRODUCER_CLOSED");
  });
});

describe("aggregates", () => {
  it("may be as large as the stream allows, where that is asked for", async () => {
    const rig = newRig({
      aggregation: { maxBytes: 3 * MIB },
      batch: { maxBytesPerShard: 4 * MIB },
    });
    await rig.clock.advance(0);
    const put = (): (() => { readonly kind: string })[] =>
      Array.from({ length: 3 }, () =>
        watch(rig.producer.put({ partitionKey: "k", data: new Uint8Array(MIB - 100) })),
      );
    put();
    await rig.clock.advance(5000);
    expect(rig.calls.every(({ entries }) => (entries[0]?.data.length ?? 0) <= MIB)).toBe(true);
    await allow(rig, 4);
    await rig.clock.advance(720_000);
    void rig.producer.put({ partitionKey: "k", data: "" });
    await rig.clock.advance(200);
    put();
    await rig.clock.advance(5000);
    const sizes = rig.calls.flatMap(({ entries }) => entries.map(({ data }) => data.length));
    expect(Math.max(...sizes)).toBeGreaterThan(2 * MIB);
  });

  it("W-carrier-first: travel under the key of their first record, where that is asked for", async () => {
    const rig = newRig({ aggregation: { carrierKey: "first" } });
    for (const key of ["second", "first", "second"].slice(1)) {
      void rig.producer.put({ partitionKey: key, data: key });
    }
    await rig.clock.advance(100);
    expect(rig.calls[0]?.entries.map(({ partitionKey }) => partitionKey)).toEqual(["first"]);
  });

  it("W-escape: put as payloads are sent untouched, where that is asked for", async () => {
    const source = newRig();
    for (const data of ["x", "y"]) void source.producer.put({ partitionKey: "a", data });
    await source.clock.advance(100);
    const payload = source.calls[0]?.entries[0]?.data ?? new Uint8Array();
    for (const [escape, isSame] of [
      [true, false],
      [false, true],
    ] as const) {
      const rig = newRig({ aggregation: { escape } });
      void rig.producer.put({ partitionKey: "k", data: payload });
      await rig.clock.advance(100);
      const sent = Buffer.from(rig.calls[0]?.entries[0]?.data ?? []);
      expect(sent.equals(payload)).toBe(isSame);
      expect(membersOf(sent)).toHaveLength(isSame ? 2 : 1);
    }
  });
});

describe("a call", () => {
  it("S-shard-guard: takes as much of one shard as is asked for", async () => {
    const rig = newRig({
      ordering: "none",
      rateLimit: false,
      aggregation: { maxRecords: 1 },
      batch: { maxBytesPerShard: 10_000 },
    });
    await rig.clock.advance(0);
    for (let i = 0; i < 10; i += 1) {
      void rig.producer.put({ partitionKey: "k", data: new Uint8Array(3000) });
    }
    await rig.clock.advance(100);
    expect(rig.calls.map(({ entries }) => entries.length)).toEqual([3, 3, 3, 1]);
  });

  it.each([
    [0, [1, 1]],
    [50, [2]],
    ["auto" as const, [1, 1]],
  ])("that leaves takes along what falls due within %s ms", async (lingerMs, entries) => {
    const rig = newRig({ shards: 2, batch: { lingerMs } });
    await rig.clock.advance(0);
    void rig.producer.put({ partitionKey: "k", data: "x", explicitHashKey: 0n });
    await rig.clock.advance(40);
    void rig.producer.put({ partitionKey: "k", data: "y", explicitHashKey: MAX_HASH_KEY });
    await rig.clock.advance(100);
    expect(rig.calls.map((call) => call.entries.length)).toEqual(entries);
  });
});

describe("without aggregation and without a rate limit", () => {
  it("no list of shards is needed, and none is asked for", async () => {
    const rig = newRig({
      shards: 4,
      aggregation: false,
      rateLimit: false,
      between: () => ({
        listShards: () => Promise.reject(apiCallFailed("ListShards", failureOf("denied"))),
      }),
    });
    let failures = 0;
    rig.producer.on("shardMapFailed", () => void (failures += 1));
    const receipts = Array.from({ length: 20 }, (_, i) =>
      rig.producer.put({ partitionKey: `k${i}`, data: `${i}` }),
    );
    await rig.clock.advance(100);
    const shards = (await Promise.all(receipts)).map((receipt) => receipt.shardId);
    expect([failures, rig.calls.length, new Set(shards).size]).toEqual([0, 1, 4]);
  });
});

describe("with aggregates of one hash key", () => {
  it("a split parts none of them, and order is kept without a list of shards", async () => {
    let listings = 0;
    const rig = newRig({
      aggregation: { scope: "hash-key" },
      distribution: "partition-key",
      rateLimit: false,
      between: () => ({
        listShards: (next, ...args) => {
          listings += 1;
          return next(...args);
        },
      }),
    });
    const outcomes: (() => { readonly kind: string })[] = [];
    for (let i = 0; i < 60; i += 1) {
      for (const key of ["a", "abcd"]) {
        outcomes.push(watch(rig.producer.put({ partitionKey: key, data: `${key}${i}` })));
      }
      if (i === 30) {
        const stream = { name: STREAM };
        const split = { stream, shardId: shardId(0), newStartingHashKey: 2n ** 127n };
        await rig.kinesis.splitShard(split, new AbortController().signal);
      }
      await rig.clock.advance(20);
    }
    await rig.clock.advance(1000);
    expect(outcomes.every((outcome) => outcome().kind === "resolved")).toBe(true);
    const texts = rig.read().filter(({ partitionKey }) => partitionKey === "a");
    expect(texts.map(({ data }) => data)).toEqual(Array.from({ length: 60 }, (_, i) => `a${i}`));
    expect(rig.read()).toHaveLength(120);
    expect(listings).toBe(0);
  });
});

describe("M-recreate: a stream that was made again with the same shard ids", () => {
  it("is recognized by its description, and what is known of the old one's shards is forgotten", async () => {
    const rig = newRig({ shards: 4 });
    await rig.clock.advance(0);
    await rig.emulator.call("DeleteStream", { StreamName: STREAM });
    await rig.clock.advance(10_000);
    await rig.emulator.call("CreateStream", { StreamName: STREAM, ShardCount: 2 });
    await rig.clock.advance(10_000);
    const keys = ["a", "🔑", "k", "abcd", "a", "🔑", "k", "abcd"];
    const receipts = keys.map((partitionKey) => rig.producer.put({ partitionKey, data: "x" }));
    await rig.clock.advance(5000);
    const all = await Promise.all(receipts);
    expect(rig.read()).toHaveLength(8);
    expect(Math.max(...all.map(({ attempts }) => attempts.length))).toBeLessThanOrEqual(2);
    expect(rig.calls.length).toBeLessThan(6);
  });
});

it("the producer tells which permissions are missing", async () => {
  const rig = newRig({
    between: () => ({
      listShards: () => Promise.reject(apiCallFailed("ListShards", failureOf("denied"))),
    }),
  });
  await rig.clock.advance(0);
  expect(await rig.producer.checkAccess()).toMatchObject({
    stream: STREAM,
    isComplete: false,
    missing: ["kinesis:ListShards"],
    status: "ACTIVE",
  });
});
