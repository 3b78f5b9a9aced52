// The stream changes its shards while records are on their way.
import { apiCallFailed, sleep, untilAborted } from "@shardline/core";
import { expect, test } from "vitest";
import { failure } from "./support/faults.ts";
import { type Outcome, setStage, type Stage, STREAM } from "./support/stage.ts";

const { signal } = new AbortController();
const HALF = 1n << 127n;
/** Hash keys of the low and of the high half. */
const LOW = 5n;
const HIGH = HALF + 5n;

async function warm(options: Parameters<typeof setStage>[0]): Promise<Stage> {
  const stage = setStage(options);
  const outcome = await stage.until(stage.put({ partitionKey: "warm-up", data: "warm-up" }));
  expect(outcome.kind).toBe("stored");
  await stage.clock.advance(2000);
  return stage;
}

async function split(stage: Stage, shardId = "shardId-000000000000"): Promise<void> {
  const request = { stream: STREAM, shardId, newStartingHashKey: HALF };
  await stage.kinesis.splitShard(request, signal);
  await stage.clock.advance(100);
}

async function merge(stage: Stage): Promise<void> {
  const [shardId, adjacentShardId] = ["shardId-000000000000", "shardId-000000000001"] as const;
  await stage.kinesis.mergeShards({ stream: STREAM, shardId, adjacentShardId }, signal);
  await stage.clock.advance(100);
}

function put(stage: Stage, data: string, explicitHashKey: bigint): Promise<Outcome> {
  return stage.put({ partitionKey: "k", explicitHashKey, data });
}

function textsRead(stage: Stage): string[] {
  return stage
    .stored()
    .map(({ data }) => data)
    .filter((text) => text !== "warm-up");
}

test("M-split-mixed: an aggregate that lands where some of it does not belong is sent again, in parts", async () => {
  const stage = await warm({ shards: 1 });
  await split(stage);
  const outcomes = await stage.outcomes([put(stage, "low", LOW), put(stage, "high", HIGH)]);
  expect(textsRead(stage).sort()).toEqual(["high", "low"]);
  expect(stage.seen("misplaced")).toHaveLength(1);
  expect(stage.seen("misplaced")[0]).toMatchObject({
    predictedShardId: "shardId-000000000000",
    records: 2,
  });
  for (const outcome of outcomes) {
    expect(outcome).toMatchObject({
      kind: "stored",
      receipt: {
        shardId: expect.stringMatching(/00000[12]$/) as string,
        attempts: [{ failure: { awsName: "WrongShard", isAmbiguous: true } }, {}],
      },
    });
  }
});

test("M-split-pure: an aggregate that lands whole on a child is stored, without a duplicate", async () => {
  const stage = await warm({ shards: 1 });
  await split(stage);
  const outcomes = await stage.outcomes([put(stage, "a", LOW), put(stage, "b", LOW)]);
  expect(outcomes.map(({ kind }) => kind)).toEqual(["stored", "stored"]);
  expect(textsRead(stage)).toEqual(["a", "b"]);
  expect(stage.seen("misplaced")).toEqual([]);
  expect(stage.seen("shardMapChanged")).toHaveLength(2);
});

test("M-merge: a merge costs nothing", async () => {
  const stage = await warm({ shards: 2 });
  await merge(stage);
  const puts = Array.from({ length: 20 }, (_, i) => put(stage, `${i}`, i % 2 === 0 ? LOW : HIGH));
  const outcomes = await stage.outcomes(puts);
  expect(outcomes.every(({ kind }) => kind === "stored")).toBe(true);
  expect(textsRead(stage)).toHaveLength(20);
  expect(stage.seen("misplaced")).toEqual([]);
});

test("M-plain-misland: a plain record is stored wherever it lands", async () => {
  const stage = await warm({ shards: 1 });
  await split(stage);
  const outcome = await stage.until(put(stage, "alone", HIGH));
  expect(outcome).toMatchObject({
    kind: "stored",
    receipt: { shardId: "shardId-000000000002", attempts: [{}] },
  });
  expect(textsRead(stage)).toEqual(["alone"]);
});

test("M-unknown-then-closed: a shard that took an aggregate and is closed already is found all the same", async () => {
  const stage = await warm({
    shards: 1,
    faults: (clock) => ({
      // The answer comes late: meanwhile the child is split again.
      putRecords: async (next, request, callSignal) => {
        const answer = await next(request, callSignal);
        if (clock.nowMs() > 2000) await sleep(clock, 500, callSignal);
        return answer;
      },
    }),
  });
  await split(stage);
  const puts = [put(stage, "a", LOW), put(stage, "b", LOW)];
  await stage.clock.advance(150);
  const quarter = {
    stream: STREAM,
    shardId: "shardId-000000000001",
    newStartingHashKey: HALF / 2n,
  };
  await stage.kinesis.splitShard(quarter, signal);
  const outcomes = await stage.outcomes(puts);
  expect(outcomes).toMatchObject([
    { kind: "stored", receipt: { shardId: "shardId-000000000001", attempts: [{}] } },
    { kind: "stored" },
  ]);
  expect(textsRead(stage)).toEqual(["a", "b"]);
});

