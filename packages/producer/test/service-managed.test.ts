// Streams whose records the service places itself, whatever their keys.
import { apiCallFailed, type KinesisError } from "@shardline/core";
import { describe, expect, it } from "vitest";
import { failureOf, refusing } from "./support/failures.ts";
import { membersOf, readAsKcl } from "./support/kcl-reader.ts";
import { renumber } from "./support/renumber.ts";
import { errorOf, newRig, type Rig, type RigOptions, STREAM, watch } from "./support/rig.ts";

const StreamARN = `arn:aws:kinesis:us-east-1:000000000000:stream/${STREAM}`;
const AUTO = { shards: 4, isServiceManaged: true } as const;

/** Nobody may ask the stream what it is. */
const undescribed: RigOptions["between"] = () => ({
  describeStreamSummary: () =>
    Promise.reject(apiCallFailed("DescribeStreamSummary", failureOf("denied"))),
});

function tell(rig: Rig): object[] {
  const told: object[] = [];
  rig.producer.on("distributionChanged", (event) => void told.push(event));
  return told;
}

async function setStrategy({ clock, emulator }: Rig, strategy: string): Promise<void> {
  const input = { StreamARN, RecordDistributionStrategy: strategy };
  await emulator.call("UpdateStreamRecordDistributionStrategy", input);
  await clock.advance(1);
}

function aggregatesIn({ calls }: Rig): number {
  const entries = calls.flatMap((call) => call.entries);
  return entries.filter(({ data }) => membersOf(data) !== undefined).length;
}

/** The texts that the KCL would deliver, each once. */
function textsOf(rig: Rig): Set<string> {
  return new Set(readAsKcl(rig.emulator.inspect(STREAM)).map(({ data }) => data));
}

describe("M-auto-describe: a stream that says so", () => {
  it("gets plain records without an order, and the producer tells", async () => {
    const rig = newRig(AUTO);
    const told = tell(rig);
    const receipts = Array.from({ length: 600 }, (_, i) =>
      rig.producer.put({ partitionKey: `k${i % 5}`, data: `${i}` }),
    );
    await rig.clock.advance(100);
    await Promise.all(receipts);
    expect(told).toEqual([{ stream: STREAM, distribution: "service-managed", ordering: "none" }]);
    expect(aggregatesIn(rig)).toBe(0);
    expect(rig.calls.map(({ entries }) => entries.length)).toEqual([500, 100]);
    expect(textsOf(rig).size).toBe(600);
  });

  it("takes records without a partition key, also before it is known", async () => {
    const rig = newRig(AUTO);
    const data = Buffer.from("early");
    const early = rig.producer.put({ data });
    data.fill(0);
    await rig.clock.advance(100);
    const late = rig.producer.put({ data: "late" });
    await rig.clock.advance(100);
    await Promise.all([early, late]);
    const entries = rig.calls.flatMap((call) => call.entries);
    expect(entries.map((entry) => Object.keys(entry))).toEqual([["data"], ["data"]]);
    expect(textsOf(rig)).toEqual(new Set(["early", "late"]));
  });

  it("hands a record without a key back without one", async () => {
    const failure = failureOf("rejected");
    const rig = newRig({ ...AUTO, between: () => ({ putRecords: refusing(() => failure) }) });
    await rig.clock.advance(0);
    const error = errorOf(rig.producer.put({ data: "x", context: 7 }));
    await rig.clock.advance(100);
    const { details } = (await error) as KinesisError<"RECORD_REJECTED">;
    expect(details.record).toEqual({ data: new Uint8Array(Buffer.from("x")), context: 7 });
  });

  it("is refused where order was asked for, also by what waits already", async () => {
    const rig = newRig({ ...AUTO, ordering: "partition-key" });
    const early = errorOf(rig.producer.put({ partitionKey: "k", data: "x" }));
    await rig.clock.advance(0);
    expect((await early).code).toBe("RECORD_REJECTED");
    const late = await errorOf(rig.producer.put({ partitionKey: "k", data: "x" }));
    expect(late.code).toBe("INVALID_OPTIONS");
    expect(late.message).toMatch(/ordering "partition-key" cannot be kept on stream orders/);
    expect(rig.calls).toEqual([]);
  });

  it("is not asked for its shards once it is known", async () => {
    let listings = 0;
    const rig = newRig({
      ...AUTO,
      distribution: "service-managed",
      between: () => ({
        listShards: (next, ...args) => {
          listings += 1;
          return next(...args);
        },
      }),
    });
    const receipt = rig.producer.put({ data: "x" });
    await rig.clock.advance(100);
    await receipt;
    await rig.clock.advance(1_200_000);
    const later = rig.producer.put({ data: "y" });
    await rig.clock.advance(100);
    await later;
    expect(listings).toBe(0);
  });

  it("is metered by all of its shards together", async () => {
    const rig = newRig({ ...AUTO, rateLimit: { percent: 100 } });
    await rig.clock.advance(0);
    const outcomes = Array.from({ length: 8000 }, () => watch(rig.producer.put({ data: "" })));
    const stored = (): number => outcomes.filter((outcome) => outcome().kind === "resolved").length;
    await rig.clock.advance(100);
    expect(stored()).toBeGreaterThanOrEqual(4000);
    expect(stored()).toBeLessThan(4800);
    await rig.clock.advance(1000);
    expect(stored()).toBeGreaterThan(7800);
  });
});

