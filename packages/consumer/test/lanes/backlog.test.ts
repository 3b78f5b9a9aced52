import { describe, expect, test } from "vitest";
import { TakenFetch } from "../../src/batch/taken-fetch.ts";
import { Delivery } from "../../src/checkpoint/checkpoint-tracker.ts";
import { Backlog, type LaneWork, type TakenRecord } from "../../src/lanes/backlog.ts";

const FETCH = new TakenFetch(0, () => undefined);

/** A record at a place; `size`: of its data. */
function taken(place: number, size = 1, isMalformed = false): TakenRecord {
  const position = { sequenceNumber: String(place), subSequenceNumber: 0 };
  const data = new Uint8Array(size);
  const record = { ...position, data, arrivedAtMs: 0, isOutOfRange: false };
  return { record, delivery: new Delivery(position, undefined), fetch: FETCH, isMalformed };
}

/** A backlog of records at 1, 2, 3, … with these keys. */
function newBacklog(keys: string, limits = { maxRecords: 100, maxBytes: 1000 }): Backlog {
  const backlog = new Backlog(limits);
  keys.split("").forEach((key, i) => backlog.add(taken(i + 1), key === "-" ? undefined : key));
  return backlog;
}

/** Where the records are. */
function placesOf(work: LaneWork): readonly number[] {
  return work.taken.map(({ record }) => Number(record.sequenceNumber));
}

/** What comes out, each done before the next. */
function drain(backlog: Backlog): (readonly number[])[] {
  const all: (readonly number[])[] = [];
  while (!backlog.isEmpty) {
    const work = backlog.next();
    all.push(placesOf(work));
    backlog.done(work);
  }
  return all;
}

describe("records of one key", () => {
  test("go together as far as the limit of records goes, and keys take turns", () => {
    const backlog = newBacklog("aababc", { maxRecords: 2, maxBytes: 1000 });
    expect(drain(backlog)).toEqual([[1, 2], [3, 5], [6], [4]]);
  });

  test("go together as far as the limit of bytes goes; one that is larger goes alone", () => {
    const backlog = new Backlog({ maxRecords: 100, maxBytes: 10 });
    [5, 5, 1, 11, 10].forEach((size, i) => backlog.add(taken(i + 1, size), "a"));
    expect(drain(backlog)).toEqual([[1, 2], [3], [4], [5]]);
  });

  test("wait for those that are handled, and so do those that come meanwhile", () => {
    const backlog = newBacklog("a");
    const work = backlog.next();
    backlog.add(taken(2), "a");
    expect(backlog.isEmpty).toBe(true);
    backlog.done(work);
    expect(drain(backlog)).toEqual([[2]]);
  });

  test("are a line of their own again after everything of the key was done", () => {
    const backlog = newBacklog("a");
    drain(backlog);
    backlog.add(taken(2), "a");
    expect(drain(backlog)).toEqual([[2]]);
  });
});

test("records without a key wait for nobody", () => {
  const backlog = newBacklog("--");
  const [first, second] = [backlog.next(), backlog.next()];
  expect([first, second].map(placesOf)).toEqual([[1], [2]]);
  backlog.done(second);
  backlog.done(first);
  expect(backlog.isEmpty).toBe(true);
});

test("a malformed record goes alone", () => {
  const backlog = new Backlog({ maxRecords: 100, maxBytes: 1000 });
  backlog.add(taken(1), "a");
  backlog.add(taken(2, 1, true), "a");
  backlog.add(taken(3), "a");
  expect(drain(backlog)).toEqual([[1], [2], [3]]);
});

test("what is added together goes together, and nothing at all is no work", () => {
  const backlog = newBacklog("a");
  backlog.addTogether([taken(2), taken(3)]);
  backlog.addTogether([]);
  expect(drain(backlog)).toEqual([[1], [2, 3]]);
});

describe("what is not wanted any more", () => {
  const keep = (backlog: Backlog, last: number): void =>
    backlog.keep(({ sequenceNumber }) => Number(sequenceNumber) <= last);

  test("is forgotten, in lines that wait and in those of which something is handled", () => {
    const backlog = newBacklog("aabcab-");
    const work = backlog.next();
    backlog.add(taken(8), "a");
    keep(backlog, 5);
    backlog.done(work);
    expect(placesOf(work)).toEqual([1, 2, 5]);
    expect(drain(backlog)).toEqual([[3], [4]]);
  });

  test("may be all there is, and its key begins anew", () => {
    const backlog = newBacklog("ab");
    keep(backlog, 0);
    expect(backlog.isEmpty).toBe(true);
    backlog.add(taken(3), "a");
    expect(drain(backlog)).toEqual([[3]]);
  });
});
