// Records that the service refuses for good, among others that it takes.
import type { KinesisApi, PutRecordsRequest } from "@shardline/core";
import { describe, expect, it } from "vitest";
import type { Interceptors } from "../../../test/support/intercept.ts";
import { failedCall, failureOf, refusing, slow } from "./support/failures.ts";
import { membersOf } from "./support/kcl-reader.ts";
import { errorOf, newRig, watch } from "./support/rig.ts";

const AGGREGATE = Buffer.from(
  "f3899ac20a01610a01621a0508001a01781a0508011a0179b0031909ae75891ca94acec2ecce3125",
  "hex",
);

function holdsPoison({ data }: PutRecordsRequest["entries"][number]): boolean {
  return Buffer.from(data).includes("poison");
}

/** Refuses a whole call because of one record in it. */
function refuseCall(reason = "too large"): Promise<never> {
  return Promise.reject(failedCall("rejected", { reason }));
}

/** Does not say which one. */
const POISONED: Interceptors<KinesisApi> = {
  putRecords: (next, request, signal) =>
    request.entries.some(holdsPoison) ? refuseCall() : next(request, signal),
};

/** Says which one, in the service's words. */
const POISONED_BY_NAME: Interceptors<KinesisApi> = {
  putRecords: (next, request, signal) => {
    const place = request.entries.findIndex(holdsPoison) + 1;
    const reason = `1 validation error detected: Value at 'records.${place}.member.data' failed to satisfy constraint`;
    return place > 0 ? refuseCall(reason) : next(request, signal);
  },
};

const NOT_ORDERED = { ordering: "none", rateLimit: false } as const;
const ORDERED = { ordering: "partition-key", rateLimit: false } as const;

describe("R-poison: a call refused because of one record", () => {
  it.each([
    ["named, of one lane, without order", POISONED_BY_NAME, { ...NOT_ORDERED, shards: 1 }, 2],
    ["named, of many lanes, in order", POISONED_BY_NAME, { ...ORDERED, shards: 200 }, 2],
    ["unnamed, of one lane, without order", POISONED, { ...NOT_ORDERED, shards: 1 }, 17],
    ["unnamed, of many lanes, in order", POISONED, { ...ORDERED, shards: 200 }, 17],
  ] as const)(
    "(%s) fails that record alone; all others of the call are stored once, with few more calls",
    async (_, between, options, maxMoreCalls) => {
      const rig = newRig({
        ...options,
        aggregation: false,
        batch: { maxDelayMs: 0 },
        between: () => between,
      });
      await rig.clock.advance(0);
      const step = 2n ** 128n / BigInt(options.shards);
      const puts = Array.from({ length: 200 }, (_, i) =>
        rig.producer.put({
          partitionKey: `k${i}`,
          explicitHashKey: BigInt(i % options.shards) * step + step / 2n,
          data: i === 36 ? "poison" : `v${i}`,
        }),
      );
      const error = errorOf(puts[36] as Promise<unknown>);
      const outcomes = puts.map(watch);
      await rig.clock.advance(100);
      expect(rig.calls[0]?.entries).toHaveLength(200);
      expect(outcomes.flatMap((outcome, i) => (outcome().kind === "resolved" ? [] : [i]))).toEqual([
        36,
      ]);
      expect(rig.read()).toHaveLength(199);
      expect(await error).toMatchObject({
        code: "RECORD_REJECTED",
        isRetryable: false,
        details: {
          record: { partitionKey: "k36" },
          lastFailure: { kind: "rejected" },
          mayHaveBeenWritten: false,
        },
      });
      expect((await error).message).toContain("; last: ValidationException: ");
      expect(rig.calls.length - 1).toBeLessThanOrEqual(maxMoreCalls);
    },
  );

  it("is found among others that keep being put, and several at once, each with few calls", async () => {
    const rig = newRig({
      ...NOT_ORDERED,
      aggregation: false,
      batch: { maxDelayMs: 0 },
      between: ({ clock }) => ({
        putRecords: (next, request, signal) =>
          slow(clock, 20)(
            (...args) =>
              (POISONED.putRecords as NonNullable<typeof POISONED.putRecords>)(next, ...args),
            request,
            signal,
          ),
      }),
    });
    await rig.clock.advance(0);
    const outcomes: (() => { kind: string })[] = [];
    for (let i = 0; i < 2000; i += 1) {
      const data = i % 500 === 7 ? "poison" : "x";
      outcomes.push(watch(rig.producer.put({ partitionKey: `k${i}`, data })));
      if (i % 10 === 9) await rig.clock.advance(1);
    }
    await rig.clock.advance(2000);
    expect(outcomes.flatMap((outcome, i) => (outcome().kind === "resolved" ? [] : [i]))).toEqual([
      7, 507, 1007, 1507,
    ]);
    expect(rig.read()).toHaveLength(1996);
    const refused = rig.calls.filter(({ entries }) => entries.some(holdsPoison));
    expect(refused.length).toBeLessThanOrEqual(4 * 10);
  });

  it("is found in an aggregate by halves, and the order of the others holds", async () => {
    const rig = newRig({ batch: { maxDelayMs: 0 }, between: () => POISONED });
    await rig.clock.advance(0);
    const outcomes = Array.from({ length: 1000 }, (_, i) =>
      watch(rig.producer.put({ partitionKey: "k", data: i === 700 ? "poison" : `${i}` })),
    );
    await rig.clock.advance(1);
    for (let i = 1000; i < 1010; i += 1) {
      outcomes.push(watch(rig.producer.put({ partitionKey: "k", data: `${i}` })));
    }
    await rig.clock.advance(200);
    expect(outcomes.flatMap((outcome, i) => (outcome().kind === "resolved" ? [] : [i]))).toEqual([
      700,
    ]);
    const expected = Array.from({ length: 1010 }, (_, i) => `${i}`).filter(
      (data) => data !== "700",
    );
    expect(rig.read().map(({ data }) => data)).toEqual(expected);
    expect(rig.calls.length - 2).toBeLessThanOrEqual(2 * Math.ceil(Math.log2(1000)));
  });

  it("is found inside an aggregate, whose other records are stored in their order", async () => {
    const rig = newRig({ batch: { maxDelayMs: 0 }, between: () => POISONED });
    await rig.clock.advance(0);
    const data = ["0", "1", "poison", "3", "4"];
    const outcomes = data.map((text) => watch(rig.producer.put({ partitionKey: "k", data: text })));
    await rig.clock.advance(100);
    expect(outcomes.map((outcome) => outcome().kind)).toEqual([
      "resolved",
      "resolved",
      "rejected",
      "resolved",
      "resolved",
    ]);
    expect(rig.read().map((record) => record.data)).toEqual(["0", "1", "3", "4"]);
    expect(rig.clock.pendingTimers).toBe(0);
  });

  it("is given up although it travels as an aggregate of its own", async () => {
    const rig = newRig({
      batch: { maxDelayMs: 0 },
      recordTtlMs: Infinity,
      between: () => ({ putRecords: () => refuseCall() }),
    });
    await rig.clock.advance(0);
    const outcome = watch(rig.producer.put({ partitionKey: "k", data: AGGREGATE }));
    await rig.clock.advance(0);
    expect(outcome().kind).toBe("rejected");
    expect(rig.calls).toHaveLength(1);
  });

  it("does not hold up the shards and keys beside it", async () => {
    const rig = newRig({ shards: 2, batch: { maxDelayMs: 0 }, between: () => POISONED });
    await rig.clock.advance(0);
    watch(rig.producer.put({ partitionKey: "k", data: "poison", explicitHashKey: 0n }));
    const outcomes = ["x", "y"].map((data) =>
      watch(rig.producer.put({ partitionKey: "k", data, explicitHashKey: 2n ** 127n })),
    );
    await rig.clock.advance(0);
    expect(outcomes.map((outcome) => outcome().kind)).toEqual(["resolved", "resolved"]);
  });
});

