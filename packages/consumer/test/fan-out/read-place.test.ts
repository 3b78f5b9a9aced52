import { describe, expect, test } from "vitest";
import { ReadPlace } from "../../src/fan-out/read-place.ts";
import { plainRecord } from "../support/kinesis-records.ts";

const HORIZON = { first: { type: "TRIM_HORIZON" }, again: { type: "TRIM_HORIZON" } } as const;
const LATEST = { type: "LATEST" } as const;

function at(number: number) {
  return { type: "AT_SEQUENCE_NUMBER", sequenceNumber: String(number) } as const;
}

function after(number: number) {
  return { type: "AFTER_SEQUENCE_NUMBER", sequenceNumber: String(number) } as const;
}

function records(...numbers: number[]) {
  return numbers.map((number) => plainRecord(number, `r${number}`));
}

function numbersOf(place: ReadPlace, ...numbers: number[]): number[] {
  return place.unread(records(...numbers)).map((record) => Number(record.sequenceNumber));
}

describe("a subscription", () => {
  test("goes on after the continuation, which also advances without records; polling after the last record", () => {
    const place = new ReadPlace(HORIZON);
    place.note([], true, "50");
    expect(place.forSubscription(false)).toEqual(after(50));
    expect(place.forPolling(undefined)).toEqual(HORIZON);
    place.note(records(90, 100), true, "100");
    place.note([], true, "120");
    expect(place.forSubscription(false)).toEqual(after(120));
    expect(place.forPolling(7)).toEqual({ first: after(100), again: after(100), sinceMs: 7 });
  });

  test("does not go back to a continuation that is older than what was read", () => {
    const place = new ReadPlace(HORIZON);
    place.note(records(9), true, "9");
    place.note(records(10), true, "9");
    expect(place.forSubscription(false)).toEqual(after(10));
    place.note([], true, "30");
    place.note(records(40), true);
    expect(place.forSubscription(false)).toEqual(after(40));
  });

  test("begins with the last record where that is to show that nothing is missing", () => {
    const place = new ReadPlace(HORIZON);
    expect(place.forSubscription(true)).toEqual(HORIZON.first);
    place.note(records(10), true, "20");
    expect(place.forSubscription(true)).toEqual(at(10));
  });

  test("begins after the last record where its continuation is refused", () => {
    const place = new ReadPlace(HORIZON);
    place.note(records(10), true, "20");
    place.refuse();
    expect(place.forSubscription(false)).toEqual(after(10));
  });
});

describe("LATEST", () => {
  test("is meant once: afterwards it is the time that was written down for it", () => {
    const again = { type: "AT_TIMESTAMP", timestampMs: 5 } as const;
    const place = new ReadPlace({ first: LATEST, again });
    expect(place.forSubscription(false)).toEqual(LATEST);
    place.noteBegun(9000);
    expect(place.forSubscription(false)).toEqual(again);
  });

  test("is the time of its first use where none was written down", () => {
    const place = new ReadPlace({ first: LATEST, again: LATEST });
    place.noteBegun(9000);
    place.noteBegun(12_000);
    expect(place.forSubscription(false)).toEqual({ type: "AT_TIMESTAMP", timestampMs: 8000 });
  });

  test("stands in for a time that is refused because it is yet to come", () => {
    const time = { type: "AT_TIMESTAMP", timestampMs: 5 } as const;
    const place = new ReadPlace({ first: time, again: time, ifRefused: LATEST });
    place.refuse();
    expect(place.forSubscription(false)).toEqual(LATEST);
  });
});

describe("what was not handed on", () => {
  test("is what lies behind the last record, whoever brought it", () => {
    const place = new ReadPlace(HORIZON);
    expect(numbersOf(place, 1, 2)).toEqual([1, 2]);
    place.note(records(1, 2), false);
    expect(numbersOf(place, 1, 2, 3)).toEqual([3]);
    expect(numbersOf(place, 3, 4)).toEqual([3, 4]);
  });

  test("is nothing from before the start: a checkpoint would go back to it", () => {
    expect(numbersOf(new ReadPlace({ first: at(9), again: at(9) }), 8, 9, 10)).toEqual([9, 10]);
    expect(numbersOf(new ReadPlace({ first: after(9), again: after(9) }), 8, 9, 10)).toEqual([10]);
  });
});

test("a record to begin with that is gone, and so is all behind it, is not waited for again", () => {
  const place = new ReadPlace({ first: at(9), again: at(9) });
  place.note([], false);
  expect(place.awaited).toBe("9");
  place.note([], true);
  expect(place.awaited).toBeUndefined();
  expect(place.forPolling(undefined)).toEqual({ first: after(9), again: after(9) });
});
