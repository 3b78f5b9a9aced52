import { describe, expect, test } from "vitest";
import type { BatchHandler } from "../../src/batch/handler.ts";
import { failing, handle, poisonedBy } from "../support/handling.ts";
import { range } from "../support/lease-views.ts";

const ALL_64 = range(64).map((i) => i + 1);

describe("66 poison-halt:", () => {
  test("after a row of failures the shard rests for a minute, which is told with the place", async () => {
    const { batches, clock, halts, told, tries, work } = handle(failing(3));
    await clock.advance(59_000);
    expect(tries).toHaveLength(3);
    expect(halts).toEqual(["1"]);
    expect(told.of("shardHalted")).toEqual([
      {
        shardId: "shard-0",
        sequenceNumber: "1",
        subSequenceNumber: 0,
        records: 1,
        attempts: 3,
        retryAfterMs: 60_000,
        error: new Error("failure 3"),
      },
    ]);
    expect(batches.haltedAt).toEqual({ sequenceNumber: "1", subSequenceNumber: 0 });
    expect(told.of("shardResumed")).toEqual([]);
    await clock.advance(2000);
    expect(work.state()).toBe("resolved");
    expect(batches.haltedAt).toBeUndefined();
    expect(halts).toEqual(["1", undefined]);
    expect(told.of("shardResumed")).toEqual([
      { shardId: "shard-0", sequenceNumber: "1", subSequenceNumber: 0 },
    ]);
  });

  test("nothing is skipped, however long it lasts", async () => {
    const { clock, done, tally, tries } = handle(poisonedBy(2), { records: 3 });
    await clock.advance(3_600_000);
    expect(done).toEqual(["handled 1"]);
    expect(tries.flat()).not.toContain(4);
    expect(tries.slice(3).every(([first]) => first === 2)).toBe(true);
    expect([tally.skipped, tally.deadLettered]).toEqual([0, 0]);
  });

  test("retryShard ends the rest at once, and a new row of tries begins", async () => {
    const { batches, clock, tries, work } = handle(failing(4));
    await clock.advance(10_000);
    expect(tries).toHaveLength(3);
    expect(batches.endRest("retry")).toBe(true);
    expect(batches.endRest("retry")).toBe(false);
    await clock.advance(1000);
    expect([tries.length, work.state()]).toEqual([5, "resolved"]);
  });

  test("skipRecord skips the one record at which it rests, and that is told and counted", async () => {
    const { batches, clock, done, tally, told, work } = handle(poisonedBy(3), { records: 4 });
    await clock.advance(10_000);
    expect(batches.endRest("skip")).toBe(true);
    await clock.advance(1000);
    expect(work.state()).toBe("resolved");
    expect(done).toEqual(["handled 2", "given up 3", "handled 4"]);
    expect(told.of("recordsSkipped")).toEqual([
      {
        shardId: "shard-0",
        records: 1,
        first: { sequenceNumber: "3", subSequenceNumber: 0 },
        last: { sequenceNumber: "3", subSequenceNumber: 0 },
        by: "skipRecord",
        attempts: 3,
        error: new Error("poisoned by 3"),
      },
    ]);
    expect([tally.handled, tally.skipped]).toEqual([3, 1]);
    expect(told.of("shardResumed")).toHaveLength(1);
  });

  test("skipRecord of a batch that is not halved looks for the record first, and skips nothing else", async () => {
    const policy = { bisect: false };
    const { batches, clock, done, told, work } = handle(poisonedBy(3), { records: 4, policy });
    await clock.advance(10_000);
    expect(told.of("shardHalted")).toMatchObject([{ sequenceNumber: "1", records: 4 }]);
    expect(batches.endRest("skip")).toBe(true);
    await clock.advance(10_000);
    expect(told.of("shardHalted")[1]).toMatchObject({ sequenceNumber: "3", records: 1 });
    expect(done).toEqual(["handled 2"]);
    expect(batches.endRest("skip")).toBe(true);
    await clock.advance(0);
    expect([work.state(), done]).toEqual(["resolved", ["handled 2", "given up 3", "handled 4"]]);
  });

  test("skipRecord skips nothing of a shard that turns out to be somebody else's", async () => {
    const reason = new Error("lost while the process was paused");
    let isOurs = true;
    const check = (): void => {
      if (!isOurs) throw reason;
    };
    const { batches, clock, done, tally, told, work } = handle(failing(9), { tenure: { check } });
    await clock.advance(10_000);
    isOurs = false;
    batches.endRest("skip");
    await clock.advance(0);
    expect([work.reason(), done, tally.skipped]).toEqual([reason, [], 0]);
    expect(told.of("recordsSkipped")).toEqual([]);
  });

  test("a shard that does not rest has nothing to end", async () => {
    const { batches, clock } = handle(failing(1));
    expect(batches.endRest("skip")).toBe(false);
    await clock.advance(0);
    expect(batches.endRest("skip")).toBe(false);
  });

  test("a drain ends the rest, and the record stays undone", async () => {
    const drain = new AbortController();
    const tenure = { untilSignal: drain.signal };
    const { batches, clock, done, work } = handle(failing(9), { tenure });
    await clock.advance(10_000);
    const reason = new Error("drained");
    drain.abort(reason);
    await clock.advance(0);
    expect([work.reason(), done, batches.endRest("skip")]).toEqual([reason, [], false]);
  });

  test("a rest without end ends when it is told to", async () => {
    const policy = { haltMs: Number.POSITIVE_INFINITY };
    const { batches, clock, work } = handle(failing(3), { policy });
    await clock.advance(1e9);
    expect(work.state()).toBe("pending");
    batches.endRest("retry");
    await clock.advance(0);
    expect(work.state()).toBe("resolved");
  });
});

