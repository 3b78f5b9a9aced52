// How fast a shard is written to: within its limits, as fast as it takes records, and no faster than is fair.
import { type KinesisApi, silentLogger } from "@shardline/core";
import { SeededRandom } from "@shardline/core/testing";
import { createProducer } from "@shardline/producer";
import { describe, expect, it } from "vitest";
import { intercept, type Interceptors } from "../../../test/support/intercept.ts";
import { failedCall, slow } from "./support/failures.ts";
import { newRig, type RigOptions, STREAM, watch, type World } from "./support/rig.ts";

const MIB = 1_048_576;

/** What one answered call brought. */
interface Brought {
  readonly atMs: number;
  readonly stored: number;
  readonly refused: number;
  readonly storedBytes: number;
}

/** Makes calls take their time, and writes down what each brought. */
function recording(
  { clock }: World,
  latencyMs: number,
  brought: Brought[],
): Interceptors<KinesisApi> {
  return {
    putRecords: async (next, request, signal) => {
      const answer = await slow(clock, latencyMs)(next, request, signal);
      const stored = request.entries.filter((_, i) => answer.outcomes[i]?.kind === "stored");
      brought.push({
        atMs: clock.nowMs(),
        stored: stored.length,
        refused: request.entries.length - stored.length,
        storedBytes: stored.reduce((sum, { data }) => sum + data.length, 0),
      });
      return answer;
    },
  };
}

function sum(brought: readonly Brought[], what: Exclude<keyof Brought, "atMs">): number {
  return brought.reduce((total, each) => total + each[what], 0);
}

const PLAIN = { aggregation: false, ordering: "none", recordTtlMs: 600_000 } as const;

describe("R-bucket: at 100 percent", () => {
  it("1,000 of 3,000 carriers leave at once, and then about 1,000 each second, in few calls", async () => {
    const rig = newRig({ ...PLAIN, rateLimit: { percent: 100 }, batch: { maxDelayMs: 0 } });
    await rig.clock.advance(0);
    for (let i = 0; i < 3000; i += 1) watch(rig.producer.put({ partitionKey: "k", data: "x" }));
    await rig.clock.advance(0);
    const sent = (): number => rig.calls.reduce((total, { entries }) => total + entries.length, 0);
    expect(sent()).toBe(1000);
    await rig.clock.advance(1000);
    expect(sent()).toBeGreaterThanOrEqual(1950);
    expect(sent()).toBeLessThanOrEqual(2000);
    await rig.clock.advance(1100);
    expect(sent()).toBe(3000);
    expect(rig.calls.length).toBeLessThanOrEqual(2 + 2 * 42);
  });
});

describe("R-bucket: of keys that have lanes of their own, on one shard", () => {
  it("no more than 1,000 of 3,000 carriers leave at once, either, and then about 1,000 each second, in few calls", async () => {
    const rig = newRig({
      aggregation: { scope: "hash-key" },
      recordTtlMs: 600_000,
      rateLimit: { percent: 100 },
      batch: { maxDelayMs: 0 },
    });
    await rig.clock.advance(0);
    const put = (from: number, to: number): void => {
      for (let i = from; i < to; i += 1)
        watch(rig.producer.put({ partitionKey: `k${i}`, data: "x" }));
    };
    put(0, 999);
    await rig.clock.advance(0);
    put(999, 3000);
    await rig.clock.advance(0);
    const sent = (): number => rig.calls.reduce((total, { entries }) => total + entries.length, 0);
    expect(sent()).toBe(999);
    await rig.clock.advance(1000);
    expect(sent()).toBeGreaterThanOrEqual(1950);
    expect(sent()).toBeLessThanOrEqual(2000);
    await rig.clock.advance(1100);
    expect(sent()).toBe(3000);
    expect(rig.calls.length).toBeLessThanOrEqual(2 + 2 * 42);
  });
});

describe("R-large-debt: a record of 5 MiB", () => {
  it("leaves a full bucket at once, and the next one of its shard waits about four seconds", async () => {
    const rig = newRig({
      ...PLAIN,
      maxRecordBytes: 10 * MIB,
      rateLimit: { percent: 100 },
      batch: { maxDelayMs: 0 },
    });
    await rig.clock.advance(0);
    for (const bytes of [5 * MIB, 1]) {
      watch(rig.producer.put({ partitionKey: "k", data: new Uint8Array(bytes) }));
      await rig.clock.advance(0);
    }
    expect(rig.calls).toHaveLength(1);
    await rig.clock.advance(3990);
    expect(rig.calls).toHaveLength(1);
    await rig.clock.advance(20);
    expect(rig.calls).toHaveLength(2);
  });
});

