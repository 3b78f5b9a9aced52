import { expect, it } from "vitest";
import { Referee, type SignedLine, type Verdict } from "./referee.ts";
import { dataOf, identityOf, Workload } from "./workload.ts";

const SEED = 1;
const RECORDS = 50_000;
const workload = new Workload(RECORDS, SEED);
/** Everything that is put, key and number, in that order. */
const cargo = allOf(workload);
/** A key with many records. */
const KEY = 0;
/** Two processes. */
const OLD = {};
const NEW = {};

function allOf({ keys }: Workload): [number, number][] {
  const counts = new Map<number, number>();
  return [...keys].map((key) => {
    const number = counts.get(key) ?? 0;
    counts.set(key, number + 1);
    return [key, number];
  });
}

function batch(atMs: number, records: readonly (readonly number[])[]): SignedLine {
  return { kind: "handled", process: OLD, atMs, shardId: "shard-0", records: records.flat() };
}

function began(atMs: number, epoch: number): SignedLine {
  return { kind: "began", process: OLD, atMs, shardId: "shard-0", epoch };
}

function taken(atMs: number, epoch: number): SignedLine {
  return { kind: "taken", process: NEW, atMs, shardId: "shard-0", epoch, from: undefined };
}

function judge(...lines: readonly SignedLine[]): Verdict {
  const referee = new Referee(workload);
  for (const line of lines) referee.see(line);
  return referee.judge();
}

it("chaos: every record once, in order, is what was promised", () => {
  const { delivered, duplicates, lost, outOfOrder, stale } = judge(batch(1, cargo));
  expect({ delivered, duplicates }).toEqual({ delivered: RECORDS, duplicates: 0 });
  expect([lost, outOfOrder, stale]).toEqual([[], [], []]);
});

it("chaos: a record that no worker was handed is lost, and the shard of its key is named", () => {
  const [key, number] = cargo.at(-1) as [number, number];
  const { lost } = judge(batch(1, cargo.slice(0, -1)));
  expect(lost).toHaveLength(1);
  expect(lost[0]?.what).toContain(`record ${number} of key ${key}`);
});

it("chaos: where a record was lost is where its key went on without it", () => {
  const ofKey = cargo.filter(([key]) => key === KEY);
  const rest = cargo.filter(([key]) => key !== KEY);
  const { lost } = judge(
    batch(1, [...rest, ...ofKey.slice(0, 5)]),
    batch(2, ofKey.slice(6, 10)),
    batch(3, ofKey.slice(10)),
  );
  expect(lost.map(({ atMs }) => atMs)).toEqual([2]);
});

it("chaos: a record that comes for the first time after a later one of its key is out of order", () => {
  const ofKey = cargo.filter(([key]) => key === KEY);
  const [first = [], second = []] = ofKey;
  const { outOfOrder } = judge(batch(1, [second]), batch(2, [first]));
  expect(outOfOrder.map(({ shardId }) => shardId)).toEqual(["shard-0"]);
});

it("chaos: records that come again in an order of their own are duplicates, and no disorder", () => {
  const ofKey = cargo.filter(([key]) => key === KEY).slice(0, 10);
  const { duplicates, outOfOrder } = judge(batch(1, ofKey), batch(2, ofKey.slice(3)));
  expect({ duplicates, outOfOrder }).toEqual({ duplicates: 7, outOfOrder: [] });
});

it("chaos: journals are judged by their times, not by the order in which they are heard", () => {
  const ofKey = cargo.filter(([key]) => key === KEY);
  const [first = [], second = []] = ofKey;
  expect(judge(batch(2, [second]), batch(1, [first])).outOfOrder).toEqual([]);
});

it("chaos: a worker that begins a batch after another has the lease, and not just as it was stopped, is told", () => {
  const { overtaken, stale } = judge(began(1, 4), taken(2, 5), began(3, 4), began(4, 4));
  expect(stale.map(({ atMs }) => atMs)).toEqual([4]);
  expect(overtaken).toBe(1);
  expect(judge(began(1, 4), taken(2, 5), began(3, 5)).stale).toEqual([]);
});

it("chaos: a record says which it is, and each has a place of its own", () => {
  const identity = { key: 17, number: 4 };
  expect(identityOf(Buffer.from(dataOf(identity)))).toEqual(identity);
  const places = cargo.map(([key, number]) => workload.placeOf({ key, number }));
  expect(new Set(places).size).toBe(RECORDS);
  expect(Math.max(...places)).toBe(RECORDS - 1);
  const [key, number] = cargo[321] as [number, number];
  expect(workload.recordAt(workload.placeOf({ key, number }))).toEqual({ key, number });
});
