import { describe, expect, test } from "vitest";
import type { DeadLetter } from "../../src/handling/dead-letter.ts";
import { handle, poisonedBy } from "../support/handling.ts";
import { newGate } from "../support/promises.ts";

const LAST_RESORT = { then: "dead-letter" as const };

describe("67 poison-dlq:", () => {
  test("the sink is called once for each bad record, with all that is known of it, and the position passes", async () => {
    const letters: DeadLetter[] = [];
    const { clock, done, tally, told, work } = handle(poisonedBy(2, 5), {
      records: 6,
      ageMs: (n) => n,
      policy: LAST_RESORT,
      deadLetter: async (letter) => {
        letters.push(letter);
      },
    });
    await clock.advance(60_000);
    expect(work.state()).toBe("resolved");
    expect(letters).toEqual(
      [2, 5].map((n) => ({
        stream: "s",
        shardId: "shard-0",
        sequenceNumber: String(n),
        subSequenceNumber: 0,
        partitionKey: `k${n}`,
        data: new Uint8Array([n]),
        arrivedAtMs: 1_700_000_000_000 - n,
        attempts: 3,
        error: new Error(`poisoned by ${n}`),
      })),
    );
    expect(done).toContain("given up 2");
    expect(done.at(-1)).toBe("handled 6");
    expect([tally.handled, tally.deadLettered, tally.skipped]).toEqual([4, 2, 0]);
    expect(told.of("recordDeadLettered")).toMatchObject([
      { sequenceNumber: "2", attempts: 3 },
      { sequenceNumber: "5", attempts: 3, error: new Error("poisoned by 5") },
    ]);
  });

  test("of a batch that is not halved each record gets a letter, in order, and is done with it", async () => {
    const gates = [newGate(), newGate()];
    const letters: string[] = [];
    const { clock, done, work } = handle(poisonedBy(2), {
      records: 2,
      policy: { ...LAST_RESORT, bisect: false },
      deadLetter: async ({ sequenceNumber }) => {
        letters.push(sequenceNumber);
        await gates[letters.length - 1]?.opened;
      },
    });
    await clock.advance(10_000);
    expect([letters, done]).toEqual([["1"], []]);
    gates[0]?.open();
    await clock.advance(0);
    expect([letters, done]).toEqual([["1", "2"], ["given up 1"]]);
    gates[1]?.open();
    await clock.advance(0);
    expect([work.state(), done]).toEqual(["resolved", ["given up 1", "given up 2"]]);
  });
});

describe("68 dlq-down:", () => {
  test("a sink that throws or rejects is called again with the same letter, and nothing passes meanwhile", async () => {
    const letters: DeadLetter[] = [];
    let isDown = true;
    const { clock, done, tally, told, tries, work } = handle(poisonedBy(1), {
      records: 2,
      policy: LAST_RESORT,
      deadLetter: (letter) => {
        letters.push(letter);
        if (letters.length === 1) throw new Error("at once");
        return isDown ? Promise.reject(new Error("down")) : Promise.resolve();
      },
    });
    await clock.advance(600_000);
    expect([work.state(), done, tally.deadLettered]).toEqual(["pending", [], 0]);
    expect(new Set(letters).size).toBe(1);
    const failures = told.of("deadLetterFailed");
    expect(failures[0]).toMatchObject({
      shardId: "shard-0",
      sequenceNumber: "1",
      subSequenceNumber: 0,
      attempts: 1,
      error: new Error("at once"),
    });
    expect(failures.at(-1)).toMatchObject({ attempts: failures.length, error: new Error("down") });
    // Backed off up to half a minute, and never given up.
    expect(failures.length).toBeGreaterThan(20);
    expect(failures.length).toBeLessThan(60);
    expect(told.of("recordDeadLettered")).toEqual([]);
    isDown = false;
    await clock.advance(31_000);
    expect([work.state(), done]).toEqual(["resolved", ["given up 1", "handled 2"]]);
    expect(tries.filter((numbers) => numbers.includes(1))).toHaveLength(4);
  });

  test("a drain ends it between two calls, and the record stays undone", async () => {
    const drain = new AbortController();
    const { clock, done, work } = handle(poisonedBy(1), {
      policy: LAST_RESORT,
      deadLetter: () => Promise.reject(new Error("down")),
      tenure: { untilSignal: drain.signal },
    });
    await clock.advance(60_000);
    const reason = new Error("drained");
    drain.abort(reason);
    await clock.advance(0);
    expect([work.reason(), done]).toEqual([reason, []]);
  });

  test("a sink that fails because it was told to stop is not told as failed", async () => {
    const drain = new AbortController();
    const gate = newGate();
    const { clock, told, work } = handle(poisonedBy(1), {
      policy: LAST_RESORT,
      deadLetter: () => gate.opened,
      tenure: { untilSignal: drain.signal },
    });
    await clock.advance(10_000);
    const reason = new Error("drained");
    drain.abort(reason);
    gate.fail(reason);
    await clock.advance(0);
    expect([work.reason(), told.of("deadLetterFailed")]).toEqual([reason, []]);
  });

  test("a letter that was taken after the lease was lost does not make the record done", async () => {
    const lost = new AbortController();
    const gate = newGate();
    const { clock, done, tally, work } = handle(poisonedBy(1), {
      policy: LAST_RESORT,
      deadLetter: (_, signal) => {
        expect(signal).toBe(lost.signal);
        return gate.opened;
      },
      shard: { signal: lost.signal },
      tenure: { check: () => lost.signal.throwIfAborted() },
    });
    await clock.advance(10_000);
    const reason = new Error("lost");
    lost.abort(reason);
    gate.open();
    await clock.advance(0);
    expect([work.reason(), done, tally.deadLettered]).toEqual([reason, [], 0]);
  });
});

test("a malformed aggregate goes to the sink at once, and no handler is given it", async () => {
  const letters: DeadLetter[] = [];
  const { clock, done, told, tries } = handle(() => undefined, {
    isMalformed: true,
    policy: LAST_RESORT,
    deadLetter: (letter) => void letters.push(letter),
  });
  await clock.advance(0);
  expect([tries, done]).toEqual([[], ["given up 1"]]);
  expect(letters).toMatchObject([{ attempts: 1, error: { code: "AGGREGATE_MALFORMED" } }]);
  expect(told.of("batchFailed")).toMatchObject([{ next: "dead-letter", records: 1 }]);
});

test("82 aggregate-corrupt: a malformed aggregate halts the shard again after each rest, until it is skipped", async () => {
  const { batches, clock, done, told, tries } = handle(() => undefined, { isMalformed: true });
  await clock.advance(150_000);
  expect(told.of("shardHalted").map(({ attempts }) => attempts)).toEqual([1, 2, 3]);
  expect([tries, done]).toEqual([[], []]);
  batches.endRest("skip");
  await clock.advance(0);
  expect(done).toEqual(["given up 1"]);
});