describe("R-aimd: on a shard that takes 500 records a second", () => {
  it("450 to 600 are sent within ten seconds, and of those fewer than a tenth are refused", async () => {
    const brought: Brought[] = [];
    const factors: (number | undefined)[] = [];
    const rig = newRig({
      ...PLAIN,
      limits: { writeRecordsPerSecond: 500 },
      between: (world) => recording(world, 20, brought),
    });
    rig.producer.on("throttled", ({ factor }) => void factors.push(factor));
    await rig.clock.advance(0);
    for (let ms = 0; ms < 30_000; ms += 20) {
      for (let i = 0; i < 20; i += 1) watch(rig.producer.put({ partitionKey: `k${i}`, data: "x" }));
      await rig.clock.advance(20);
    }
    for (let fromMs = 10_000; fromMs < 30_000; fromMs += 2000) {
      const window = brought.filter(({ atMs }) => atMs >= fromMs && atMs < fromMs + 2000);
      const [stored, refused] = [sum(window, "stored"), sum(window, "refused")];
      expect((stored + refused) / 2).toBeGreaterThanOrEqual(450);
      expect((stored + refused) / 2).toBeLessThanOrEqual(600);
      expect(refused / (stored + refused)).toBeLessThan(0.1);
    }
    expect(factors[0]).toBeCloseTo(0.8);
    expect(Math.min(...factors.map(Number))).toBeGreaterThanOrEqual(0.05);
  });
});

describe("R-fair: of a shard that two producers would each fill", () => {
  it.each([
    ["plain records", [25, 40], 0],
    ["aggregates, in order", [25, 40], 0],
    ["aggregates, in order", [25, 25], 0],
    ["aggregates, in order", [10, 80], 12],
  ] as const)(
    "each gets 35 to 65 percent (%s, latencies of %j ms, seed %d), and all of it is used",
    async (traffic, latenciesMs, seed) => {
      const [share, used] = await shareOfTwo(TRAFFICS[traffic], latenciesMs, seed);
      expect(share).toBeGreaterThanOrEqual(0.35);
      expect(share).toBeLessThanOrEqual(0.65);
      expect(used).toBeGreaterThan(0.9);
    },
    60_000,
  );
});

interface Traffic {
  readonly options: RigOptions;
  readonly bytes: number;
  /** What the shard limits, and to how much each second. */
  readonly what: "stored" | "storedBytes";
  readonly perSecond: number;
}

const TRAFFICS = {
  "plain records": { options: PLAIN, bytes: 100, what: "stored", perSecond: 1000 },
  "aggregates, in order": {
    options: { recordTtlMs: 600_000 },
    bytes: 1000,
    what: "storedBytes",
    perSecond: MIB,
  },
} as const satisfies Record<string, Traffic>;

/** Of two producers the first one's share, and of what the shard takes the part that is used. */
async function shareOfTwo(
  { bytes, options, perSecond, what }: Traffic,
  latenciesMs: readonly number[],
  seed: number,
): Promise<readonly [share: number, used: number]> {
  const forMs = 30_000;
  const rig = newRig({ limits: "aws" });
  const { clock } = rig;
  const brought: Brought[][] = [[], []];
  const producers = latenciesMs.map((latencyMs, i) =>
    createProducer({
      ...options,
      stream: STREAM,
      clock,
      logger: silentLogger,
      random: new SeededRandom(seed + i + 1),
      kinesis: intercept(rig.kinesis, recording(rig, latencyMs, brought[i] as Brought[])),
    }),
  );
  await clock.advance(0);
  const data = "x".repeat(bytes);
  for (let ms = 0; ms < 10_000 + forMs; ms += 20) {
    for (const producer of producers) {
      for (let i = 0; i < 24; i += 1) watch(producer.put({ partitionKey: `k${i % 7}`, data }));
    }
    await clock.advance(20);
  }
  const [one = 0, other = 0] = brought.map((each) =>
    sum(
      each.filter(({ atMs }) => atMs >= 10_000),
      what,
    ),
  );
  const closed = producers.map((producer) => producer.close({ timeoutMs: 0 }));
  await clock.advance(0);
  await Promise.all(closed);
  return [one / (one + other), ((one + other) * 1000) / forMs / perSecond];
}

describe("R-aimd: calls that are throttled as a whole", () => {
  it("become fewer at a time, after a pause for all shards, and more again once they go well", async () => {
    let isBusy = true;
    let underWay = 0;
    const most: number[] = [];
    const rig = newRig({
      ...PLAIN,
      shards: 16,
      rateLimit: false,
      batch: { maxDelayMs: 0, maxRecords: 1 },
      between: ({ clock }) => ({
        putRecords: async (next, request, signal) => {
          underWay += 1;
          most.push(underWay);
          try {
            const answer = await slow(clock, 10)(next, request, signal);
            if (isBusy) throw failedCall("throttled", { awsName: "ThrottlingException" });
            return answer;
          } finally {
            underWay -= 1;
          }
        },
      }),
    });
    const told: string[] = [];
    rig.producer.on("troubled", () => void told.push("troubled"));
    await rig.clock.advance(0);
    const outcomes = Array.from({ length: 600 }, (_, i) =>
      watch(rig.producer.put({ partitionKey: `k${i}`, data: "x" })),
    );
    await rig.clock.advance(5);
    expect(Math.max(...most.splice(0))).toBe(24);
    await rig.clock.advance(3000);
    expect(Math.max(...most.splice(0, 13))).toBe(12);
    expect(Math.max(...most.splice(0).slice(-3))).toBe(1);
    isBusy = false;
    await rig.clock.advance(60_000);
    expect(outcomes.every((outcome) => outcome().kind === "resolved")).toBe(true);
    expect(Math.max(...most)).toBe(24);
    expect(told).toEqual([]);
  });
});
