import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type BudgetShare, ByteBudget } from "../../src/batch/byte-budget.ts";
import { ANY_SIGNAL } from "../support/held.ts";
import { range } from "../support/lease-views.ts";
import { track } from "../support/promises.ts";

const ANSWER = { maxBytes: 10, maxRecords: 100, recordBytes: 1 };
const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Fetches so many bytes, as much as an answer may bring. */
async function fetch(share: BudgetShare, bytes: number): Promise<void> {
  await share.reserve(ANSWER, ANY_SIGNAL);
  share.fill(bytes);
}

test("a fetch counts with what it may bring until it comes, then with what it brought, until it is handled", async () => {
  const budget = new ByteBudget(100);
  const share = budget.open();
  expect(await share.reserve(ANSWER, ANY_SIGNAL)).toBe(100);
  expect(budget.usedBytes).toBe(10);
  share.fill(7);
  expect([budget.usedBytes, share.heldBytes]).toEqual([7, 7]);
  share.release(7);
  expect([budget.usedBytes, share.heldBytes]).toEqual([0, 0]);
});

test("who holds something leaves a quarter of the whole to who holds nothing", async () => {
  const budget = new ByteBudget(100);
  const [greedy, late] = [budget.open(), budget.open()];
  for (const _ of range(6)) await fetch(greedy, 10);
  await fetch(greedy, 10).catch(() => undefined);
  const eighth = track(greedy.reserve(ANSWER, ANY_SIGNAL));
  await settle();
  expect(eighth.state()).toBe("pending");
  expect(await late.reserve(ANSWER, ANY_SIGNAL)).toBe(100);
  late.fill(10);
  greedy.release(20);
  await settle();
  expect(eighth.state()).toBe("resolved");
});

describe("when there is no room for a whole answer", () => {
  test("those who hold nothing go one at a time, with an equal part of what is left", async () => {
    const budget = new ByteBudget(15);
    const shares = range(5).map(() => budget.open());
    await fetch(shares[0] as BudgetShare, 7);
    const [, second, third] = shares as [BudgetShare, BudgetShare, BudgetShare];
    // 8 bytes among the four that have nothing.
    expect(await second.reserve(ANSWER, ANY_SIGNAL)).toBe(2);
    const waiting = track(third.reserve(ANSWER, ANY_SIGNAL));
    await settle();
    expect(waiting.state()).toBe("pending");
    second.fill(2);
    await settle();
    expect(waiting.value()).toBe(2);
  });

  test("one record may always be fetched by who holds nothing, so that nobody waits for the handlers of others", async () => {
    const budget = new ByteBudget(5);
    const shares = range(20).map(() => budget.open());
    for (const share of shares) {
      expect(await share.reserve(ANSWER, ANY_SIGNAL)).toBeGreaterThanOrEqual(1);
      share.fill(1);
    }
    expect(shares.every(({ heldBytes }) => heldBytes === 1)).toBe(true);
  });

  test("a lone fetch that fails lets the next one go", async () => {
    const budget = new ByteBudget(5);
    const [first, second] = [budget.open(), budget.open()];
    await first.reserve(ANSWER, ANY_SIGNAL);
    const waiting = track(second.reserve(ANSWER, ANY_SIGNAL));
    await settle();
    expect(waiting.state()).toBe("pending");
    first.fill(0);
    await settle();
    expect(waiting.state()).toBe("resolved");
  });

  test("who waited for room gets it once, and nothing is reserved for it when others give back", async () => {
    const budget = new ByteBudget(30);
    const [holder, waiter] = [budget.open(), budget.open()];
    await fetch(holder, 10);
    await fetch(holder, 10);
    await fetch(waiter, 5);
    const waiting = track(waiter.reserve(ANSWER, ANY_SIGNAL));
    await settle();
    expect(waiting.state()).toBe("pending");
    holder.release(10);
    holder.release(10);
    await settle();
    expect(waiting.state()).toBe("resolved");
    expect(budget.usedBytes).toBe(5 + 10);
    waiter.fill(0);
    waiter.release(5);
    expect(budget.usedBytes).toBe(0);
  });

  test("a lone fetch whose shard is closed lets the next one go", async () => {
    const budget = new ByteBudget(5);
    const [first, second] = [budget.open(), budget.open()];
    await first.reserve(ANSWER, ANY_SIGNAL);
    const waiting = track(second.reserve(ANSWER, ANY_SIGNAL));
    first.close();
    await settle();
    expect(waiting.state()).toBe("resolved");
  });
});

test("what a lost lease held is free at once, and what still comes of it does not count", async () => {
  const budget = new ByteBudget(100);
  const share = budget.open();
  await fetch(share, 10);
  await share.reserve(ANSWER, ANY_SIGNAL);
  share.close();
  expect(budget.usedBytes).toBe(0);
  share.fill(10);
  expect(budget.usedBytes).toBe(0);
  share.release(7);
  expect(budget.usedBytes).toBe(0);
});

test("an abort ends a wait with its reason, and reserves nothing", async () => {
  const budget = new ByteBudget(10);
  const share = budget.open();
  await fetch(share, 10);
  const stop = new AbortController();
  const waiting = track(share.reserve(ANSWER, stop.signal));
  await settle();
  const reason = new Error("stop");
  stop.abort(reason);
  await settle();
  expect(waiting.reason()).toBe(reason);
  share.release(10);
  expect(budget.usedBytes).toBe(0);
  await fetch(share, 10);
  await expect(share.reserve(ANSWER, stop.signal)).rejects.toBe(reason);
});

test("S15: whatever handlers do, no more than the budget and one answer is held, and no shard waits for ever", async () => {
  const steps = fc.array(
    fc.record({ shard: fc.nat(7), bytes: fc.integer({ min: 1, max: 10 }), releases: fc.boolean() }),
    { maxLength: 80 },
  );
  await fc.assert(
    fc.asyncProperty(steps, fc.integer({ min: 100, max: 200 }), async (all, total) => {
      const budget = new ByteBudget(total);
      const shares = range(8).map(() => budget.open());
      const pending = new Map<BudgetShare, ReturnType<typeof track<number>>>();
      for (const { bytes, releases, shard } of all) {
        const share = shares[shard] as BudgetShare;
        const reserved = pending.get(share);
        if (releases) share.release(share.heldBytes);
        else if (reserved === undefined) {
          pending.set(share, track(share.reserve(ANSWER, ANY_SIGNAL)));
        } else if (reserved.state() === "resolved") {
          pending.delete(share);
          share.fill(Math.min(bytes, reserved.value() ?? 0));
        }
        await settle();
        const heldBytes = shares.reduce((sum, one) => sum + one.heldBytes, 0);
        expect(heldBytes).toBeLessThanOrEqual(total + ANSWER.maxBytes);
      }
      // Every fetch under way comes; every shard that holds nothing gets its own in turn.
      for (const _ of shares) {
        for (const [share, reserved] of pending) {
          if (reserved.state() !== "resolved") continue;
          pending.delete(share);
          share.fill(1);
        }
        await settle();
      }
      for (const share of pending.keys()) expect(share.heldBytes).toBeGreaterThan(0);
      for (const share of shares) share.close();
      expect(budget.usedBytes).toBe(0);
    }),
    { numRuns: 50 },
  );
});
