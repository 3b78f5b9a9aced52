import { KinesisError } from "@shardline/core";
import { describe, expect, test } from "vitest";
import type { ShardContext } from "../../src/batch/handler.ts";
import type { DeadLetter } from "../../src/handling/dead-letter.ts";
import { failing, handle, poisonedBy } from "../support/handling.ts";
import { newGate } from "../support/promises.ts";

describe("a handler that takes longer than timeoutMs", () => {
  const policy = { timeoutMs: 1000 };

  test("has its signal aborted in time, with a typed error, and that is told", async () => {
    const gate = newGate();
    const seen: ShardContext[] = [];
    const { clock, told } = handle(
      (_, shard) => {
        seen.push(shard);
        return gate.opened;
      },
      { policy },
    );
    await clock.advance(999);
    expect(seen[0]?.signal.aborted).toBe(false);
    await clock.advance(1);
    expect(KinesisError.is(seen[0]?.signal.reason, "HANDLER_TIMED_OUT")).toBe(true);
    expect(told.of("handlerTimedOut")).toEqual([
      { shardId: "shard-0", records: 1, timeoutMs: 1000 },
    ]);
    gate.open();
    await clock.advance(500);
  });

  test("has failed although it returns later, and the next try does not overlap it", async () => {
    const gates = [newGate(), newGate()];
    const { clock, done, inHand, tally, told, tries, work } = handle(
      () => gates[tries.length - 1]?.opened,
      { policy },
    );
    await clock.advance(60_000);
    expect([tries.length, done, inHand()]).toEqual([1, [], "1"]);
    gates[0]?.open();
    await clock.advance(0);
    expect(told.of("batchFailed")).toMatchObject([{ error: { code: "HANDLER_TIMED_OUT" } }]);
    await clock.advance(200);
    expect(tries).toHaveLength(2);
    gates[1]?.open();
    await clock.advance(0);
    expect([work.state(), done, tally.failures]).toEqual(["resolved", ["handled 1"], 1]);
  });

  test("is not at fault with what it named as failed: all of its batch comes again", async () => {
    const { clock, told, tries } = handle(
      async ({ records }, { signal }) => {
        if (tries.length > 1) return undefined;
        await new Promise((resolve) => signal.addEventListener("abort", resolve));
        return { failedAt: records[2] ?? records[0] } as never;
      },
      { policy, records: 4 },
    );
    await clock.advance(2000);
    expect(tries.slice(0, 2)).toEqual([
      [1, 2, 3, 4],
      [1, 2],
    ]);
    expect(told.of("batchFailed")).toMatchObject([{ records: 4, next: "split" }]);
  });

  test("and then throws because its signal aborted has failed once, for the time", async () => {
    const { clock, tally, told } = handle(
      async (_, { signal }) => {
        if (tally.failures > 0) return;
        await new Promise((resolve) => signal.addEventListener("abort", resolve));
        signal.throwIfAborted();
      },
      { policy },
    );
    await clock.advance(2000);
    expect(tally.failures).toBe(1);
    expect(told.of("batchFailed")).toMatchObject([{ error: { code: "HANDLER_TIMED_OUT" } }]);
  });

  test("gets a signal that also aborts with the shard's, and the context otherwise unchanged", async () => {
    const lost = new AbortController();
    const gate = newGate();
    const seen: ShardContext[] = [];
    const { clock } = handle(
      (_, shard) => {
        seen.push(shard);
        return gate.opened;
      },
      { policy, shard: { signal: lost.signal } },
    );
    await clock.advance(0);
    const reason = new Error("lost");
    lost.abort(reason);
    expect(seen[0]?.signal.reason).toBe(reason);
    expect(seen[0]).toMatchObject({ stream: "s", shardId: "shard-0", leaseEpoch: 1 });
    gate.open();
    await clock.advance(0);
  });

  test("in time leaves no timer behind", async () => {
    const { clock, work } = handle(() => undefined, { policy });
    await clock.advance(0);
    expect([work.state(), clock.pendingTimers]).toEqual(["resolved", 0]);
  });
});

describe("records older than maxRecordAgeMs", () => {
  const skipOld = { then: "skip" as const, maxRecordAgeMs: 60_000 };

  test("are not tried, and what is younger is", async () => {
    const { clock, done, tally, told, tries } = handle(() => undefined, {
      records: 5,
      ageMs: (n) => (n < 4 ? 60_001 : 0),
      policy: skipOld,
    });
    await clock.advance(0);
    expect(tries).toEqual([[4, 5]]);
    expect(done).toEqual(["given up 3", "handled 5"]);
    expect(told.of("recordsSkipped")).toMatchObject([
      {
        records: 3,
        first: { sequenceNumber: "1" },
        last: { sequenceNumber: "3" },
        by: "policy",
        attempts: 0,
        error: { code: "RECORD_TOO_OLD" },
      },
    ]);
    expect(tally.skipped).toBe(3);
  });

  test("are not tried again when they come of age between two tries", async () => {
    const letters: DeadLetter[] = [];
    const { clock, done, tries } = handle(failing(99), {
      ageMs: () => 59_500,
      policy: { then: "dead-letter", maxRecordAgeMs: 60_000, maxAttempts: 99 },
      deadLetter: (letter) => void letters.push(letter),
    });
    await clock.advance(10_000);
    expect(tries.length).toBeGreaterThan(1);
    expect(tries.length).toBeLessThan(5);
    expect(done).toEqual(["given up 1"]);
    expect(letters).toMatchObject([
      {
        attempts: tries.length,
        error: { code: "RECORD_TOO_OLD", cause: new Error(`failure ${tries.length}`) },
      },
    ]);
  });

  test("exactly as old as they may be are tried", async () => {
    const { clock, tries } = handle(() => undefined, { ageMs: () => 60_000, policy: skipOld });
    await clock.advance(0);
    expect(tries).toEqual([[1]]);
  });

  test("behind a younger one wait their turn", async () => {
    const ageMs = (n: number): number => (n === 2 ? 60_001 : 0);
    const { clock, done, tries } = handle(poisonedBy(1), { ageMs, records: 3, policy: skipOld });
    await clock.advance(10_000);
    expect(tries[0]).toEqual([1, 2, 3]);
    expect(tries.at(-1)).toEqual([3]);
    expect(done).toEqual(["given up 1", "given up 2", "handled 3"]);
  });
});
