// Random puts in random weather: whatever happens, each record is settled once, and what it is told is true.
import { SeededRandom } from "@shardline/core/testing";
import type { ProducerOptions } from "@shardline/producer";
import fc from "fast-check";
import { expect, it } from "vitest";
import {
  expectExplainedCopies,
  expectKeyOrder,
  expectTrueReceipts,
  type PutRecord,
} from "./support/claims.ts";
import { readAsKcl, readInRange } from "./support/kcl-reader.ts";
import { expectTrueMetrics } from "./support/metric-claims.ts";
import { newRig, type Rig, STREAM, watch } from "./support/rig.ts";
import { type Odds, POISON, reshard, Weather } from "./support/weather.ts";

type Step =
  | {
      readonly kind: "put";
      readonly key: number;
      readonly bytes: number;
      readonly mark: string;
      /** A record that is put with a signal may be aborted, with all others that were. */
      readonly isAbortable: boolean;
    }
  | { readonly kind: "abort" }
  | { readonly kind: "wait"; readonly ms: number }
  | { readonly kind: "reshard" }
  | { readonly kind: "flush" };

const odds = (most: number): fc.Arbitrary<number> => fc.constantFrom(0, 0, most / 4, most);

const arbitraryOdds: fc.Arbitrary<Odds> = fc.record({
  throttledEntry: odds(0.6),
  failedEntry: odds(0.3),
  lostRequest: odds(0.3),
  lostAnswer: odds(0.3),
  throttledCall: odds(0.3),
  failedListing: odds(0.5),
  maxLatencyMs: fc.constantFrom(0, 30, 400),
});

const arbitraryStep: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 12,
    arbitrary: fc.record({
      kind: fc.constant("put"),
      key: fc.nat(6),
      bytes: fc.constantFrom(0, 5, 90, 400, 400, 400, 60_000),
      mark: fc.constantFrom(...Array.from({ length: 30 }, () => ""), POISON),
      isAbortable: fc.constantFrom(false, false, true),
    }),
  },
  {
    weight: 5,
    arbitrary: fc.record({ kind: fc.constant("wait"), ms: fc.constantFrom(0, 1, 20, 150, 1000) }),
  },
  { weight: 1, arbitrary: fc.constant({ kind: "reshard" } as const) },
  { weight: 1, arbitrary: fc.constant({ kind: "flush" } as const) },
  { weight: 1, arbitrary: fc.constant({ kind: "abort" } as const) },
);

const arbitraryOptions: fc.Arbitrary<Partial<ProducerOptions>> = fc.record({
  aggregation: fc.oneof(
    fc.constant(false as const),
    fc.record({
      maxBytes: fc.constantFrom(64, 500, 51_200),
      scope: fc.constantFrom("shard", "shard", "hash-key"),
      carrierKey: fc.constantFrom("a", "first"),
    }),
  ),
  ordering: fc.constantFrom("partition-key", "partition-key", "none"),
  batch: fc.record({
    maxDelayMs: fc.constantFrom(0, 20, 100),
    maxRecords: fc.constantFrom(2, 500),
  }),
  buffer: fc.record({
    maxRecords: fc.constantFrom(1, 5, 1000),
    maxBytes: fc.constantFrom(1024, 67_108_864),
  }),
  rateLimit: fc.oneof(fc.constant(false as const), fc.constant({ percent: 100 })),
  recordTtlMs: fc.constantFrom(500, 30_000, Infinity),
  maxInFlightRequests: fc.constantFrom(1, 3, 24),
});

async function run(
  rig: Rig,
  steps: readonly Step[],
  random: SeededRandom,
  maxBytes: number,
): Promise<PutRecord[]> {
  const puts: PutRecord[] = [];
  const putAtMs: number[] = [];
  let stop = new AbortController();
  for (const step of steps) {
    switch (step.kind) {
      case "wait":
        await rig.clock.advance(step.ms);
        expectTrueStats(rig, puts, putAtMs, maxBytes);
        break;
      case "reshard":
        await reshard(rig, random);
        break;
      case "flush":
        void expectFlushed(rig, [...puts]);
        break;
      case "abort":
        stop.abort();
        stop = new AbortController();
        break;
      case "put": {
        const data = `${puts.length}:${step.mark}`.padEnd(step.bytes, ".");
        const record = { partitionKey: `key-${step.key}`, data };
        const options = step.isAbortable ? { signal: stop.signal } : {};
        putAtMs.push(rig.clock.nowMs());
        puts.push({ ...record, outcome: watch(rig.producer.put(record, options)) });
      }
    }
  }
  return puts;
}

