import { describe, expect, it } from "vitest";
import { Settlement } from "../../src/settle/settlement.ts";
import { failureOf } from "../support/failures.ts";
import { NO_MEASURE } from "../support/measurements.ts";
import { attempt, attemptLog, carrierOf, type Heard, looseRecord } from "../support/records.ts";

function newSettlement(): {
  settlement: Settlement;
  left: [number, string, number][];
  rooms: [number, number][];
  failed: [string, number][];
} {
  const left: [number, string, number][] = [];
  const rooms: [number, number][] = [];
  const failed: [string, number][] = [];
  const settlement = new Settlement({
    measure: NO_MEASURE,
    stream: "orders",
    barrier: { leave: (...args) => void left.push(args) },
    onRoom: (...args) => void rooms.push(args),
    onFailed: ({ code }, records) => void failed.push([code, records]),
  });
  return { settlement, left, rooms, failed };
}

const newHeard = (): Heard => ({ receipts: [], errors: [] });

describe("a stored carrier", () => {
  it("A-subseq: gives each record its receipt, numbered in the order of the aggregate", () => {
    const { left, rooms, settlement } = newSettlement();
    const heard = newHeard();
    const carrier = carrierOf(
      ...["x", "y", "z"].map((key) => looseRecord(key, key, { heard, context: key })),
    );
    carrier.attempts = attemptLog(attempt({ delayMs: 3 }));
    settlement.store(carrier, "shardId-7", "42");
    expect(heard.receipts).toEqual(
      ["x", "y", "z"].map((context, subSequenceNumber) => ({
        shardId: "shardId-7",
        sequenceNumber: "42",
        subSequenceNumber,
        attempts: [attempt({ delayMs: 3 })],
        attemptCount: 1,
        context,
      })),
    );
    expect(left).toEqual([
      [0, "stored", 1],
      [0, "stored", 1],
      [0, "stored", 1],
    ]);
    expect(rooms).toEqual([[3, 603]]);
    expect([settlement.stored, settlement.failed]).toEqual([3, 0]);
  });

  it("tells of the tries in carriers before it, and of no context where none was given", () => {
    const { settlement } = newSettlement();
    const heard = newHeard();
    const earlier = attempt({ failure: failureOf("throttled") });
    const carrier = carrierOf(
      looseRecord("k", "", { heard, earlierAttempts: attemptLog(earlier) }),
    );
    carrier.attempts = attemptLog(attempt());
    settlement.store(carrier, "shardId-7", "42");
    expect(heard.receipts[0]?.attempts).toEqual([earlier, attempt()]);
    expect(heard.receipts[0]?.attemptCount).toBe(2);
    expect(heard.receipts[0]).not.toHaveProperty("context");
  });

  it("hands out attempts that no holder of another receipt can change", () => {
    const { settlement } = newSettlement();
    const heard = newHeard();
    const carrier = carrierOf(looseRecord("a", "", { heard }), looseRecord("b", "", { heard }));
    settlement.store(carrier, "shardId-7", "42");
    expect(Object.isFrozen(heard.receipts[0]?.attempts)).toBe(true);
  });
});

describe("records that are given up", () => {
  it("reject with the code and the time since their put, and are told of once together", () => {
    const { failed, left, rooms, settlement } = newSettlement();
    const heard = newHeard();
    const records = [10, 20].map((acceptedAtMs) => looseRecord("k", "", { acceptedAtMs, heard }));
    settlement.fail("RECORD_EXPIRED", records, 50);
    expect(heard.errors.map(({ code }) => code)).toEqual(["RECORD_EXPIRED", "RECORD_EXPIRED"]);
    expect(heard.errors.map(({ message }) => /in (\d+) ms/.exec(message)?.[1])).toEqual([
      "40",
      "30",
    ]);
    expect(left).toEqual([
      [0, "failed", 1],
      [0, "failed", 1],
    ]);
    expect(rooms).toEqual([[2, 402]]);
    expect(failed).toEqual([["RECORD_EXPIRED", 2]]);
    expect([settlement.stored, settlement.failed]).toEqual([0, 2]);
  });

  it("are not told of when there are none", () => {
    const { failed, settlement } = newSettlement();
    settlement.fail("RECORD_EXPIRED", [], 50);
    expect(failed).toEqual([]);
  });
});
