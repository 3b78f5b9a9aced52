// `flush`: everything put so far is settled, and no longer waits for company.
import { describe, expect, it } from "vitest";
import { failureOf, refusing, slow } from "./support/failures.ts";
import { newRig, watch } from "./support/rig.ts";

describe("flush", () => {
  it("sends what waits at once, and resolves when all of it is stored", async () => {
    const rig = newRig({
      batch: { maxDelayMs: 60_000 },
      between: ({ clock }) => ({ putRecords: slow(clock, 40) }),
    });
    await rig.clock.advance(0);
    const receipt = watch(rig.producer.put({ partitionKey: "k", data: "x" }));
    await rig.clock.advance(10);
    const flush = watch(rig.producer.flush());
    await rig.clock.advance(39);
    expect([rig.calls[0]?.atMs, receipt().kind, flush().kind]).toEqual([10, "pending", "pending"]);
    await rig.clock.advance(1);
    expect([receipt().kind, flush().kind]).toEqual(["resolved", "resolved"]);
  });

  it("of nothing resolves at once", async () => {
    const rig = newRig();
    await expect(rig.producer.flush()).resolves.toEqual({ stored: 0, failed: 0 });
    expect(rig.calls).toEqual([]);
  });

  it("A-flush: of 10,000 records resolves while others keep putting, and does not send theirs early", async () => {
    const rig = newRig({
      shards: 4,
      rateLimit: false,
      batch: { maxDelayMs: 5000 },
      between: ({ clock }) => ({ putRecords: slow(clock, 20) }),
    });
    await rig.clock.advance(0);
    const put = (i: number): (() => { readonly kind: string }) =>
      watch(rig.producer.put({ partitionKey: `k${i}`, data: "x".repeat(100) }));
    const before = Array.from({ length: 10_000 }, (_, i) => put(i));
    const flush = watch(rig.producer.flush());
    const after: (() => { readonly kind: string })[] = [];
    for (let i = 0; i < 400 && flush().kind === "pending"; i += 1) {
      after.push(put(i));
      await rig.clock.advance(1);
    }
    expect(flush().kind).toBe("resolved");
    expect(before.every((outcome) => outcome().kind === "resolved")).toBe(true);
    expect(after.length).toBeLessThan(300);
    expect(after.at(-2)?.().kind).toBe("pending");
    await rig.clock.advance(6000);
    expect(after.every((outcome) => outcome().kind === "resolved")).toBe(true);
  });

  it("waits for retries, and resolves although records fail", async () => {
    let refusals = 4;
    const rig = newRig({
      batch: { maxDelayMs: 60_000 },
      shards: 2,
      between: () => ({
        putRecords: refusing(({ explicitHashKey }) => {
          if (explicitHashKey === "0") return failureOf("rejected");
          return refusals-- > 0 ? failureOf("throttled") : undefined;
        }),
      }),
    });
    await rig.clock.advance(0);
    const bad = watch(rig.producer.put({ partitionKey: "k", data: "x", explicitHashKey: 0n }));
    const good = watch(
      rig.producer.put({ partitionKey: "k", data: "x", explicitHashKey: 2n ** 127n }),
    );
    const flush = watch(rig.producer.flush());
    await rig.clock.advance(20);
    expect([bad().kind, good().kind, flush().kind]).toEqual(["rejected", "pending", "pending"]);
    await rig.clock.advance(2000);
    expect([good().kind, flush().kind]).toEqual(["resolved", "resolved"]);
  });

  it("covers records that wait for room in the buffer", async () => {
    const rig = newRig({
      batch: { maxDelayMs: 60_000 },
      buffer: { maxRecords: 2 },
      between: ({ clock }) => ({ putRecords: slow(clock, 10) }),
    });
    await rig.clock.advance(0);
    const outcomes = Array.from({ length: 7 }, (_, i) =>
      watch(rig.producer.put({ partitionKey: "k", data: `${i}` })),
    );
    const flush = watch(rig.producer.flush());
    await rig.clock.advance(100);
    expect(flush().kind).toBe("resolved");
    expect(outcomes.every((outcome) => outcome().kind === "resolved")).toBe(true);
  });

  it("called again and again is done each time", async () => {
    const rig = newRig({ between: ({ clock }) => ({ putRecords: slow(clock, 10) }) });
    await rig.clock.advance(0);
    const flushes: Promise<unknown>[] = [];
    for (let i = 0; i < 5; i += 1) {
      watch(rig.producer.put({ partitionKey: "k", data: `${i}` }));
      flushes.push(rig.producer.flush(), rig.producer.flush());
      await rig.clock.advance(3);
    }
    await rig.clock.advance(100);
    await Promise.all(flushes);
    expect(rig.read().map(({ data }) => data)).toEqual(["0", "1", "2", "3", "4"]);
  });
});
