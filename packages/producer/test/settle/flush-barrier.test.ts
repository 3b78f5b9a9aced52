import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { FlushBarrier } from "../../src/settle/flush-barrier.ts";
import { watch } from "../support/rig.ts";

async function kindOf(promise: Promise<void>): Promise<string> {
  const outcome = watch(promise);
  await Promise.resolve();
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
    barrier.leave(epochs[0] as number);
    expect(await kindOf(flush)).toBe("pending");
    barrier.leave(epochs[1] as number);
    expect(await kindOf(flush)).toBe("resolved");
  });

  it("A-flush: does not wait for what is put after it", async () => {
    const barrier = new FlushBarrier();
    const before = barrier.enter();
    const flush = barrier.flush();
    const after = barrier.enter();
    expect(after).toBeGreaterThan(before);
    barrier.leave(before);
    expect(await kindOf(flush)).toBe("resolved");
    expect(await kindOf(barrier.flush())).toBe("pending");
    barrier.leave(after);
  });

  it("waits for what an earlier flush still waits for, even with nothing put between", async () => {
    const barrier = new FlushBarrier();
    const epoch = barrier.enter();
    const flushes = [barrier.flush(), barrier.flush(), barrier.flush()];
    expect(await Promise.all(flushes.map(kindOf))).toEqual(["pending", "pending", "pending"]);
    barrier.leave(epoch);
    expect(await Promise.all(flushes.map(kindOf))).toEqual(["resolved", "resolved", "resolved"]);
  });

  it("waits for an early record when all later ones are settled", async () => {
    const barrier = new FlushBarrier();
    const early = barrier.enter();
    const first = barrier.flush();
    const late = barrier.enter();
    const second = barrier.flush();
    barrier.leave(late);
    expect([await kindOf(first), await kindOf(second)]).toEqual(["pending", "pending"]);
    barrier.leave(early);
    expect([await kindOf(first), await kindOf(second)]).toEqual(["resolved", "resolved"]);
  });
});

it("ends each flush with exactly the last record before it, in whatever order records settle", async () => {
  const steps = fc.array(fc.constantFrom("put", "put", "flush"), { maxLength: 30 });
  await fc.assert(
    fc.asyncProperty(steps, fc.infiniteStream(fc.nat()), async (plan, choices) => {
      const barrier = new FlushBarrier();
      const open: { epoch: number; number: number }[] = [];
      const flushes: { upTo: number; outcome: ReturnType<typeof watch<void>> }[] = [];
      let puts = 0;
      for (const step of plan) {
        if (step === "put") open.push({ epoch: barrier.enter(), number: puts++ });
        else flushes.push({ upTo: puts, outcome: watch(barrier.flush()) });
      }
      for (;;) {
        await Promise.resolve();
        for (const { outcome, upTo } of flushes) {
          const isCovered = open.some(({ number }) => number < upTo);
          expect(outcome().kind).toBe(isCovered ? "pending" : "resolved");
        }
        const at = open.length === 0 ? 0 : (choices.next().value ?? 0) % open.length;
        const [settled] = open.splice(at, 1);
        if (settled === undefined) return;
        barrier.leave(settled.epoch);
      }
    }),
  );
});
