import { SeededRandom, type VirtualClock } from "@shardline/core/testing";
import { expect, test } from "vitest";
import { quietClock } from "../../../../test/support/quiet-clock.ts";
import { type BatchTenure, handleBatch } from "../../src/batch/batch-handler.ts";
import type { Batch, BatchHandler, ShardContext } from "../../src/batch/handler.ts";
import { ANY_SIGNAL } from "../support/held.ts";
import { newGate, type Tracked, track } from "../support/promises.ts";
import { recordEvents, type Told } from "../support/told.ts";

const RECORD = { sequenceNumber: "5", subSequenceNumber: 2, arrivedAtMs: 0, isOutOfRange: false };
const BATCH: Batch = { records: [{ ...RECORD, data: new Uint8Array(1) }], millisBehindLatest: 40 };
const SHARD: ShardContext = { stream: "s", shardId: "shard-0", leaseEpoch: 1, signal: ANY_SIGNAL };
const ALWAYS: BatchTenure = { untilSignal: ANY_SIGNAL, check: () => undefined };
const POLICY = { maxAttempts: 3, backoff: { baseMs: 200, maxMs: 30_000 }, haltMs: 60_000 };

interface Handling {
  readonly clock: VirtualClock;
  readonly told: Told;
  readonly work: Tracked<void>;
}

function handle(handler: BatchHandler, tenure: BatchTenure = ALWAYS): Handling {
  const clock = quietClock();
  const told = recordEvents();
  const random = new SeededRandom(1);
  const options = { clock, handler, random, policy: POLICY, events: told.events };
  return { clock, told, work: track(handleBatch(BATCH, SHARD, tenure, options)) };
}

/** Throws so many times, then returns. */
function failing(times: number, seen: Batch[] = []): BatchHandler {
  return (batch) => {
    seen.push(batch);
    if (seen.length <= times) throw new Error(`failure ${seen.length}`);
  };
}

test("a batch is done when the handler has returned, and that is told with the time it took", async () => {
  const gate = newGate();
  const { clock, told, work } = handle(() => gate.opened);
  await clock.advance(1500);
  expect(work.state()).toBe("pending");
  gate.open();
  await clock.advance(0);
  expect(work.state()).toBe("resolved");
  expect(told.of("batchProcessed")).toEqual([
    { shardId: "shard-0", records: 1, millisBehindLatest: 40, durationMs: 1500 },
  ]);
});

test("a handler that is not a promise's maker may return at once", async () => {
  const { clock, work } = handle(() => undefined);
  await clock.advance(0);
  expect(work.state()).toBe("resolved");
});

test("65 exception-retry: the same batch comes again after a pause, whether the handler threw or rejected", async () => {
  const seen: Batch[] = [];
  const throwing = failing(2, seen);
  const { clock, told, work } = handle(async (batch, shard) => {
    if (seen.length === 1) await Promise.resolve();
    await throwing(batch, shard);
  });
  await clock.advance(60_000);
  expect(work.state()).toBe("resolved");
  expect(seen).toEqual([BATCH, BATCH, BATCH]);
  const failures = told.of("batchFailed");
  expect(failures.map(({ attempts }) => attempts)).toEqual([1, 2]);
  expect(failures[0]).toMatchObject({
    shardId: "shard-0",
    records: 1,
    error: new Error("failure 1"),
  });
  expect(failures[0]?.retryAfterMs).toBeLessThanOrEqual(200);
  expect(told.of("shardHalted")).toEqual([]);
});

test("the pause before the next try is the one that was told", async () => {
  const seen: Batch[] = [];
  const { clock, told } = handle(failing(1, seen));
  await clock.advance(0);
  const { retryAfterMs = 0 } = told.of("batchFailed")[0] ?? {};
  await clock.advance(retryAfterMs - 0.001);
  expect(seen).toHaveLength(1);
  await clock.advance(0.001);
  expect(seen).toHaveLength(2);
});

test("66 poison-halt: after a row of failures the shard rests for a minute, which is told with the place", async () => {
  const seen: Batch[] = [];
  const { clock, told, work } = handle(failing(3, seen));
  await clock.advance(59_000);
  expect(seen).toHaveLength(3);
  expect(told.of("shardHalted")).toEqual([
    {
      shardId: "shard-0",
      sequenceNumber: "5",
      subSequenceNumber: 2,
      attempts: 3,
      retryAfterMs: 60_000,
      error: new Error("failure 3"),
    },
  ]);
  expect(told.of("batchFailed")).toHaveLength(3);
  await clock.advance(2000);
  expect(work.state()).toBe("resolved");
});

test("a try under way is awaited although no further one is wanted", async () => {
  const drain = new AbortController();
  const gate = newGate();
  const { clock, told, work } = handle(() => gate.opened, { ...ALWAYS, untilSignal: drain.signal });
  await clock.advance(0);
  drain.abort(new Error("drained"));
  await clock.advance(1000);
  expect(work.state()).toBe("pending");
  gate.open();
  await clock.advance(0);
  expect(work.state()).toBe("resolved");
  expect(told.of("batchProcessed")).toHaveLength(1);
});

test("between two tries, and before the first, an abort ends it", async () => {
  const reason = new Error("drained");
  const drain = new AbortController();
  const seen: Batch[] = [];
  const tenure = { ...ALWAYS, untilSignal: drain.signal };
  const { clock, work } = handle(failing(9, seen), tenure);
  await clock.advance(0);
  drain.abort(reason);
  await clock.advance(0);
  expect(work.reason()).toBe(reason);
  const { clock: other, work: late } = handle(failing(9, seen), tenure);
  await other.advance(0);
  expect(late.reason()).toBe(reason);
  expect(seen).toHaveLength(1);
});

test("28 event-loop-stall: the batch is not handed out once it is not ours any more", async () => {
  const reason = new Error("lost");
  const seen: Batch[] = [];
  const check = (): void => {
    throw reason;
  };
  const { clock, work } = handle(failing(0, seen), { ...ALWAYS, check });
  await clock.advance(0);
  expect(seen).toEqual([]);
  expect(work.reason()).toBe(reason);
});

test("78 abort-on-loss: what a handler returned from after the loss does not count, and is not told", async () => {
  const reason = new Error("lost");
  let isOurs = true;
  const check = (): void => {
    if (!isOurs) throw reason;
  };
  const { clock, told, work } = handle(
    async () => {
      isOurs = false;
    },
    { ...ALWAYS, check },
  );
  await clock.advance(0);
  expect(work.reason()).toBe(reason);
  expect(told.names()).toEqual([]);
});

test("a handler that fails after the loss is not told as failed", async () => {
  let isOurs = true;
  const check = (): void => {
    if (!isOurs) throw new Error("lost");
  };
  const { clock, told, work } = handle(
    () => {
      isOurs = false;
      throw new Error("because the signal aborted");
    },
    { ...ALWAYS, check },
  );
  await clock.advance(0);
  expect(work.reason()).toEqual(new Error("lost"));
  expect(told.names()).toEqual([]);
});

test("a handler gets the context of its shard", async () => {
  const seen: ShardContext[] = [];
  const { clock } = handle((_, shard) => {
    seen.push(shard);
  });
  await clock.advance(0);
  expect(seen).toEqual([SHARD]);
});
