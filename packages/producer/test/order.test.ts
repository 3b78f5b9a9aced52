// Order per partition key, and the truth of receipts, whatever the network does.
import { apiCallFailed, type KinesisApi, type PutRecordsOutcome, sleep } from "@shardline/core";
import { SeededRandom, type VirtualClock } from "@shardline/core/testing";
import type { ProducerOptions } from "@shardline/producer";
import { expect, test } from "vitest";
import type { Interceptors } from "../../../test/support/intercept.ts";
import { failure, INTERNAL, REFUSED, THROTTLED } from "./support/faults.ts";
import { type Outcome, setStage, type Stage, STREAM } from "./support/stage.ts";

const { signal } = new AbortController();
const KEYS = 10;

/** Latency, lost requests, lost answers, refused calls and failing entries, drawn from a seed. */
function weather(
  clock: VirtualClock,
  random: SeededRandom,
  odds: number,
): Interceptors<KinesisApi> {
  const happens = (): boolean => random.next() < odds;
  return {
    putRecords: async (next, request, callSignal) => {
      await sleep(clock, 100 * random.next(), callSignal);
      if (happens()) throw apiCallFailed("PutRecords", REFUSED);
      const wrong = request.entries.map(() =>
        happens() ? THROTTLED : happens() ? INTERNAL : undefined,
      );
      const entries = request.entries.filter((_, i) => wrong[i] === undefined);
      const stored =
        entries.length === 0 ? [] : [...(await next({ ...request, entries }, callSignal)).outcomes];
      await sleep(clock, 100 * random.next(), callSignal);
      if (happens()) throw apiCallFailed("PutRecords", failure("transient", "TimeoutError"));
      const outcomes = wrong.map((what): PutRecordsOutcome => {
        return what === undefined
          ? (stored.shift() as PutRecordsOutcome)
          : { kind: "failed", failure: what };
      });
      return { outcomes };
    },
    listShards: async (next, request, callSignal) => {
      await sleep(clock, 100 * random.next(), callSignal);
      if (happens()) throw apiCallFailed("ListShards", failure("transient", "InternalFailure"));
      return next(request, callSignal);
    },
  };
}

async function splitAndMerge(stage: Stage, at: number): Promise<void> {
  if (at === 100) {
    const newStartingHashKey = 1n << 126n;
    const request = { stream: STREAM, shardId: "shardId-000000000000", newStartingHashKey };
    await stage.kinesis.splitShard(request, signal);
  }
  if (at === 300) {
    const [shardId, adjacentShardId] = ["shardId-000000000003", "shardId-000000000001"] as const;
    await stage.kinesis.mergeShards({ stream: STREAM, shardId, adjacentShardId }, signal);
  }
}

/** Puts 500 records over 25 seconds; a shard is split and two are merged on the way. */
async function putThroughWeather(stage: Stage): Promise<Outcome[]> {
  const puts: Promise<Outcome>[] = [];
  for (let i = 0; i < 500; i += 1) {
    puts.push(stage.put({ partitionKey: `key-${i % KEYS}`, data: `${i}` }));
    await splitAndMerge(stage, i);
    await stage.clock.advance(50);
  }
  return stage.outcomes(puts);
}

function stageOf(seed: number, odds: number, producer: Partial<ProducerOptions> = {}): Stage {
  const random = new SeededRandom(seed);
  return setStage({
    shards: 2,
    seed,
    producer: { recordTtlMs: 600_000, ...producer },
    faults: (clock) => weather(clock, random, odds),
  });
}

/** Parents before children, as a consumer reads them. */
function readInOrder(stage: Stage): { readonly partitionKey: string; readonly number: number }[] {
  return stage.stored().map(({ partitionKey, data }) => ({ partitionKey, number: Number(data) }));
}

test.each([1, 2, 3, 4, 5, 6, 7, 8])(
  "O-key: the records of a key keep their order, once exact repeats are left out (seed %i)",
  async (seed) => {
    const stage = stageOf(seed, 0.05);
    const outcomes = await putThroughWeather(stage);
    expect(outcomes.every(({ kind }) => kind === "stored")).toBe(true);
    const read = readInOrder(stage);
    for (let key = 0; key < KEYS; key += 1) {
      const numbers = read
        .filter(({ partitionKey }) => partitionKey === `key-${key}`)
        .map(({ number }) => number);
      const firsts = [...new Set(numbers)];
      expect(firsts).toEqual([...firsts].sort((a, b) => a - b));
      expect(firsts).toHaveLength(500 / KEYS);
    }
  },
);

test.each([11, 12, 13, 14])(
  "without order every record is stored all the same (seed %i)",
  async (seed) => {
    const stage = stageOf(seed, 0.1, { ordering: "none" });
    const outcomes = await putThroughWeather(stage);
    expect(outcomes.every(({ kind }) => kind === "stored")).toBe(true);
    expect(new Set(readInOrder(stage).map(({ number }) => number)).size).toBe(500);
  },
);

test.each([21, 22, 23, 24, 25, 26])(
  "every put settles once, every receipt is true, and no error denies what was written (seed %i)",
  async (seed) => {
    const stage = stageOf(seed, 0.35, { recordTtlMs: 2000 });
    const outcomes = await putThroughWeather(stage);
    const places = new Map(
      stage.stored().map(({ sequenceNumber, shardId, subSequenceNumber, data }) => {
        return [`${shardId} ${sequenceNumber} ${subSequenceNumber}`, data];
      }),
    );
    const written = new Set(places.values());
    const kinds = new Set<string>();
    for (const [i, outcome] of outcomes.entries()) {
      kinds.add(outcome.kind);
      if (outcome.kind === "stored") {
        const { sequenceNumber, shardId, subSequenceNumber } = outcome.receipt;
        expect(places.get(`${shardId} ${sequenceNumber} ${subSequenceNumber}`)).toBe(`${i}`);
      } else {
        expect(outcome.error.code).toBe("RECORD_EXPIRED");
        if (written.has(`${i}`)) {
          expect(outcome.error.details).toMatchObject({ mayHaveBeenWritten: true });
        }
      }
    }
    expect([...kinds].sort()).toEqual(["failed", "stored"]);
  },
);

test("O-no-reorder-in-aggregate: records put in the same turn keep their order", async () => {
  const stage = setStage({ shards: 1 });
  await stage.outcomes(
    Array.from({ length: 1000 }, (_, i) =>
      stage.put({ partitionKey: `key-${i % 7}`, data: `${i}` }),
    ),
  );
  expect(stage.stored().map(({ data }) => Number(data))).toEqual(
    Array.from({ length: 1000 }, (_, i) => i),
  );
});

test("with order a shard has one Kinesis record under way at a time", async () => {
  const underWay = new Map<string, number>();
  let most = 0;
  const stage = setStage({
    shards: 1,
    producer: { ratePercent: false, aggregation: { maxBytes: 1000 } },
    faults: (clock) => ({
      putRecords: async (next, request, callSignal) => {
        const count = (underWay.get("shard") ?? 0) + request.entries.length;
        underWay.set("shard", count);
        most = Math.max(most, count);
        await sleep(clock, 30, callSignal);
        underWay.set("shard", (underWay.get("shard") ?? 0) - request.entries.length);
        return next(request, callSignal);
      },
    }),
  });
  await stage.outcomes(
    Array.from({ length: 3000 }, (_, i) =>
      stage.put({ partitionKey: `${i}`, data: Buffer.alloc(200) }),
    ),
  );
  expect(most).toBe(1);
});
