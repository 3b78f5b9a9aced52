// Records whose time to live passes, wherever they are when it does.
import { sleep } from "@shardline/core";
import { describe, expect, it } from "vitest";
import { failedEntry, failureOf, refusing, slow } from "./support/failures.ts";
import { membersOf } from "./support/kcl-reader.ts";
import { errorOf, newRig, watch } from "./support/rig.ts";

const THROTTLING = { putRecords: refusing(() => failureOf("throttled")) };

describe("a record", () => {
  it("R-ttl-queue: that its shard refuses expires at its time, and tells each try and the last reason", async () => {
    const rig = newRig({ recordTtlMs: 1000, between: () => THROTTLING });
    await rig.clock.advance(0.1);
    const record = { partitionKey: "k", data: "x", context: { line: 7 } };
    const put = rig.producer.put(record);
    const error = errorOf(put);
    const outcome = watch(put);
    await rig.clock.advance(999);
    expect(outcome().kind).toBe("pending");
    await rig.clock.advance(1);
    expect(outcome().kind).toBe("rejected");
    const { code, details, isRetryable, message } = await error;
    expect([code, isRetryable]).toEqual(["RECORD_EXPIRED", true]);
    expect(details).toMatchObject({
      record: { ...record, data: new Uint8Array(Buffer.from("x")) },
      lastFailure: failureOf("throttled"),
      mayHaveBeenWritten: false,
    });
    expect((details as { attempts: unknown[] }).attempts).toHaveLength(rig.calls.length);
    expect(message).toContain(`(stream orders, ${rig.calls.length} attempts in 1000 ms`);
  });

  it("expires at its time, whatever fraction of a millisecond it was put at", async () => {
    const rig = newRig({ between: () => THROTTLING });
    await rig.clock.advance(0.1);
    const outcome = watch(rig.producer.put({ partitionKey: "k", data: "x" }));
    await rig.clock.advance(30_000);
    expect(outcome().kind).toBe("rejected");
  });

  it("is not sent any more once it has expired", async () => {
    const rig = newRig({ recordTtlMs: 1000, between: () => THROTTLING });
    await rig.clock.advance(0);
    void rig.producer.put({ partitionKey: "k", data: "x" }).catch(() => undefined);
    await rig.clock.advance(60_000);
    expect(rig.calls.every(({ atMs }) => atMs < 1000)).toBe(true);
    expect(rig.clock.pendingTimers).toBe(0);
  });

  it("is not sent for the room that another leaves which expires with it", async () => {
    const rig = newRig({
      shards: 2,
      aggregation: false,
      batch: { maxDelayMs: 0 },
      recordTtlMs: 1000,
      buffer: { maxRecords: 1 },
      between: () => ({
        putRecords: refusing(({ partitionKey }) =>
          partitionKey === "refused" ? failureOf("throttled") : undefined,
        ),
      }),
    });
    await rig.clock.advance(0);
    const keys = [
      { partitionKey: "refused", explicitHashKey: 0n },
      { partitionKey: "waits", explicitHashKey: 1n << 127n },
    ];
    const outcomes = keys.map((key) => watch(rig.producer.put({ ...key, data: "x" })));
    await rig.clock.advance(2000);
    expect(outcomes.map((outcome) => outcome().kind)).toEqual(["rejected", "rejected"]);
    expect(rig.read()).toEqual([]);
  });

  it("under way when its time comes takes the verdict of its call: stored is stored", async () => {
    const rig = newRig({
      recordTtlMs: 1000,
      between: ({ clock }) => ({ putRecords: slow(clock, 5000) }),
    });
    await rig.clock.advance(0);
    const receipt = rig.producer.put({ partitionKey: "k", data: "x" });
    await rig.clock.advance(6000);
    expect((await receipt).sequenceNumber).toBe(rig.read()[0]?.sequenceNumber);
  });

  it("under way when its time comes is not tried again if its call fails", async () => {
    const rig = newRig({
      recordTtlMs: 1000,
      between: ({ clock }) => ({
        putRecords: async (_, __, signal) => {
          await sleep(clock, 5000, signal);
          return { outcomes: [failedEntry("transient", { isAmbiguous: true })] };
        },
      }),
    });
    await rig.clock.advance(0);
    const error = errorOf(rig.producer.put({ partitionKey: "k", data: "x" }));
    await rig.clock.advance(5100);
    expect(await error).toMatchObject({
      code: "RECORD_EXPIRED",
      details: { mayHaveBeenWritten: true },
    });
    expect(rig.calls).toHaveLength(1);
  });

  it("that waits for room in the buffer expires at its time, and comes back as it was put", async () => {
    const rig = newRig({
      recordTtlMs: 1000,
      buffer: { maxRecords: 1 },
      batch: { maxDelayMs: 0 },
      between: ({ clock }) => ({ putRecords: slow(clock, 60_000) }),
    });
    await rig.clock.advance(0);
    watch(rig.producer.put({ partitionKey: "first", data: "x" }));
    await rig.clock.advance(10);
    const put = rig.producer.put({ partitionKey: "second", data: "y", explicitHashKey: "07" });
    const error = errorOf(put);
    const outcome = watch(put);
    await rig.clock.advance(999);
    expect(outcome().kind).toBe("pending");
    await rig.clock.advance(1);
    expect(outcome().kind).toBe("rejected");
    expect((await error).details).toEqual({
      record: {
        partitionKey: "second",
        data: new Uint8Array(Buffer.from("y")),
        explicitHashKey: "7",
      },
      attempts: [],
      attemptCount: 0,
      mayHaveBeenWritten: false,
    });
    await rig.clock.advance(60_000);
  });

  it("waits for company no longer than half of its life, whatever the option says", async () => {
    const rig = newRig({ recordTtlMs: 1000, batch: { maxDelayMs: 60_000 } });
    await rig.clock.advance(0);
    const outcome = watch(rig.producer.put({ partitionKey: "k", data: "x" }));
    await rig.clock.advance(499);
    expect(outcome().kind).toBe("pending");
    await rig.clock.advance(1);
    expect(outcome().kind).toBe("resolved");
  });

  it("that waits for the first shard map expires at its time", async () => {
    const rig = newRig({
      recordTtlMs: 1000,
      between: ({ clock }) => ({
        listShards: async (next, request, signal) => {
          await sleep(clock, 3000, signal);
          return next(request, signal);
        },
      }),
    });
    const outcome = watch(rig.producer.put({ partitionKey: "k", data: "x" }));
    await rig.clock.advance(1000);
    expect(outcome().kind).toBe("rejected");
    await rig.clock.advance(5000);
    expect(rig.calls).toEqual([]);
  });

  it("R-infinite-ttl: without an end to its life never expires, and sets no timer for it", async () => {
    let isDown = true;
    const rig = newRig({
      recordTtlMs: Infinity,
      between: () => ({
        putRecords: refusing(() => (isDown ? failureOf("throttled") : undefined)),
      }),
    });
    await rig.clock.advance(0);
    const outcome = watch(rig.producer.put({ partitionKey: "k", data: "x" }));
    await rig.clock.advance(3_600_000);
    expect(outcome().kind).toBe("pending");
    isDown = false;
    await rig.clock.advance(2000);
    expect(outcome().kind).toBe("resolved");
    expect(rig.clock.pendingTimers).toBe(0);
  });
});

