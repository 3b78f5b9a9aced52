import { describe, expect, test } from "vitest";
import type { DeadLetter } from "../../src/handling/dead-letter.ts";
import type { LeasePatch } from "../../src/lease/lease-move.ts";
import { FAILOVER_MS, Fleet, type WorkerSetup } from "../support/fleet.ts";
import { malformedRecord, textOf } from "../support/kinesis-records.ts";
import { shardIdOf } from "../support/leases.ts";
import { range } from "../support/lease-views.ts";
import { newGate } from "../support/promises.ts";

const SHARD = shardIdOf(0);

/** A handler that throws while one of these is in its batch. */
function poisonedBy(...texts: readonly string[]): NonNullable<WorkerSetup["handle"]> {
  return ({ records }) => {
    const bad = records.map(textOf).find((text) => texts.includes(text));
    if (bad !== undefined) throw new Error(`poisoned by ${bad}`);
  };
}

/** The text of the record that the checkpoint names. */
function checkpointed(fleet: Fleet): string | undefined {
  const { sequenceNumber } = fleet.table.snapshot()[0]?.checkpoint ?? {};
  const records = fleet.emulator.inspect("orders")?.shards[0]?.records ?? [];
  const record = records.find((one) => one.sequenceNumber === sequenceNumber);
  return record && textOf(record);
}

