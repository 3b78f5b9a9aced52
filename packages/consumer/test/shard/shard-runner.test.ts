import { KinesisError, SHARD_END } from "@shardline/core";
import { describe, expect, test } from "vitest";
import { failed } from "../support/failures.ts";
import { ANY_SIGNAL, FAILOVER_MS } from "../support/held.ts";
import { leaseOf, positionOf, shardIdOf } from "../support/leases.ts";
import { range } from "../support/lease-views.ts";
import { newGate } from "../support/promises.ts";
import { newRunner, split } from "../support/shard-running.ts";

const TAKEN = { owner: "you", nativeOwner: "you", counter: 1 };

describe("starting", () => {
  test("leads to reading, from where the lease says", async () => {
    const running = await newRunner({ lease: { checkpoint: positionOf("TRIM_HORIZON") } });
    await running.put("a");
    running.start();
    await running.clock.advance(0);
    expect(running.events.of("shardStarted")).toEqual([
      { shardId: shardIdOf(0), sequenceNumber: "TRIM_HORIZON", subSequenceNumber: 0 },
    ]);
    expect(running.texts).toEqual(["a"]);
  });

  test("S7: waits until every parent is at its end or gone", async () => {
    const parentShardIds = [shardIdOf(7), shardIdOf(8)];
    const { clock, events, put, start, table, texts } = await newRunner({
      lease: { parentShardIds },
    });
    await table.create(leaseOf(7, { owner: "you" }), ANY_SIGNAL);
    await put("a");
    start();
    await clock.advance(3000);
    expect(events.of("shardStarted")).toEqual([]);
    await table.update(shardIdOf(7), { expect: {}, patch: { checkpoint: SHARD_END } }, ANY_SIGNAL);
    await clock.advance(1000);
    expect(texts).toEqual(["a"]);
  });

  test("and drained leads to released, without a read", async () => {
    const { clock, events, item, runner, start, told } = await newRunner({
      lease: { parentShardIds: [shardIdOf(0)] },
    });
    const run = start();
    await clock.advance(500);
    runner.drain();
    await clock.advance(0);
    expect([run.state(), told]).toEqual(["resolved", ["released to anybody"]]);
    expect(item().checkpoint).toEqual(positionOf("TRIM_HORIZON"));
    expect(events.of("shardStarted")).toEqual([]);
  });

  test("a runner drained before it runs gives the lease up at once", async () => {
    const { clock, runner, start, told } = await newRunner();
    runner.drain();
    const run = start();
    await clock.advance(0);
    expect([run.state(), told]).toEqual(["resolved", ["released to anybody"]]);
  });

  test("beside a handler of an earlier lease that hangs still hands the lease over at once", async () => {
    const { clock, held, runner, start, told, write } = await newRunner();
    const run = start(newGate().opened);
    await clock.advance(1000);
    await write({ wantedBy: "you" });
    await held.renew();
    runner.drain();
    await clock.advance(0);
    expect([run.state(), told]).toEqual(["resolved", ["released to you"]]);
  });

  test("beside a handler of an earlier lease hands nothing out until that has returned", async () => {
    const earlier = newGate();
    const { clock, put, start, texts } = await newRunner();
    await put("a");
    start(earlier.opened);
    await clock.advance(5000);
    expect(texts).toEqual([]);
    earlier.open();
    await clock.advance(1000);
    expect(texts).toEqual(["a"]);
  });

  test("and lost leads to lost", async () => {
    const { clock, held, start, told, write } = await newRunner({
      lease: { parentShardIds: [shardIdOf(0)] },
    });
    const run = start();
    await clock.advance(0);
    await write(TAKEN);
    await held.renew();
    await clock.advance(0);
    expect([run.state(), told]).toEqual(["resolved", ["lost: taken, you has it"]]);
  });

  test("corrupt-item: waits for a parent whose lease cannot be read, and tells what to mend", async () => {
    let isBroken = true;
    const problem = "leaseCounter is missing";
    const { clock, events, put, start, texts } = await newRunner({
      lease: { parentShardIds: [shardIdOf(7)] },
      tableFaults: {
        get: async (next, ...args) => (isBroken ? { kind: "unreadable", problem } : next(...args)),
      },
    });
    await put("a");
    start();
    await clock.advance(5000);
    expect([texts, events.of("shardStarted")]).toEqual([[], []]);
    const reason = `item ${shardIdOf(7)} of the lease table, a parent's lease, cannot be read: ${problem}; mend it`;
    expect(events.of("shardStalled")[0]).toMatchObject({ shardId: shardIdOf(0), reason });
    isBroken = false;
    await clock.advance(1000);
    expect(texts).toEqual(["a"]);
  });

  test("goes on trying to see the parents while the table fails, and tells it", async () => {
    let failures = 2;
    const { clock, events, put, start, texts } = await newRunner({
      lease: { parentShardIds: [shardIdOf(7)] },
      tableFaults: {
        get: async (next, ...args) => {
          failures -= 1;
          if (failures >= 0) throw failed("throttled");
          return next(...args);
        },
      },
    });
    await put("a");
    start();
    await clock.advance(2000);
    expect(texts).toEqual(["a"]);
    expect(events.of("shardStalled")).toMatchObject([
      { shardId: shardIdOf(0), reason: "the test says throttled" },
      { shardId: shardIdOf(0) },
    ]);
  });
});