describe("M-auto-proof: a stream that nobody may describe", () => {
  it("is found out by the first landing where nothing belongs; every record reaches a reader", async () => {
    const rig = newRig({ ...AUTO, between: undescribed });
    const told = tell(rig);
    let notDescribed = 0;
    rig.producer.on("streamNotDescribed", () => void (notDescribed += 1));
    await rig.clock.advance(10_000);
    const texts = Array.from({ length: 400 }, (_, i) => `${i}`);
    const receipts = texts.map((data) => rig.producer.put({ partitionKey: `k${data}`, data }));
    await rig.clock.advance(100);
    await rig.clock.advance(3000);
    await Promise.all(receipts);
    expect(told).toEqual([{ stream: STREAM, distribution: "service-managed", ordering: "none" }]);
    expect(notDescribed).toBe(1);
    expect(textsOf(rig)).toEqual(new Set(texts));
    const before = aggregatesIn(rig);
    expect(before).toBeLessThanOrEqual(4);
    const later = texts.map((data) => rig.producer.put({ partitionKey: `k${data}`, data }));
    await rig.clock.advance(1000);
    await Promise.all(later);
    expect(aggregatesIn(rig)).toBe(before);
  });

  // Plain records make each shard known in a listing of its own before one of them can prove anything.
  it.each([
    [3, "counters", (number: string) => number.slice(-12), {}],
    [3, "of another beginning than their shard", (number: string) => `7${number.slice(1)}`, {}],
    [
      8,
      "counters, of plain records",
      (number: string) => number.slice(-12),
      { aggregation: false },
    ],
  ] as const)(
    "is found out within %i s where its numbers are %s",
    async (s, _, change, options) => {
      const rig = newRig({
        ...AUTO,
        ...options,
        between: (world) => ({
          ...undescribed(world),
          putRecords: async (next, ...args) => renumber(await next(...args), change),
        }),
      });
      const told = tell(rig);
      await rig.clock.advance(10_000);
      const receipts: Promise<unknown>[] = [];
      for (let i = 0; i < s * 10; i += 1) {
        receipts.push(rig.producer.put({ partitionKey: `k${i}`, data: `${i}` }));
        await rig.clock.advance(100);
      }
      expect(told).toEqual([{ stream: STREAM, distribution: "service-managed", ordering: "none" }]);
      await rig.clock.advance(1000);
      await Promise.all(receipts);
      expect(textsOf(rig).size).toBe(s * 10);
    },
  );

  it("is found out by plain records as well, and is not listed once a second for ever", async () => {
    let listings = 0;
    const rig = newRig({
      ...AUTO,
      aggregation: false,
      between: (world) => ({
        ...undescribed(world),
        listShards: (next, ...args) => {
          listings += 1;
          return next(...args);
        },
      }),
    });
    const told = tell(rig);
    for (let i = 0; i < 30; i += 1) {
      void rig.producer.put({ partitionKey: "k", data: "x" });
      await rig.clock.advance(1000);
    }
    expect(told).toHaveLength(1);
    expect(listings).toBeLessThan(10);
  });

  it("aggregates by hash key are sent again plain, too", async () => {
    const rig = newRig({ ...AUTO, aggregation: { scope: "hash-key" }, between: undescribed });
    await rig.clock.advance(10_000);
    const texts = Array.from({ length: 100 }, (_, i) => `${i}`);
    const receipts = texts.map((data, i) => rig.producer.put({ partitionKey: `k${i % 4}`, data }));
    await rig.clock.advance(5000);
    await Promise.all(receipts);
    expect(textsOf(rig)).toEqual(new Set(texts));
  });

  it("aggregates by hash key are sent again plain, too, without a rate limit too", async () => {
    const rig = newRig({
      ...AUTO,
      aggregation: { scope: "hash-key" },
      rateLimit: false,
      between: undescribed,
    });
    await rig.clock.advance(10_000);
    const texts = Array.from({ length: 100 }, (_, i) => `${i}`);
    const receipts = texts.map((data, i) => rig.producer.put({ partitionKey: `k${i % 4}`, data }));
    await rig.clock.advance(5000);
    await Promise.all(receipts);
    expect(textsOf(rig)).toEqual(new Set(texts));
  });
});