describe("69 bisect:", () => {
  test.each([1, 2, 31, 32, 33, 64])(
    "of 64 records with a bad one at %i, 63 succeed in order, within seven more calls per level",
    async (bad) => {
      const policy = { then: "skip" as const, maxAttempts: 1 };
      const { clock, done, tally, told, tries, work } = handle(poisonedBy(bad), {
        records: 64,
        policy,
      });
      await clock.advance(60_000);
      expect(work.state()).toBe("resolved");
      expect([tally.handled, tally.skipped]).toEqual([63, 1]);
      expect(told.of("recordsSkipped")[0]?.first.sequenceNumber).toBe(String(bad));
      // Six levels of halves, of each of which one half fails and the other does not.
      expect(tries).toHaveLength(1 + 2 * 6);
      expect(done.map((text) => Number(text.split(" ").at(-1)))).toEqual(
        done.map((text) => Number(text.split(" ").at(-1))).sort((a, b) => a - b),
      );
      expect(done.at(-1)).toMatch(/ 64$/);
    },
  );

  test("a record is not tried before all those in front of it are done", async () => {
    const seen = new Set<number>();
    const bad = [5, 17, 18, 40];
    const handler: BatchHandler = (batch, shard) => {
      const numbers = batch.records.map(({ sequenceNumber }) => Number(sequenceNumber));
      const before = ALL_64.filter((n) => n < (numbers[0] ?? 0));
      expect(before.filter((n) => !seen.has(n) && !bad.includes(n))).toEqual([]);
      void poisonedBy(...bad)(batch, shard);
      for (const n of numbers) {
        expect(seen.has(n)).toBe(false);
        seen.add(n);
      }
    };
    const { clock, tally, work } = handle(handler, { records: 64, policy: { then: "skip" } });
    await clock.advance(600_000);
    expect([work.state(), seen.size, tally.skipped]).toEqual(["resolved", 60, 4]);
  });

  test("what was wrong in passing costs one split", async () => {
    const { clock, done, tries } = handle(failing(1), { records: 8 });
    await clock.advance(10_000);
    expect(tries.map(({ length }) => length)).toEqual([8, 4, 4]);
    expect(done).toEqual(["handled 4", "handled 8"]);
  });

  test("a handler gets at least one record, and never a part that can be changed", async () => {
    const { clock, work } = handle(
      (batch) => {
        expect(batch.records.length).toBeGreaterThan(0);
        expect([Object.isFrozen(batch.records), batch.millisBehindLatest]).toEqual([
          batch.records.length < 5,
          40,
        ]);
        void poisonedBy(5)(batch, {} as never);
      },
      { records: 5, policy: { then: "skip" } },
    );
    await clock.advance(60_000);
    expect(work.state()).toBe("resolved");
  });
});