describe("reading", () => {
  test("and drained finishes the batch in hand, writes it down and leads to released", async () => {
    const gate = newGate();
    const { clock, held, item, put, runner, start, texts, told } = await newRunner({
      maxRecords: 1,
      handle: () => gate.opened,
    });
    await put("a", "b");
    const run = start();
    await clock.advance(0);
    runner.drain();
    await clock.advance(100);
    expect([run.state(), held.isValid()]).toEqual(["pending", true]);
    gate.open();
    await clock.advance(0);
    expect([run.state(), texts, told]).toEqual(["resolved", ["a"], ["released to anybody"]]);
    expect(item().checkpoint.sequenceNumber).toMatch(/^\d+$/);
  });

  test("and drained for a worker that asked hands the lease over", async () => {
    const { clock, item, runner, start, told, write, held } = await newRunner();
    start();
    await clock.advance(0);
    await write({ wantedBy: "you" });
    await held.renew();
    runner.drain();
    await clock.advance(0);
    expect(told).toEqual(["released to you"]);
    expect(item()).toMatchObject({ owner: "you", epoch: 1 });
  });

  test("and lost aborts the handler's signal, waits for the handler, and counts nothing of it", async () => {
    const signals: AbortSignal[] = [];
    const gate = newGate();
    const { budget, clock, held, item, put, start, told, write } = await newRunner({
      handle: (_, { signal }) => {
        signals.push(signal);
        return gate.opened;
      },
    });
    await put("a");
    const run = start();
    await clock.advance(0);
    expect(budget.usedBytes).toBeGreaterThan(0);
    await write(TAKEN);
    await held.renew();
    await clock.advance(0);
    expect(signals[0]?.aborted).toBe(true);
    expect(KinesisError.is(signals[0]?.reason, "LEASE_LOST")).toBe(true);
    expect(run.state()).toBe("pending");
    expect(budget.usedBytes, "bytes that count though the lease is lost").toBe(0);
    gate.open();
    await clock.advance(0);
    expect([run.state(), told]).toEqual(["resolved", ["lost: taken, you has it"]]);
    expect(item().checkpoint).toEqual(positionOf("TRIM_HORIZON"));
  });

  test("and lost while an answer is on its way keeps no room for another one, though a handler hangs", async () => {
    const gate = newGate();
    let reads = 0;
    const { budget, clock, held, put, start, write } = await newRunner({
      handle: () => new Promise(() => undefined),
      kinesisFaults: {
        // An answer that has come already is not kept back by the signal.
        getRecords: async (next, request) => {
          reads += 1;
          const isSecond = reads === 2;
          const answer = await next(request, ANY_SIGNAL);
          if (isSecond) await gate.opened;
          return answer;
        },
      },
    });
    await put(...range(250).map(String));
    await clock.advance(1000);
    start();
    await clock.advance(1000);
    await write(TAKEN);
    await held.renew();
    gate.open();
    await clock.advance(1000);
    expect([held.signal.aborted, reads, budget.usedBytes]).toEqual([true, 2, 0]);
  });

  test("a handler's signal aborts with the end of the shard's life, whatever that is", async () => {
    const signals: AbortSignal[] = [];
    const { clock, put, runner, start } = await newRunner({
      handle: (_, { signal }) => {
        signals.push(signal);
      },
    });
    await put("a");
    start();
    await clock.advance(0);
    expect(signals[0]?.aborted).toBe(false);
    runner.drain();
    await clock.advance(0);
    expect(signals[0]?.aborted).toBe(true);
  });

  test("an error that nothing can mend ends it; what was handled is written down, and the lease given up", async () => {
    const bug = new TypeError("a bug");
    let reads = 0;
    const { clock, item, put, start, told } = await newRunner({
      kinesisFaults: {
        getRecords: (next, ...args) => {
          reads += 1;
          return reads === 1 ? next(...args) : Promise.reject(bug);
        },
      },
    });
    await put("a");
    const run = start();
    await clock.advance(2000);
    expect(run.reason()).toBe(bug);
    expect(told).toEqual(["released to anybody"]);
    expect(item().checkpoint.sequenceNumber).toMatch(/^\d+$/);
  });
});

