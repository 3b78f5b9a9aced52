// What becomes of records whose entry or call fails in passing.
import type { PutRecordsOutcome } from "@shardline/core";
import { expect, it, describe } from "vitest";
import {
  failedCall,
  failedEntry,
  failureOf,
  loseAnswer,
  refusing,
  slow,
} from "./support/failures.ts";
import { errorOf, newRig, type Rig, watch } from "./support/rig.ts";

const AT_ONCE = { batch: { maxDelayMs: 0 } };

function gapsOf({ calls }: Rig): number[] {
  return calls.slice(1).map(({ atMs }, i) => atMs - (calls[i]?.atMs ?? 0));
}

describe("R-partial: of a call that is answered with failures in between", () => {
  it("only the failed carriers go again, and every record gets the receipt of its own", async () => {
    const refusals = new Map([
      ["k1", failureOf("throttled")],
      ["k3", failureOf("transient")],
    ]);
    const rig = newRig({
      ...AT_ONCE,
      aggregation: false,
      between: () => ({
        putRecords: refusing(({ partitionKey = "" }) => {
          const failure = refusals.get(partitionKey);
          refusals.delete(partitionKey);
          return failure;
        }),
      }),
    });
    await rig.clock.advance(0);
    const receipts = Array.from({ length: 5 }, (_, i) =>
      rig.producer.put({ partitionKey: `k${i}`, data: `v${i}` }),
    );
    await rig.clock.advance(1000);
    expect(rig.calls.map(({ entries }) => entries.map(({ partitionKey }) => partitionKey))).toEqual(
      [
        ["k0", "k1", "k2", "k3", "k4"],
        ["k1", "k3"],
      ],
    );
    const stored = rig.read();
    for (const [i, receipt] of (await Promise.all(receipts)).entries()) {
      const { sequenceNumber, shardId } = receipt;
      expect(stored.find((record) => record.data === `v${i}`)).toMatchObject({
        sequenceNumber,
        shardId,
      });
      expect(receipt.attempts.map(({ failure }) => failure?.awsName)).toEqual(
        i === 1
          ? ["ProvisionedThroughputExceededException", undefined]
          : i === 3
            ? ["InternalFailure", undefined]
            : [undefined],
      );
    }
  });

  it("the attempts tell how long each took, and how long it waited before", async () => {
    let isRefused = true;
    const rig = newRig({
      between: ({ clock }) => ({
        putRecords: async (next, request, signal) => {
          const answer = await slow(clock, 40)(next, request, signal);
          if (!isRefused) return answer;
          isRefused = false;
          return { outcomes: [failedEntry("throttled")] };
        },
      }),
    });
    await rig.clock.advance(0);
    const receipt = rig.producer.put({ partitionKey: "k", data: "x" });
    await rig.clock.advance(1000);
    const [first, second] = (await receipt).attempts;
    expect(first).toMatchObject({ delayMs: 100, durationMs: 40 });
    expect(second).toEqual({ delayMs: (rig.calls[1]?.atMs ?? 0) - 140, durationMs: 40 });
  });
});

describe("R-backoff: a shard that keeps refusing", () => {
  it("is asked after pauses that double from 50 ms to 2 s, shortened by up to half at random", async () => {
    const rig = newRig({
      ...AT_ONCE,
      recordTtlMs: 20_000,
      between: () => ({ putRecords: refusing(() => failureOf("transient")) }),
    });
    await rig.clock.advance(0);
    const error = errorOf(rig.producer.put({ partitionKey: "k", data: "x" }));
    await rig.clock.advance(20_000);
    expect((await error).code).toBe("RECORD_EXPIRED");
    const gaps = gapsOf(rig);
    expect(gaps.length).toBeGreaterThan(10);
    for (const [i, gap] of gaps.entries()) {
      const whole = Math.min(2000, 50 * 2 ** i);
      expect(gap).toBeGreaterThanOrEqual(whole / 2 - 1e-6);
      expect(gap).toBeLessThanOrEqual(whole + 1e-6);
    }
    const late = gaps.slice(-6);
    expect(new Set(late.map(Math.round)).size).toBeGreaterThan(1);
  });

  it("holds up no other shard", async () => {
    const rig = newRig({
      ...AT_ONCE,
      shards: 2,
      between: () => ({
        putRecords: refusing(({ explicitHashKey }) =>
          explicitHashKey === "0" ? failureOf("throttled") : undefined,
        ),
      }),
    });
    await rig.clock.advance(0);
    const refused = watch(rig.producer.put({ partitionKey: "k", data: "x", explicitHashKey: "0" }));
    await rig.clock.advance(1000);
    const other = watch(
      rig.producer.put({ partitionKey: "k", data: "y", explicitHashKey: 2n ** 127n }),
    );
    await rig.clock.advance(0);
    expect([refused().kind, other().kind]).toEqual(["pending", "resolved"]);
  });

  it("is asked soon again after a success", async () => {
    let refusals = 6;
    const rig = newRig({
      ...AT_ONCE,
      between: () => ({
        putRecords: refusing(() => (refusals-- > 0 ? failureOf("transient") : undefined)),
      }),
    });
    await rig.clock.advance(0);
    void rig.producer.put({ partitionKey: "k", data: "x" });
    await rig.clock.advance(10_000);
    refusals = 1;
    void rig.producer.put({ partitionKey: "k", data: "y" });
    await rig.clock.advance(10_000);
    expect(gapsOf(rig).at(-1)).toBeLessThanOrEqual(50);
  });

  it("counts one failure for all its carriers that one call was refused", async () => {
    let calls = 0;
    const rig = newRig({
      ...AT_ONCE,
      aggregation: false,
      between: () => ({
        putRecords: (next, request, signal) => {
          calls += 1;
          return refusing(() => (calls === 1 ? failureOf("throttled") : undefined))(
            next,
            request,
            signal,
          );
        },
      }),
    });
    await rig.clock.advance(0);
    for (let i = 0; i < 100; i += 1) void rig.producer.put({ partitionKey: "k", data: "x" });
    await rig.clock.advance(5000);
    expect(rig.calls.map(({ entries }) => entries.length)).toEqual([100, 100]);
    expect(gapsOf(rig)[0]).toBeLessThanOrEqual(50);
  });
});