describe("R-ttl-member: of an aggregate that its shard refuses", () => {
  it("the old members expire each at its time, and the others are packed anew and delivered", async () => {
    let isRefused = true;
    const rig = newRig({
      recordTtlMs: 1000,
      batch: { maxDelayMs: 400 },
      between: () => ({
        putRecords: refusing(() => (isRefused ? failureOf("throttled") : undefined)),
      }),
    });
    await rig.clock.advance(0);
    const outcomes = [watch(rig.producer.put({ partitionKey: "k", data: "old" }))];
    await rig.clock.advance(300);
    for (const data of ["x", "y"])
      outcomes.push(watch(rig.producer.put({ partitionKey: "k", data })));
    await rig.clock.advance(699);
    expect(outcomes.map((outcome) => outcome().kind)).toEqual(["pending", "pending", "pending"]);
    await rig.clock.advance(1);
    expect(outcomes.map((outcome) => outcome().kind)).toEqual(["rejected", "pending", "pending"]);
    isRefused = false;
    await rig.clock.advance(299);
    expect(outcomes.map((outcome) => outcome().kind)).toEqual(["rejected", "resolved", "resolved"]);
    expect(
      membersOf(rig.calls.at(-1)?.entries[0]?.data ?? new Uint8Array())?.map(({ data }) => data),
    ).toEqual(["x", "y"]);
    const last = outcomes[2]?.();
    expect(last?.kind === "resolved" && last.value.attempts.length).toBe(rig.calls.length);
  });
});

describe("a promise", () => {
  it("settles no later than its record's time to live and one timeout, whatever its calls do", async () => {
    const rig = newRig({
      recordTtlMs: 1000,
      shards: 2,
      between: () => ({
        putRecords: (next, request, signal) =>
          request.entries.some(({ explicitHashKey }) => explicitHashKey === "0")
            ? new Promise(() => undefined)
            : next(request, signal),
      }),
    });
    await rig.clock.advance(0);
    const hangs = watch(rig.producer.put({ partitionKey: "k", data: "x", explicitHashKey: 0n }));
    await rig.clock.advance(100);
    const behind = watch(rig.producer.put({ partitionKey: "k", data: "y", explicitHashKey: 0n }));
    await rig.clock.advance(1000);
    expect([hangs().kind, behind().kind]).toEqual(["pending", "rejected"]);
    await rig.clock.advance(14_000);
    expect(hangs()).toMatchObject({
      kind: "rejected",
      error: { code: "RECORD_EXPIRED", details: { mayHaveBeenWritten: true } },
    });
    expect(rig.clock.pendingTimers).toBe(0);
  });

  it("settles in time where an older record comes to stand behind younger ones", async () => {
    // Two calls of one lane come back with their carriers in the wrong order: the second first.
    let calls = 0;
    const rig = newRig({
      recordTtlMs: 1000,
      ordering: "none",
      aggregation: false,
      batch: { maxDelayMs: 0 },
      between: ({ clock }) => ({
        putRecords: async (_, request, signal) => {
          calls += 1;
          await sleep(clock, [300, 100][calls - 1] ?? 5, signal);
          return { outcomes: request.entries.map(() => failedEntry("throttled")) };
        },
      }),
    });
    await rig.clock.advance(0);
    const outcomes = [];
    for (const data of ["old", "young"]) {
      outcomes.push(watch(rig.producer.put({ partitionKey: "k", data })));
      await rig.clock.advance(90);
    }
    await rig.clock.advance(830);
    expect(outcomes.map((outcome) => outcome().kind)).toEqual(["rejected", "pending"]);
    await rig.clock.advance(90);
    expect(outcomes.map((outcome) => outcome().kind)).toEqual(["rejected", "rejected"]);
  });
});