describe("a record that cannot be handled", () => {
  test("66 poison-halt: halts its shard at that very record; what was before it is checkpointed", async () => {
    const fleet = new Fleet(1);
    await fleet.put(range(10).map((i) => `r${i}`));
    const worker = fleet.start("a", { handle: poisonedBy("r6") });
    await fleet.clock.advance(30_000);
    expect([checkpointed(fleet), fleet.owners]).toEqual(["r5", ["a"]]);
    expect(worker.told("shardHalted")).toMatchObject([{ records: 1, attempts: 5 }]);
    expect(fleet.texts.slice(-1)).toEqual(["r6"]);
    expect(worker.told("recordsSkipped")).toEqual([]);
  });

  test("66 poison-halt: goes through when it is retried after a cure, by retryShard at once", async () => {
    const fleet = new Fleet(2);
    await fleet.put(range(3).map((i) => `r${i}`));
    let isCured = false;
    const worker = fleet.start("a", {
      handle: (batch, shard) => (isCured ? undefined : poisonedBy("r1")(batch, shard)),
    });
    await fleet.clock.advance(20_000);
    const { shardId = "" } = worker.told("shardHalted")[0] ?? {};
    isCured = true;
    const other = [0, 1].map(shardIdOf).find((id) => id !== shardId) ?? "";
    expect([other, "no such shard"].map((id) => worker.consumer.retryShard(id))).toEqual([
      false,
      false,
    ]);
    expect(worker.consumer.retryShard(shardId)).toBe(true);
    await fleet.clock.advance(0);
    expect(fleet.texts.slice(-2)).toEqual(["r1", "r2"]);
    expect(worker.told("shardResumed")).toHaveLength(1);
  });

  test("66 poison-halt: is skipped by skipRecord, alone, and the checkpoint passes it", async () => {
    const fleet = new Fleet(1);
    await fleet.put(range(6).map((i) => `r${i}`));
    const worker = fleet.start("a", { handle: poisonedBy("r5") });
    await fleet.clock.advance(20_000);
    expect(worker.consumer.skipRecord(SHARD)).toBe(true);
    await fleet.clock.advance(4000);
    expect(checkpointed(fleet)).toBe("r5");
    expect(worker.told("recordsSkipped")).toMatchObject([{ records: 1, by: "skipRecord" }]);
    worker.stop();
    await fleet.clock.advance(0);
    expect(worker.consumer.skipRecord(SHARD)).toBe(false);
  });

  test("halted does not keep its worker from draining, and comes to the next one", async () => {
    const fleet = new Fleet(1);
    await fleet.put(["r0", "r1"]);
    const worker = fleet.start("a", { handle: poisonedBy("r1") });
    await fleet.clock.advance(20_000);
    worker.stop();
    await fleet.clock.advance(0);
    expect([worker.run.state(), fleet.owners]).toEqual(["resolved", [undefined]]);
    fleet.start("b");
    await fleet.clock.advance(1000);
    expect(fleet.texts.at(-1)).toBe("r1");
  });

  test("67 poison-dlq: goes to the sink once, and the checkpoint passes it", async () => {
    const fleet = new Fleet(1);
    await fleet.put(range(64).map((i) => `r${i}`));
    const letters: DeadLetter[] = [];
    const deadLetter = (letter: DeadLetter): void => void letters.push(letter);
    fleet.start("a", {
      onFailure: { then: "dead-letter", deadLetter },
      handle: poisonedBy("r20", "r63"),
    });
    await fleet.clock.advance(60_000);
    expect(letters.map(textOf)).toEqual(["r20", "r63"]);
    expect(letters[0]).toMatchObject({ stream: "orders", shardId: SHARD, attempts: 5 });
    expect(checkpointed(fleet)).toBe("r63");
  });

  test("68 dlq-down: waits for its sink, and so does the checkpoint", async () => {
    const fleet = new Fleet(1);
    await fleet.put(range(6).map((i) => `r${i}`));
    let isDown = true;
    const deadLetter = async (): Promise<void> => {
      if (isDown) throw new Error("down");
    };
    const worker = fleet.start("a", {
      onFailure: { then: "dead-letter", deadLetter },
      handle: poisonedBy("r3"),
    });
    await fleet.clock.advance(120_000);
    expect([checkpointed(fleet), worker.told("recordDeadLettered")]).toEqual(["r2", []]);
    expect(worker.told("deadLetterFailed").length).toBeGreaterThan(3);
    expect(worker.told("leaseLost")).toEqual([]);
    isDown = false;
    await fleet.clock.advance(40_000);
    expect([checkpointed(fleet), fleet.texts.at(-1)]).toEqual(["r5", "r5"]);
  });

  test("94 stop-deadline: whose sink hangs does not keep a worker from ending in time", async () => {
    const fleet = new Fleet(1);
    await fleet.put(["r0"]);
    const signals: AbortSignal[] = [];
    const deadLetter = (_: DeadLetter, signal: AbortSignal): Promise<void> => {
      signals.push(signal);
      return new Promise(() => undefined);
    };
    const worker = fleet.start("a", {
      drainTimeoutMs: 5000,
      onFailure: { then: "dead-letter", deadLetter },
      handle: poisonedBy("r0"),
    });
    await fleet.clock.advance(20_000);
    worker.stop();
    await fleet.clock.advance(4999);
    expect([worker.run.state(), signals[0]?.aborted]).toEqual(["pending", false]);
    await fleet.clock.advance(1);
    expect([worker.run.state(), signals[0]?.aborted]).toEqual(["resolved", true]);
    expect(fleet.owners).toEqual([undefined]);
  });

  test("is skipped where that is asked for, one by one, which is told with the positions", async () => {
    const fleet = new Fleet(1);
    await fleet.put(range(20).map((i) => `r${i}`));
    await fleet.putData(malformedRecord(1).data);
    const worker = fleet.start("a", {
      onFailure: { then: "skip" },
      handle: poisonedBy("r3", "r4", "r19"),
    });
    await fleet.clock.advance(60_000);
    const records = fleet.emulator.inspect("orders")?.shards[0]?.records ?? [];
    const skipped = worker.told("recordsSkipped");
    expect(skipped.map(({ first }) => first.sequenceNumber)).toEqual(
      [3, 4, 19, 20].map((i) => records[i]?.sequenceNumber),
    );
    expect(skipped.map((one) => one.records)).toEqual([1, 1, 1, 1]);
    const { sequenceNumber } = fleet.table.snapshot()[0]?.checkpoint ?? {};
    expect(sequenceNumber).toBe(records[20]?.sequenceNumber);
  });
});