/** What is held is what is not settled, and the oldest of it is as old as it is. */
function expectTrueStats(
  { clock, producer }: Rig,
  puts: readonly PutRecord[],
  putAtMs: readonly number[],
  maxBytes: number,
): void {
  const heldSinceMs = putAtMs.filter((_, i) => puts[i]?.outcome().kind === "pending");
  const { oldestRecordAgeMs, outstandingBytes, outstandingRecords } = producer.stats();
  const aborted = puts.filter(isAborted).length;
  expect(outstandingRecords).toBeGreaterThanOrEqual(heldSinceMs.length);
  expect(outstandingRecords).toBeLessThanOrEqual(heldSinceMs.length + aborted);
  const largest = Math.max(
    0,
    ...puts.map(({ data, partitionKey }) => (data + partitionKey).length),
  );
  expect(outstandingBytes).toBeLessThanOrEqual(Math.max(maxBytes, largest + 200));
  if (aborted > 0) return;
  const oldestAtMs = Math.min(clock.nowMs(), ...heldSinceMs);
  // A carrier that comes back may stand before an older one, which then is not looked at.
  expect(oldestRecordAgeMs).toBeLessThanOrEqual(clock.nowMs() - oldestAtMs);
}

async function expectFlushed({ producer }: Rig, puts: readonly PutRecord[]): Promise<void> {
  await producer.flush();
  expect(puts.map(({ outcome }) => outcome().kind)).not.toContain("pending");
}

/** Its caller was told at once; what was sent of it goes on. */
function isAborted({ outcome }: PutRecord): boolean {
  const settled = outcome();
  return settled.kind === "rejected" && settled.error.code === "RECORD_ABORTED";
}

const arbitraryRun = fc.record({
  seed: fc.integer(),
  shards: fc.constantFrom(1, 3),
  odds: arbitraryOdds,
  options: arbitraryOptions,
  steps: fc.array(arbitraryStep, { minLength: 20, maxLength: 120, size: "max" }),
  /** Of the end: none means to give up what is left. */
  hasFineEnd: fc.boolean(),
});

it("O-key, A-close, A-oldest, R-poison: every record is settled once, by a receipt that is true or an error that is, and counted", async () => {
  await fc.assert(
    fc.asyncProperty(
      arbitraryRun,
      async ({ hasFineEnd, odds: drawn, options, seed, shards, steps }) => {
        const random = new SeededRandom(seed);
        const weather = new Weather(drawn, random.fork());
        const rig = newRig({
          ...options,
          seed,
          shards,
          between: (world) => weather.between(world),
        });
        const puts = await run(rig, steps, random, options.buffer?.maxBytes ?? Infinity);
        if (hasFineEnd) {
          weather.clearUp();
          await rig.clock.advance(60_000);
        }
        const closing = rig.producer.close({ timeoutMs: 0 });
        await rig.clock.advance(0);
        const { abandoned, failed, stored } = await closing;
        // A reshard of the emulator may still be under way.
        await rig.clock.advance(1);

        const stream = rig.emulator.inspect(STREAM);
        const kinds = puts.map(({ outcome }) => outcome().kind);
        expect(kinds).not.toContain("pending");
        const aborted = puts.filter(isAborted).length;
        const storedAfterAbort = stored - kinds.filter((kind) => kind === "resolved").length;
        expect(stored + failed).toBe(puts.length);
        expect(storedAfterAbort).toBeGreaterThanOrEqual(0);
        expect(storedAfterAbort).toBeLessThanOrEqual(aborted);
        if (hasFineEnd) expect(abandoned).toEqual([]);
        const isPoison = puts.map(({ data }) => data.includes(POISON));
        if (hasFineEnd && options.recordTtlMs === Infinity) {
          const isLost = puts.map((put, i) => isPoison[i] || isAborted(put));
          expect(kinds).toEqual(isLost.map((is) => (is ? "rejected" : "resolved")));
        }
        for (const [i, { outcome }] of puts.entries()) {
          const settled = outcome();
          if (settled.kind !== "rejected" || settled.error.code !== "RECORD_REJECTED") continue;
          expect(isPoison[i]).toBe(true);
        }
        expectTrueReceipts(puts, stream);
        expectExplainedCopies(puts, stream);
        if (aborted === 0) expectTrueMetrics(rig.producer, puts);
        if (options.ordering === "partition-key") {
          expectKeyOrder(puts, readAsKcl(stream));
          expectKeyOrder(puts, readInRange(stream));
        }
        expect(rig.clock.pendingTimers).toBe(0);
      },
    ),
    { numRuns: 40 },
  );
});