describe("draining", () => {
  test("and abandoned aborts the handler's signal and gives the lease up without its batch", async () => {
    const reasons: unknown[] = [];
    const { clock, item, put, runner, start, told } = await newRunner({
      handle: (_, { signal }) => {
        signal.addEventListener("abort", () => reasons.push(signal.reason));
        return new Promise<void>(() => undefined);
      },
    });
    await put("a");
    const run = start();
    await clock.advance(0);
    runner.drain();
    await clock.advance(1000);
    expect(run.state()).toBe("pending");
    const reason = new Error("the time is over");
    runner.abandon(reason);
    await clock.advance(0);
    expect([run.state(), told, reasons]).toEqual(["resolved", ["released to anybody"], [reason]]);
    expect(item().checkpoint).toEqual(positionOf("TRIM_HORIZON"));
  });

  test("and lost leads to lost: the lease that expired meanwhile is not written to", async () => {
    const gate = newGate();
    const { clock, item, put, runner, start, told } = await newRunner({
      handle: () => gate.opened,
    });
    await put("a");
    const run = start();
    await clock.advance(0);
    runner.drain();
    await clock.advance(FAILOVER_MS);
    gate.open();
    await clock.advance(0);
    expect([run.state(), told]).toEqual(["resolved", ["lost: expired, nobody has it"]]);
    expect(item().counter).toBe(0);
  });

  test("while a batch keeps failing does not wait for it to succeed", async () => {
    const { clock, runner, put, start, told } = await newRunner({
      handle: () => {
        throw new Error("never");
      },
    });
    await put("a");
    const run = start();
    await clock.advance(20_000 - FAILOVER_MS - 1);
    runner.drain();
    await clock.advance(0);
    expect([run.state(), told]).toEqual(["resolved", ["released to anybody"]]);
  });

  test("while the end is written leads to ended all the same", async () => {
    const gate = newGate();
    const running = await newRunner({
      tableFaults: {
        update: async (next, ...args) => {
          await gate.opened;
          return next(...args);
        },
      },
    });
    await split(running);
    const run = running.start();
    await running.clock.advance(0);
    running.runner.drain();
    gate.open();
    await running.clock.advance(0);
    expect(run.state()).toBe("resolved");
    expect(running.item().checkpoint).toEqual(SHARD_END);
    expect([running.endings(), running.events.of("shardEnded")]).toMatchObject([1, [{}]]);
  });
});
