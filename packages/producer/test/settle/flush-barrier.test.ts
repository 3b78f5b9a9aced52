import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { FlushBarrier, type FlushSummary } from "../../src/settle/flush-barrier.ts";
import { watch } from "../support/rig.ts";

/** A flush lets the promises of puts go first, which takes some turns of the microtask queue. */
async function aMoment(): Promise<void> {
  for (let turn = 0; turn < 3; turn += 1) await Promise.resolve();
}

async function kindOf(promise: Promise<FlushSummary>): Promise<string> {
  const outcome = watch(promise);
  await aMoment();
  return outcome().kind;
}

describe("a flush", () => {
  it("of nothing is done at once", async () => {
    expect(await kindOf(new FlushBarrier().flush())).toBe("resolved");
  });

  it("is done when the last record put before it is settled", async () => {
    const barrier = new FlushBarrier();
    const epochs = [barrier.enter(), barrier.enter()];
    const flush = barrier.flush();
    barrier.leave(epochs[0] as number, "stored", 1);
    expect(await kindOf(flush)).toBe("pending");
    barrier.leave(epochs[1] as number, "stored", 1);
    expect(await kindOf(flush)).toBe("resolved");
  });

  it("A-flush: does not wait for what is put after it", async () => {
    const barrier = new FlushBarrier();
    const before = barrier.enter();
    const flush = barrier.flush();
    const after = barrier.enter();
    expect(after).toBeGreaterThan(before);
    barrier.leave(before, "stored", 1);
    expect(await kindOf(flush)).toBe("resolved");
    expect(await kindOf(barrier.flush())).toBe("pending");
    barrier.leave(after, "stored", 1);
  });

  it("waits for what an earlier flush still waits for, even with nothing put between", async () => {
    const barrier = new FlushBarrier();
    const epoch = barrier.enter();
    const flushes = [barrier.flush(), barrier.flush(), barrier.flush()];
    expect(await Promise.all(flushes.map(kindOf))).toEqual(["pending", "pending", "pending"]);
    barrier.leave(epoch, "stored", 1);
    expect(await Promise.all(flushes.map(kindOf))).toEqual(["resolved", "resolved", "resolved"]);
  });

  it("costs no record anything, however many flushes are outstanding", async () => {
    const barrier = new FlushBarrier();
    const flushes = Array.from({ length: 100_000 }, () => {
      barrier.enter();
      return barrier.flush();
    });
    for (let epoch = flushes.length - 1; epoch >= 0; epoch -= 1) barrier.leave(epoch, "stored", 1);
    const summaries = await Promise.all(flushes);
    expect(summaries.map(({ stored }) => stored)).toEqual(flushes.map((_, i) => i + 1));
  });

  it("waits for an early record when all later ones are settled", async () => {
    const barrier = new FlushBarrier();
    const early = barrier.enter();
    const first = barrier.flush();
    const late = barrier.enter();
    const second = barrier.flush();
    barrier.leave(late, "stored", 1);
    expect([await kindOf(first), await kindOf(second)]).toEqual(["pending", "pending"]);
    barrier.leave(early, "stored", 1);
    expect([await kindOf(first), await kindOf(second)]).toEqual(["resolved", "resolved"]);
  });
});

it("ends each flush with exactly the last record before it, in whatever order records settle", async () => {
  const steps = fc.array(fc.constantFrom("put", "put", "flush"), { maxLength: 30 });
  await fc.assert(
    fc.asyncProperty(steps, fc.infiniteStream(fc.nat()), async (plan, choices) => {
      const barrier = new FlushBarrier();
      const open: { epoch: number; number: number }[] = [];
      const flushes: { upTo: number; outcome: ReturnType<typeof watch<FlushSummary>> }[] = [];
      let puts = 0;
      for (const step of plan) {
        if (step === "put") open.push({ epoch: barrier.enter(), number: puts++ });
        else flushes.push({ upTo: puts, outcome: watch(barrier.flush()) });
      }
      for (;;) {
        await aMoment();
        for (const { outcome, upTo } of flushes) {
          const isCovered = open.some(({ number }) => number < upTo);
          expect(outcome().kind).toBe(isCovered ? "pending" : "resolved");
        }
        const at = open.length === 0 ? 0 : (choices.next().value ?? 0) % open.length;
        const [settled] = open.splice(at, 1);
        if (settled === undefined) return;
        barrier.leave(settled.epoch, "stored", 1);
      }
    }),
  );
});
