// What the options of `retry` change: how often, for how long and after which failures something is tried again.
import type { UndeliveredDetails } from "@shardline/core";
import type { FailureContext } from "@shardline/producer";
import { describe, expect, it } from "vitest";
import { failedCall, failureOf, refusing } from "./support/failures.ts";
import { errorOf, newRig, type Rig, watch } from "./support/rig.ts";

const AT_ONCE = { batch: { maxDelayMs: 0 } };

function gapsOf({ calls }: Rig): number[] {
  return calls.slice(1).map(({ atMs }, i) => atMs - (calls[i]?.atMs ?? 0));
}

describe("R-fail-throttled: where throttles are to fail", () => {
  it.each([
    ["an entry", refusing(() => failureOf("throttled"))],
    ["a whole call", () => Promise.reject(failedCall("throttled"))],
  ])(
    "the records of %s that is throttled reject at once, after one attempt",
    async (_, putRecords) => {
      const rig = newRig({
        ...AT_ONCE,
        retry: { failOnThrottle: true },
        between: () => ({ putRecords }),
      });
      await rig.clock.advance(0);
      const errors = ["x", "y"].map((data) =>
        errorOf(rig.producer.put({ partitionKey: "k", data, context: data })),
      );
      await rig.clock.advance(0);
      for (const [i, error] of (await Promise.all(errors)).entries()) {
        expect(error).toMatchObject({
          code: "RECORD_THROTTLED",
          isRetryable: true,
          details: { record: { context: i === 0 ? "x" : "y" }, mayHaveBeenWritten: false },
        });
        expect((error.details as UndeliveredDetails).attempts).toHaveLength(1);
        expect(error.message).toMatch(/ProvisionedThroughputExceededException: .*; add shards/);
      }
      expect(rig.calls).toHaveLength(1);
    },
  );
});

describe("a record that may be tried so often", () => {
  it.each([
    ["entry", refusing(() => failureOf("transient", { isAmbiguous: true }))],
    ["call", () => Promise.reject(failedCall("transient", { isAmbiguous: true }))],
  ])("rejects when its last try fails, and says so (%s)", async (_, putRecords) => {
    const rig = newRig({ ...AT_ONCE, retry: { maxAttempts: 3 }, between: () => ({ putRecords }) });
    await rig.clock.advance(0);
    const errors = ["x", "y"].map((data) => errorOf(rig.producer.put({ partitionKey: "k", data })));
    await rig.clock.advance(1000);
    for (const error of await Promise.all(errors)) {
      expect(error.code).toBe("RETRIES_EXHAUSTED");
      expect(error.message).toContain("tried as often as allowed (stream orders, 3 attempts in ");
      expect(error.details).toMatchObject({ mayHaveBeenWritten: true });
    }
    expect(rig.calls).toHaveLength(3);
  });

  it("is not charged for calls that were refused because of another one", async () => {
    const rig = newRig({
      ...AT_ONCE,
      aggregation: false,
      retry: { maxAttempts: 1 },
      between: () => ({
        putRecords: (next, request, signal) =>
          request.entries.some(({ partitionKey }) => partitionKey === "k5")
            ? Promise.reject(failedCall("rejected"))
            : next(request, signal),
      }),
    });
    await rig.clock.advance(0);
    const outcomes = Array.from({ length: 20 }, (_, i) =>
      watch(rig.producer.put({ partitionKey: `k${i}`, data: "x" })),
    );
    await rig.clock.advance(0);
    expect(outcomes.flatMap((outcome, i) => (outcome().kind === "resolved" ? [] : [i]))).toEqual([
      5,
    ]);
  });
});

describe("retry.classify", () => {
  it("decides on each failed entry, knowing how often it was tried", async () => {
    const seen: [string, FailureContext][] = [];
    const rig = newRig({
      ...AT_ONCE,
      retry: {
        classify: ({ awsName }, context) => {
          seen.push([awsName, context]);
          return context.attempts === 3 ? "fail" : undefined;
        },
      },
      between: () => ({ putRecords: refusing(() => failureOf("throttled")) }),
    });
    await rig.clock.advance(0);
    const error = errorOf(rig.producer.put({ partitionKey: "k", data: "x" }));
    await rig.clock.advance(5000);
    expect((await error).code).toBe("RECORD_THROTTLED");
    expect(seen).toEqual(
      [1, 2, 3].map((attempts) => [
        "ProvisionedThroughputExceededException",
        { attempts, scope: "entry" },
      ]),
    );
  });

  it("that throws loses nothing: the producer decides by itself, and tells of it once", async () => {
    let failures = 5;
    const broken = new Error("hook");
    const rig = newRig({
      ...AT_ONCE,
      retry: {
        classify: () => {
          throw broken;
        },
      },
      between: () => ({
        putRecords: (next, ...args) => {
          failures -= 1;
          if (failures >= 3) return Promise.reject(failedCall("transient"));
          return refusing(() => (failures >= 0 ? failureOf("throttled") : undefined))(
            next,
            ...args,
          );
        },
      }),
    });
    const told: unknown[] = [];
    rig.producer.on("classifyFailed", (event) => void told.push(event));
    await rig.clock.advance(0);
    const outcome = watch(rig.producer.put({ partitionKey: "k", data: "x" }));
    await rig.clock.advance(10_000);
    expect(outcome().kind).toBe("resolved");
    expect(told).toEqual([{ stream: "orders", error: broken }]);
  });

  it("may have a refused call sent again, after pauses and not in a loop", async () => {
    let refusals = 4;
    const rig = newRig({
      ...AT_ONCE,
      retry: { classify: () => "retry" },
      between: () => ({
        putRecords: (next, ...args) =>
          refusals-- > 0 ? Promise.reject(failedCall("rejected")) : next(...args),
      }),
    });
    await rig.clock.advance(0);
    const outcome = watch(rig.producer.put({ partitionKey: "k", data: "x" }));
    await rig.clock.advance(10_000);
    expect(outcome().kind).toBe("resolved");
    for (const gap of gapsOf(rig)) expect(gap).toBeGreaterThanOrEqual(25);
  });
});

describe("an entry that is not allowed", () => {
  it("is tried for as long as permissions take to spread, and then rejects as what it is", async () => {
    const rig = newRig({
      ...AT_ONCE,
      between: () => ({
        putRecords: refusing(() => failureOf("denied", { awsName: "KMSAccessDeniedException" })),
      }),
    });
    await rig.clock.advance(0);
    const put = rig.producer.put({ partitionKey: "k", data: "x" });
    const [outcome, error] = [watch(put), errorOf(put)];
    await rig.clock.advance(9999);
    expect(outcome().kind).toBe("pending");
    await rig.clock.advance(2001);
    expect((await error).code).toBe("KMS_FAILED");
  });
});