describe("a stream that becomes service-managed", () => {
  it("is found out by its landings and its description; no receipt is given for what a reader drops", async () => {
    const rig = newRig({ ...AUTO, isServiceManaged: false, isOnDemand: true });
    const told = tell(rig);
    await rig.clock.advance(10_000);
    const texts: string[] = [];
    const receipts: Promise<unknown>[] = [];
    for (let i = 0; i < 200; i += 1) {
      if (i === 100) await setStrategy(rig, "AUTO");
      for (const key of ["a", "abcd", "k", "🔑"]) {
        texts.push(`${key}${i}`);
        receipts.push(rig.producer.put({ partitionKey: key, data: `${key}${i}` }));
      }
      await rig.clock.advance(20);
    }
    await rig.clock.advance(5000);
    await Promise.all(receipts);
    expect(told).toHaveLength(1);
    expect(textsOf(rig)).toEqual(new Set(texts));
  });

  it("and back again is believed when it says so, and aggregates again", async () => {
    const rig = newRig(AUTO);
    const told = tell(rig);
    await rig.clock.advance(0);
    await setStrategy(rig, "USER_PARTITION_KEY");
    await rig.clock.advance(720_000);
    const put = async (): Promise<void> => {
      const receipts = ["a", "a", "abcd"].map((key) =>
        rig.producer.put({ partitionKey: key, data: key }),
      );
      await rig.clock.advance(2000);
      await Promise.all(receipts);
    };
    await put();
    await put();
    expect(told).toMatchObject([
      { distribution: "service-managed", ordering: "none" },
      { distribution: "partition-key", ordering: "partition-key" },
    ]);
    expect(aggregatesIn(rig)).toBeGreaterThan(0);
    expect(rig.read()).toHaveLength(6);
  });
});

it("a record without a key is refused by a stream that goes by keys, at once when that is known", async () => {
  const rig = newRig();
  const early = errorOf(rig.producer.put({ data: "x" }));
  await rig.clock.advance(0);
  for (const error of [await early, await errorOf(rig.producer.put({ data: "x" }))]) {
    expect(error).toMatchObject({ code: "INVALID_RECORD", details: { field: "partitionKey" } });
  }
});