describe("R-timeout-dup: an answer that is lost", () => {
  it("leads to the same bytes once more, an attempt that is called ambiguous, and two copies in the stream", async () => {
    let isLost = true;
    const rig = newRig({
      between: () => ({
        putRecords: (next, ...args) => {
          const lose = isLost;
          isLost = false;
          return lose ? loseAnswer(next, ...args) : next(...args);
        },
      }),
    });
    await rig.clock.advance(0);
    const receipts = ["x", "y"].map((data) => rig.producer.put({ partitionKey: "k", data }));
    await rig.clock.advance(5000);
    expect(rig.calls).toHaveLength(2);
    expect(rig.calls[1]?.entries).toEqual(rig.calls[0]?.entries);
    const [first] = await Promise.all(receipts);
    expect(first?.attempts.map(({ failure }) => failure?.isAmbiguous)).toEqual([true, undefined]);
    expect(rig.read().map(({ data }) => data)).toEqual(["x", "y", "x", "y"]);
  });
});

describe("a call that is never answered", () => {
  it("is given up after fifteen seconds, and its records go again, perhaps a second time", async () => {
    let calls = 0;
    const rig = newRig({
      between: () => ({
        putRecords: (next, ...args) => {
          calls += 1;
          return calls === 1 ? new Promise(() => undefined) : next(...args);
        },
      }),
    });
    const outcome = watch(rig.producer.put({ partitionKey: "k", data: "x" }));
    await rig.clock.advance(14_999);
    expect(outcome().kind).toBe("pending");
    await rig.clock.advance(1000);
    expect(outcome()).toMatchObject({
      kind: "resolved",
      value: { attempts: [{ failure: { awsName: "TimeoutError", isAmbiguous: true } }, {}] },
    });
  });
});

describe("R-count-mismatch: an answer with too few or too many outcomes", () => {
  it.each<[string, (outcomes: readonly PutRecordsOutcome[]) => readonly PutRecordsOutcome[]]>([
    ["too few", (outcomes) => outcomes.slice(1)],
    ["too many", (outcomes) => [...outcomes, ...outcomes]],
    ["none", () => []],
  ])("(%s) is as good as lost: all go again, and none is lost", async (_, distort) => {
    let isFirst = true;
    const rig = newRig({
      ...AT_ONCE,
      aggregation: false,
      between: () => ({
        putRecords: async (next, ...args) => {
          const { outcomes } = await next(...args);
          const distorted = isFirst ? distort(outcomes) : outcomes;
          isFirst = false;
          return { outcomes: distorted };
        },
      }),
    });
    await rig.clock.advance(0);
    const receipts = ["x", "y"].map((data) => rig.producer.put({ partitionKey: "k", data }));
    await rig.clock.advance(5000);
    for (const { attempts } of await Promise.all(receipts)) {
      expect(attempts.map(({ failure }) => failure?.awsName)).toEqual([
        "AnswerMismatch",
        undefined,
      ]);
      expect(attempts[0]?.failure?.isAmbiguous).toBe(true);
    }
    expect(rig.read()).toHaveLength(4);
  });
});