test("70 partial-batch: what lies before failedAt is checkpointed, and the rest comes again", async () => {
  const fleet = new Fleet(1);
  await fleet.put(range(10).map((i) => `r${i}`));
  const worker = fleet.start("a", {
    processBatch: ({ records }) => {
      const failedAt = records.find((record) => textOf(record) === "r7");
      return failedAt && { failedAt };
    },
  });
  await fleet.clock.advance(30_000);
  expect(checkpointed(fleet)).toBe("r6");
  expect(worker.told("shardHalted")).toMatchObject([{ records: 1, attempts: 5 }]);
  expect(worker.told("batchProcessed").map(({ records }) => records)).toEqual([7]);
});

test("78 abort-on-loss: a handler's signal aborts when its lease is stolen, and its result is ignored", async () => {
  const fleet = new Fleet(1);
  const gate = newGate();
  const aborted: number[] = [];
  const worker = fleet.start("a", {
    handle: (_, { signal }) => {
      signal.addEventListener("abort", () => aborted.push(fleet.clock.nowMs()));
      return gate.opened;
    },
  });
  await fleet.put(["x"]);
  await fleet.clock.advance(2000);
  const [lease] = fleet.table.snapshot();
  const { counter = 0, epoch = 0, key = "" } = lease ?? {};
  const patch = { owner: "thief", counter: counter + 1, epoch: epoch + 1 };
  const { signal } = new AbortController();
  await fleet.table.update(key, { expect: {}, patch }, signal);
  await fleet.clock.advance(FAILOVER_MS / 3 + 50);
  expect(worker.told("leaseLost")).toMatchObject([{ cause: "taken", newOwner: "thief" }]);
  expect(aborted).toHaveLength(1);
  gate.open();
  await fleet.clock.advance(1000);
  expect(fleet.table.snapshot()[0]).toMatchObject({
    owner: "thief",
    checkpoint: { sequenceNumber: "TRIM_HORIZON" },
  });
  expect(worker.told("batchProcessed")).toEqual([]);
});

test("a handler that outlives several leases of its shard is never called beside itself, and holds none of them", async () => {
  const fleet = new Fleet(1);
  const gate = newGate();
  const worker = fleet.start("a", { handle: () => gate.opened });
  await fleet.put(["x"]);
  await fleet.clock.advance(2000);
  const [key, signal] = [fleet.table.snapshot()[0]?.key ?? "", new AbortController().signal];
  const write = (patch: LeasePatch) => fleet.table.update(key, { expect: {}, patch }, signal);
  await write({ owner: "thief", counter: 1000 });
  await fleet.clock.advance(2 * FAILOVER_MS);
  expect(fleet.owners).toEqual(["a"]);
  await write({ wantedBy: "other" });
  await fleet.clock.advance(FAILOVER_MS / 3 + 50);
  expect(fleet.owners, "handed over though a handler hangs").toEqual(["other"]);
  await fleet.clock.advance(2 * FAILOVER_MS);
  expect(fleet.owners).toEqual(["a"]);
  expect(worker.told("leaseTaken")).toHaveLength(3);
  expect(fleet.texts).toEqual(["x"]);
  gate.open();
  await fleet.clock.advance(1000);
  expect(fleet.texts).toEqual(["x", "x"]);
});

test("a handler that hangs past its time holds its shard alone, and is told", async () => {
  const fleet = new Fleet(2);
  const worker = fleet.start("a", {
    onFailure: { timeoutMs: 5000 },
    drainTimeoutMs: 0,
    handle: (_, { shardId }) =>
      shardId === SHARD ? new Promise<void>(() => undefined) : undefined,
  });
  for (const i of range(20)) await fleet.put([`r${i}`], `key-${i}`);
  await fleet.clock.advance(60_000);
  expect(worker.told("handlerTimedOut")).toMatchObject([{ shardId: SHARD, timeoutMs: 5000 }]);
  expect(fleet.owners).toEqual(["a", "a"]);
  const others = fleet.delivered.filter(({ shardId }) => shardId !== SHARD);
  expect(others).toHaveLength(fleet.emulator.inspect("orders")?.shards[1]?.records.length ?? -1);
});
