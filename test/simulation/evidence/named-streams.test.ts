import { expect, test } from "vitest";
import { entry, lease, show } from "../checkers/shown.ts";
import { BrokenInvariant, type Checker } from "./journal.ts";
import { NamedStreams } from "./named-streams.ts";
import { ShardNames, simStreams } from "./shard-names.ts";

const NAMES = new ShardNames(simStreams(["orders", "returns"], "1", 0));
const [ORDERS = "", RETURNS = ""] = NAMES.streams.map(({ prefix }) => prefix);
const named = (atMs: number, ...streams: readonly string[]) => {
  const unnamed = [ORDERS, RETURNS].filter((stream) => !streams.includes(stream));
  return entry("streams", { atMs, named: streams, unnamed });
};
const told = (atMs: number, what: string, stream: string, process = "w") =>
  entry("lease", { atMs, what, process, fields: { stream } });
const healed = entry("phase", { phase: "healed", atMs: 100 });

test("the only stream of a world is always to be read, and read", () => {
  const streams = new NamedStreams(new ShardNames(simStreams(["orders"], "1", 0)), () => []);
  expect([streams.isNamed("s-1"), streams.readByAllSinceMs("s-1"), streams.unread]).toEqual([
    true,
    0,
    [],
  ]);
});

test("of many those are to be read that the source names, and not those that somebody is told", () => {
  const streams = new NamedStreams(NAMES, () => ["w"]);
  show(streams, named(5, ORDERS), { ...named(6, RETURNS), process: "w" });
  expect([streams.isNamed(`${ORDERS}s-1`), streams.isNamed(`${RETURNS}s-1`)]).toEqual([
    true,
    false,
  ]);
  expect(streams.namedSinceMs(ORDERS)).toBe(5);
  expect(streams.namedSinceMs(RETURNS)).toBe(Infinity);
});

test("a stream is read when all that run read it, after the faults, and anew when it is in trouble", () => {
  const streams = new NamedStreams(NAMES, () => ["v", "w"]);
  show(streams, named(0, ORDERS), told(1, "streamStarted", "orders"), healed);
  expect(streams.unread.map(({ name }) => name)).toEqual(["orders"]);
  show(streams, told(200, "streamStarted", "orders", "v"));
  expect(streams.readByAllSinceMs(`${ORDERS}s-1`)).toBe(200);
  const trouble = { stream: ORDERS, how: "away", forMs: 50 } as const;
  show(streams, entry("world", { atMs: 300, trouble }), told(310, "streamFailed", "orders"));
  show(streams, told(320, "streamStarted", "orders"));
  expect(streams.readByAllSinceMs(ORDERS)).toBe(Infinity);
  show(streams, entry("table", { atMs: 360 }));
  expect(streams.readByAllSinceMs(ORDERS)).toBe(360);
});

test("whoever ends reads nothing", () => {
  const streams = new NamedStreams(NAMES, () => ["w"]);
  show(streams, named(0, ORDERS), told(1, "streamStarted", "orders"));
  show(streams, entry("life", { process: "w", what: "killed" }), healed);
  expect(streams.unread).toHaveLength(1);
});

test("a checker of each stream sees its own leases, while it is to be read", () => {
  const streams = new NamedStreams(NAMES, () => []);
  const seen: string[] = [];
  const all = [ORDERS, RETURNS].map((prefix) => lease(`${prefix}s-1`));
  const checkers = streams.each(
    () => all,
    (leases, { name }): Checker => ({
      name,
      sights: { table: ({ key }) => void seen.push(`${name}: ${key} of ${leases().length}`) },
      atEnd: () => {
        throw new BrokenInvariant(name, "it ends");
      },
    }),
  );
  show(streams, named(0, ORDERS));
  for (const checker of checkers) {
    for (const { key } of all) show(checker, entry("table", { key }));
  }
  expect(seen).toEqual([`orders: ${ORDERS}s-1 of 1`]);
  const [ofOrders, ofReturns] = checkers;
  expect(() => ofOrders?.atEnd?.()).toThrow("it ends");
  expect(() => ofReturns?.atEnd?.()).not.toThrow();
});