test("records of a split shard keep their order in the children", async () => {
  const stage = await warm({
    shards: 1,
    faults: (clock) => ({
      putRecords: async (next, request, callSignal) => {
        await sleep(clock, 40, callSignal);
        return next(request, callSignal);
      },
    }),
  });
  const puts: Promise<Outcome>[] = [];
  for (let i = 0; i < 300; i += 1) {
    puts.push(put(stage, `${i}`, i % 2 === 0 ? LOW : HIGH));
    if (i === 100) {
      const request = { stream: STREAM, shardId: "shardId-000000000000", newStartingHashKey: HALF };
      await stage.kinesis.splitShard(request, signal);
    }
    await stage.clock.advance(10);
  }
  const outcomes = await stage.outcomes(puts);
  expect(outcomes.every(({ kind }) => kind === "stored")).toBe(true);
  for (const parity of [0, 1]) {
    const numbers = textsRead(stage)
      .map(Number)
      .filter((number) => number % 2 === parity);
    const firsts = [...new Set(numbers)];
    expect(firsts).toEqual([...firsts].sort((a, b) => a - b));
    expect(firsts).toHaveLength(150);
  }
});

test("M-cold-start: records wait for the first shard map, so that they can share aggregates", async () => {
  const stage = setStage({
    faults: (clock) => ({
      listShards: async (next, request, callSignal) => {
        await sleep(clock, 2000, callSignal);
        return next(request, callSignal);
      },
    }),
  });
  const puts = Array.from({ length: 1000 }, (_, i) => {
    return stage.put({ partitionKey: `key-${i}`, data: `${i}` });
  });
  await stage.clock.advance(1999);
  expect(stage.calls).toEqual([]);
  await stage.outcomes(puts);
  expect(stage.clock.nowMs()).toBeLessThan(2200);
  expect(stage.carriers()).toBeLessThan(20);
});

test("M-cold-fail: without a map records go plain, each by itself, in the end", async () => {
  const denied = apiCallFailed("ListShards", failure("denied", "AccessDeniedException"));
  const stage = setStage({ faults: () => ({ listShards: () => Promise.reject(denied) }) });
  const puts = Array.from({ length: 50 }, (_, i) => {
    return stage.put({ partitionKey: `key-${i}`, data: `${i}` });
  });
  const outcomes = await stage.outcomes(puts);
  expect(outcomes.every(({ kind }) => kind === "stored")).toBe(true);
  expect(stage.carriers()).toBe(50);
  expect(stage.seen("shardMapFailed")[0]).toMatchObject({ stream: "orders" });
});

test("a listing that never answers holds records up for five seconds at most", async () => {
  const stage = setStage({ faults: () => ({ listShards: never }) });
  const outcome = await stage.until(stage.put({ partitionKey: "k", data: "x" }));
  expect(outcome.kind).toBe("stored");
  expect(stage.clock.nowMs()).toBe(5000);
});

/** Until its signal aborts. */
function never(_next: unknown, _request: unknown, callSignal: AbortSignal): Promise<never> {
  return untilAborted(new Promise<never>(() => undefined), callSignal);
}

test("M-backoff: while shards cannot be listed records go on over the old map, and listings get rarer", async () => {
  let isDown = false;
  const times: number[] = [];
  const stage = await warm({
    shards: 1,
    producer: { recordTtlMs: 120_000 },
    faults: (clock) => ({
      listShards: (next, request, callSignal) => {
        if (!isDown) return next(request, callSignal);
        times.push(clock.nowMs());
        return Promise.reject(apiCallFailed("ListShards", failure("transient", "InternalFailure")));
      },
    }),
  });
  isDown = true;
  await split(stage);
  // Lands on an unknown shard, so that a newer map is wanted, and goes on being put.
  const puts: Promise<Outcome>[] = [];
  for (let i = 0; i < 60; i += 1) {
    puts.push(put(stage, `${i}`, LOW));
    await stage.clock.advance(1000);
  }
  isDown = false;
  const outcomes = await stage.outcomes(puts);
  expect(outcomes.every(({ kind }) => kind === "stored")).toBe(true);
  const pauses = times.slice(1).map((atMs, i) => atMs - (times[i] as number));
  expect(Math.max(...pauses)).toBeLessThanOrEqual(30_000);
  expect(pauses.at(-1)).toBeGreaterThan(5 * (pauses[0] as number));
});

test("M-recreate: a stream made anew under the same name is found out and written to", async () => {
  const stage = await warm({ shards: 1 });
  const call = (operation: string, input: object) => stage.emulator.call(operation, input);
  await call("DeleteStream", { StreamName: "orders" });
  const meanwhile = put(stage, "meanwhile", LOW);
  await stage.clock.advance(1000);
  await call("CreateStream", { StreamName: "orders", ShardCount: 2 });
  expect((await stage.until(meanwhile)).kind).toBe("stored");
  await stage.clock.advance(3000);
  stage.calls.length = 0;
  const puts = Array.from({ length: 40 }, (_, i) => put(stage, `${i}`, i % 2 === 0 ? LOW : HIGH));
  const outcomes = await stage.outcomes(puts);
  expect(outcomes.every(({ kind }) => kind === "stored")).toBe(true);
  expect(new Set(textsRead(stage)).size).toBe(41);
  expect(stage.calls.length).toBeLessThan(10);
});
