import { expect, test } from "vitest";
import type { ShardContext } from "../../src/batch/handler.ts";
import { failing, handle, SHARD } from "../support/handling.ts";
import { newGate } from "../support/promises.ts";

test("a batch is done when the handler has returned, and that is told with the time it took", async () => {
  const gate = newGate();
  const { clock, done, inHand, tally, told, work } = handle(() => gate.opened, { records: 3 });
  await clock.advance(1500);
  expect([work.state(), inHand()]).toEqual(["pending", "3"]);
  gate.open();
  await clock.advance(0);
  expect([work.state(), inHand()]).toEqual(["resolved", undefined]);
  expect(told.of("batchProcessed")).toEqual([
    { shardId: "shard-0", records: 3, millisBehindLatest: 40, durationMs: 1500 },
  ]);
  expect([done, tally.handled]).toEqual([["handled 3"], 3]);
});

test("a handler that is not a promise's maker may return at once", async () => {
  const { clock, work } = handle(() => undefined);
  await clock.advance(0);
  expect(work.state()).toBe("resolved");
});

test("what a handler in plain JavaScript returns by the way means nothing", async () => {
  for (const odd of [null, 0, "failedAt", [1], { records: [] }]) {
    const { clock, work } = handle(() => odd as never);
    await clock.advance(0);
    expect(work.state()).toBe("resolved");
  }
});

test("a lease that is lost while other work of the process comes between is looked at again before the handler", async () => {
  const lost = new AbortController();
  const check = (): void => {
    lost.signal.throwIfAborted();
    queueMicrotask(() => lost.abort(new Error("lease lost")));
  };
  const { clock, tries, work } = handle(() => undefined, { tenure: { check } });
  await clock.advance(0);
  expect([work.state(), tries]).toEqual(["rejected", []]);
});

test("a batch without records calls no handler", async () => {
  const { clock, tries, work } = handle(() => undefined, { records: 0 });
  await clock.advance(0);
  expect([work.state(), tries]).toEqual(["resolved", []]);
});

test("65 exception-retry: the same record comes again after a pause, whether the handler threw or rejected", async () => {
  const throwing = failing(2);
  let calls = 0;
  const { clock, told, tries, work } = handle((batch, shard) => {
    calls += 1;
    if (calls === 1) return throwing(batch, shard);
    return Promise.resolve().then(() => throwing(batch, shard));
  });
  await clock.advance(60_000);
  expect(work.state()).toBe("resolved");
  expect(tries).toEqual([[1], [1], [1]]);
  const failures = told.of("batchFailed");
  expect(failures.map(({ attempts, next }) => `${attempts} ${next}`)).toEqual([
    "1 retry",
    "2 retry",
  ]);
  expect(failures[0]).toMatchObject({
    shardId: "shard-0",
    records: 1,
    error: new Error("failure 1"),
  });
  expect(failures[0]?.retryAfterMs).toBeLessThanOrEqual(200);
  expect(told.of("shardHalted")).toEqual([]);
});

test("the pause before the next try is the one that was told", async () => {
  const { clock, told, tries } = handle(failing(1));
  await clock.advance(0);
  const { retryAfterMs = 0 } = told.of("batchFailed")[0] ?? {};
  await clock.advance(retryAfterMs - 0.001);
  expect(tries).toHaveLength(1);
  await clock.advance(0.001);
  expect(tries).toHaveLength(2);
});

test("a try under way is awaited although no further one is wanted", async () => {
  const drain = new AbortController();
  const gate = newGate();
  const tenure = { untilSignal: drain.signal };
  const { clock, told, work } = handle(() => gate.opened, { tenure });
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
  const tenure = { untilSignal: drain.signal };
  const { clock, tries, work } = handle(failing(9), { tenure });
  await clock.advance(0);
  drain.abort(reason);
  await clock.advance(0);
  expect([work.reason(), tries]).toEqual([reason, [[1]]]);
  const late = handle(failing(9), { tenure });
  await late.clock.advance(0);
  expect([late.work.reason(), late.tries]).toEqual([reason, []]);
});

test("28 event-loop-stall: the batch is not handed out once it is not ours any more", async () => {
  const reason = new Error("lost");
  const check = (): void => {
    throw reason;
  };
  const { clock, tries, work } = handle(failing(0), { tenure: { check } });
  await clock.advance(0);
  expect(tries).toEqual([]);
  expect(work.reason()).toBe(reason);
});

test.each(["returns", "throws"])(
  "78 abort-on-loss: what a handler that %s after the loss has done does not count, and is not told",
  async (how) => {
    const reason = new Error("lost");
    let isOurs = true;
    const check = (): void => {
      if (!isOurs) throw reason;
    };
    const { clock, done, tally, told, work } = handle(
      async () => {
        isOurs = false;
        if (how === "throws") throw new Error("because the signal aborted");
      },
      { tenure: { check } },
    );
    await clock.advance(0);
    expect(work.reason()).toBe(reason);
    expect([told.names(), done, tally.handled, tally.failures]).toEqual([[], [], 0, 0]);
  },
);

test("a handler gets the context of its shard", async () => {
  const seen: ShardContext[] = [];
  const { clock } = handle((_, shard) => {
    seen.push(shard);
  });
  await clock.advance(0);
  expect(seen).toEqual([SHARD]);
});

test("of a batch that its handler has checkpointed to the end and failed all the same, the last record comes again", async () => {
  const { clock, done, tries, told, work } = handle(failing(1), {
    records: 3,
    tenure: { checkpointed: () => ({ sequenceNumber: "3", subSequenceNumber: 0 }) },
  });
  await clock.advance(1000);
  expect(work.state()).toBe("resolved");
  expect(tries).toEqual([[1, 2, 3], [3]]);
  expect(done).toEqual(["handled 2", "handled 3"]);
  expect(told.of("batchFailed")).toMatchObject([{ records: 1, attempts: 1 }]);
});

test("where the handler says itself where it failed, that counts, and not its checkpoint", async () => {
  const outcomes = [{ failedAt: { sequenceNumber: "2", subSequenceNumber: 0 } }, undefined];
  const { clock, tries } = handle(() => outcomes.shift(), {
    records: 3,
    tenure: { checkpointed: () => ({ sequenceNumber: "2", subSequenceNumber: 0 }) },
  });
  await clock.advance(1000);
  expect(tries.slice(0, 2)).toEqual([
    [1, 2, 3],
    [2, 3],
  ]);
});