describe("R-outage: while every call fails", () => {
  it("there is one probe at a time and few of them; afterwards everything is delivered, in order", async () => {
    let isDown = true;
    let underWay = 0;
    const mostUnderWay: number[] = [];
    const rig = newRig({
      shards: 8,
      recordTtlMs: 600_000,
      between: ({ clock }) => ({
        putRecords: async (next, request, signal) => {
          underWay += 1;
          mostUnderWay.push(underWay);
          try {
            return await slow(clock, 10)(
              isDown ? () => Promise.reject(failedCall("unreachable")) : next,
              request,
              signal,
            );
          } finally {
            underWay -= 1;
          }
        },
      }),
    });
    const told: string[] = [];
    rig.producer.on("troubled", ({ awsName }) => void told.push(awsName));
    rig.producer.on("recovered", () => void told.push("recovered"));
    await rig.clock.advance(0);
    const receipts = Array.from({ length: 2000 }, (_, i) =>
      rig.producer.put({ partitionKey: `k${i % 50}`, data: `${i}` }),
    );
    await rig.clock.advance(60_000);
    expect(mostUnderWay.slice(8).every((count) => count === 1)).toBe(true);
    expect(rig.calls.length).toBeLessThan(60);
    isDown = false;
    await rig.clock.advance(10_000);
    await Promise.all(receipts);
    expect(told).toEqual(["ECONNREFUSED", "recovered"]);
    expect(rig.read()).toHaveLength(2000);
  });
});

describe("R-outage: with 100,000 records outstanding", () => {
  it.each([
    ["aggregated, in order", {}],
    ["plain", { aggregation: false }],
  ] as const)(
    "a minute costs as many steps as there are probes, however many records wait (%s)",
    async (_, options) => {
      let isDown = true;
      let steps = 0;
      const rig = newRig({
        ...options,
        shards: 4,
        rateLimit: false,
        recordTtlMs: 600_000,
        buffer: { maxRecords: 200_000 },
        between: ({ clock }) => ({
          putRecords: (next, request, signal) =>
            slow(clock, 10)(
              isDown ? () => Promise.reject(failedCall("unreachable")) : next,
              request,
              signal,
            ),
        }),
      });
      const startTimer = rig.clock.startTimer.bind(rig.clock);
      rig.clock.startTimer = (...args) => {
        steps += 1;
        return startTimer(...args);
      };
      await rig.clock.advance(0);
      let stored = 0;
      for (let i = 0; i < 100_000; i += 1) {
        void rig.producer
          .put({ partitionKey: `k${i % 97}`, data: `${i}` })
          .then(() => (stored += 1));
      }
      await rig.clock.advance(5000);
      const made = rig.calls.length;
      steps = 0;
      await rig.clock.advance(60_000);
      const probes = rig.calls.length - made;
      expect(probes).toBeGreaterThanOrEqual(30);
      expect(probes).toBeLessThanOrEqual(60);
      // A probe is its pause, its timeout and the latency of this test, and little else.
      expect(steps).toBeLessThanOrEqual(5 * probes);
      isDown = false;
      await rig.clock.advance(20_000);
      expect(stored).toBe(100_000);
    },
  );
});

describe("what only an operator can change", () => {
  it.each([
    ["R-not-found", "missing", 5000, "STREAM_NOT_FOUND"],
    ["R-creds", "credentials", 10_000, "CREDENTIALS_REFUSED"],
    ["R-denied", "denied", 10_000, "ACCESS_DENIED"],
  ] as const)(
    "%s: is waited for some seconds, and not until the record expires",
    async (_, kind, graceMs, code) => {
      const rig = newRig({
        ...AT_ONCE,
        recordTtlMs: Infinity,
        between: () => ({ putRecords: () => Promise.reject(failedCall(kind)) }),
      });
      await rig.clock.advance(0);
      const put = rig.producer.put({ partitionKey: "k", data: "x" });
      const outcome = watch(put);
      const error = errorOf(put);
      await rig.clock.advance(graceMs - 1);
      expect(outcome().kind).toBe("pending");
      await rig.clock.advance(2001);
      expect((await error).code).toBe(code);
      expect((await error).details).toMatchObject({
        lastFailure: { kind },
        mayHaveBeenWritten: false,
      });
    },
  );

  it("R-creds: credentials that are good again in time lose nothing", async () => {
    let isBad = true;
    const rig = newRig({
      ...AT_ONCE,
      between: () => ({
        putRecords: (next, ...args) =>
          isBad ? Promise.reject(failedCall("credentials")) : next(...args),
      }),
    });
    await rig.clock.advance(0);
    const receipt = rig.producer.put({ partitionKey: "k", data: "x" });
    await rig.clock.advance(3000);
    isBad = false;
    await rig.clock.advance(5000);
    expect((await receipt).attempts.length).toBeGreaterThan(2);
  });
});