describe("70 partial-batch:", () => {
  /** Names the first bad record in the batch. */
  const naming =
    (...numbers: readonly number[]): BatchHandler =>
    ({ records }) => {
      const bad = records.find(({ sequenceNumber }) => numbers.includes(Number(sequenceNumber)));
      return bad && { failedAt: bad, error: new Error(`named ${bad.sequenceNumber}`) };
    };

  test("what lies before failedAt is done, and the rest comes again", async () => {
    let calls = 0;
    const { clock, done, told, tries, work } = handle(
      async ({ records }) => {
        calls += 1;
        const failedAt = records[3];
        if (calls === 1 && failedAt) return { failedAt };
        return undefined;
      },
      { records: 6 },
    );
    await clock.advance(1000);
    expect([work.state(), tries]).toEqual([
      "resolved",
      [
        [1, 2, 3, 4, 5, 6],
        [4, 5, 6],
      ],
    ]);
    expect(done).toEqual(["handled 3", "handled 6"]);
    expect(told.of("batchProcessed").map(({ records }) => records)).toEqual([3, 3]);
    expect(told.of("batchFailed")).toMatchObject([{ records: 3, attempts: 1, next: "retry" }]);
  });

  test("the record that is named again and again meets the policy alone", async () => {
    const { clock, done, told, tries } = handle(naming(3), {
      records: 6,
      policy: { then: "skip" },
    });
    await clock.advance(10_000);
    expect(tries).toEqual([
      [1, 2, 3, 4, 5, 6],
      [3, 4, 5, 6],
      [3, 4, 5, 6],
      [4, 5, 6],
    ]);
    expect(done).toEqual(["handled 2", "given up 3", "handled 6"]);
    expect(told.of("recordsSkipped")).toMatchObject([
      { records: 1, attempts: 3, error: new Error("named 3") },
    ]);
  });

  test("a row of tries begins anew with each record that is named", async () => {
    const { clock, done, told } = handle(naming(2, 3), { records: 3, policy: { then: "skip" } });
    await clock.advance(10_000);
    expect(done).toEqual(["handled 1", "given up 2", "given up 3"]);
    expect(told.of("recordsSkipped").map(({ attempts }) => attempts)).toEqual([3, 3]);
  });

  test("a position without an index means the first record that has it", async () => {
    let calls = 0;
    const { clock, done } = handle(
      () => {
        calls += 1;
        return calls === 1 ? ({ failedAt: { sequenceNumber: "3" } } as never) : undefined;
      },
      { records: 4 },
    );
    await clock.advance(1000);
    expect(done).toEqual(["handled 2", "handled 4"]);
  });

  test.each<[string, unknown]>([
    ["undefined", undefined],
    ["null", null],
    ["a number", 3],
    ["an index as a position", { sequenceNumber: 3, subSequenceNumber: 0 }],
    ["a sentinel", { sequenceNumber: "SHARD_END", subSequenceNumber: 0 }],
    ["a place before the batch", { sequenceNumber: "0", subSequenceNumber: 0 }],
    ["a place between its records", { sequenceNumber: "2", subSequenceNumber: 7 }],
    ["a place behind the batch", { sequenceNumber: "9", subSequenceNumber: 0 }],
    ["half an index", { sequenceNumber: "2", subSequenceNumber: 0.5 }],
  ])(
    "failedAt that is %s fails the whole batch: nothing is taken for done",
    async (_, failedAt) => {
      let calls = 0;
      const cause = new Error("the handler's own");
      const { clock, done, told, tries } = handle(
        () => {
          calls += 1;
          return calls === 1 ? ({ failedAt, error: cause } as never) : undefined;
        },
        { records: 4 },
      );
      await clock.advance(1000);
      expect(tries.slice(0, 2)).toEqual([
        [1, 2, 3, 4],
        [1, 2],
      ]);
      expect(done).toEqual(["handled 2", "handled 4"]);
      expect(told.of("batchFailed")).toMatchObject([{ error: { code: "INVALID_OUTCOME", cause } }]);
    },
  );
});

test("skip: what is given up is told with its range, and counted", async () => {
  const policy = { bisect: false, then: "skip" as const };
  const { clock, done, tally, told, tries } = handle(poisonedBy(2), { records: 3, policy });
  await clock.advance(10_000);
  expect([tries.length, done]).toEqual([3, ["given up 3"]]);
  expect(told.of("recordsSkipped")).toMatchObject([
    {
      records: 3,
      first: { sequenceNumber: "1" },
      last: { sequenceNumber: "3" },
      by: "policy",
      attempts: 3,
    },
  ]);
  expect([tally.handled, tally.skipped, tally.failures]).toEqual([0, 3, 3]);
});
