// Records that the service refuses for good, among others that it takes.
import type { KinesisApi, PutRecordsRequest } from "@shardline/core";
import { describe, expect, it } from "vitest";
import type { Interceptors } from "../../../test/support/intercept.ts";
import { failedCall, failureOf, refusing } from "./support/failures.ts";
import { membersOf } from "./support/kcl-reader.ts";
import { errorOf, newRig, watch } from "./support/rig.ts";

const AGGREGATE = Buffer.from(
  "f3899ac20a01610a01621a0508001a01781a0508011a0179b0031909ae75891ca94acec2ecce3125",
  "hex",
);

function holdsPoison({ data }: PutRecordsRequest["entries"][number]): boolean {
  return Buffer.from(data).includes("poison");
}

/** Refuses a whole call because of one record in it, as the service does. */
function refuseCall(): Promise<never> {
  return Promise.reject(failedCall("rejected", { reason: "records.1.member.data: too large" }));
}

const POISONED: Interceptors<KinesisApi> = {
  putRecords: (next, request, signal) =>
    request.entries.some(holdsPoison) ? refuseCall() : next(request, signal),
};

describe("R-poison: a call refused because of one record", () => {
  it("fails that record alone; all others of the call are stored, once", async () => {
    const rig = newRig({
      aggregation: false,
      shards: 4,
      batch: { maxDelayMs: 0 },
      between: () => POISONED,
    });
    await rig.clock.advance(0);
    const puts = Array.from({ length: 20 }, (_, i) =>
      rig.producer.put({ partitionKey: `k${i}`, data: i === 7 ? "poison" : "x" }),
    );
    const error = errorOf(puts[7] as Promise<unknown>);
    const outcomes = puts.map(watch);
    await rig.clock.advance(100);
    expect(outcomes.map((outcome) => outcome().kind)).toEqual(
      Array.from({ length: 20 }, (_, i) => (i === 7 ? "rejected" : "resolved")),
    );
    expect(rig.read()).toHaveLength(19);
    expect(await error).toMatchObject({
      code: "RECORD_REJECTED",
      isRetryable: false,
      details: {
        record: { partitionKey: "k7" },
        lastFailure: { kind: "rejected" },
        mayHaveBeenWritten: false,
      },
    });
    expect((await error).message).toContain(
      "ValidationException: records.1.member.data: too large",
    );
    expect(rig.calls).toHaveLength(21);
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
      between: () => ({ putRecords: refuseCall }),
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
  it("fails its records at once, and no others", async () => {
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
    expect(bad.map((outcome) => outcome().kind)).toEqual(["rejected", "rejected"]);
    expect(good().kind).toBe("resolved");
    expect(rig.calls).toHaveLength(1);
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