describe("R-poison: an entry refused by itself", () => {
  it("fails that record alone: an aggregate is taken apart, and other entries are stored", async () => {
    const rig = newRig({
      batch: { maxDelayMs: 0 },
      shards: 2,
      between: () => ({
        putRecords: refusing((entry) => (holdsPoison(entry) ? failureOf("rejected") : undefined)),
      }),
    });
    await rig.clock.advance(0);
    const bad = ["poison", "beside"].map((data) =>
      watch(rig.producer.put({ partitionKey: "k", data, explicitHashKey: 0n })),
    );
    const good = watch(
      rig.producer.put({ partitionKey: "k", data: "x", explicitHashKey: 2n ** 127n }),
    );
    await rig.clock.advance(0);
    expect(bad.map((outcome) => outcome().kind)).toEqual(["rejected", "resolved"]);
    expect(good().kind).toBe("resolved");
    expect(rig.calls).toHaveLength(3);
  });
});

describe("W-escape: a record that looks like an aggregate", () => {
  it("reaches a reader as it was put", async () => {
    const rig = newRig({ batch: { maxDelayMs: 0 } });
    await rig.clock.advance(0);
    watch(rig.producer.put({ partitionKey: "k", data: AGGREGATE }));
    await rig.clock.advance(0);
    const [member] = membersOf(rig.calls[0]?.entries[0]?.data ?? new Uint8Array()) ?? [];
    expect(member).toEqual({ partitionKey: "k", data: AGGREGATE.toString() });
  });

  it("is forwarded untouched where aggregation is off", async () => {
    const rig = newRig({ aggregation: false, batch: { maxDelayMs: 0 } });
    await rig.clock.advance(0);
    watch(rig.producer.put({ partitionKey: "k", data: AGGREGATE }));
    await rig.clock.advance(100);
    expect(Buffer.from(rig.calls[0]?.entries[0]?.data ?? [])).toEqual(AGGREGATE);
  });
});
