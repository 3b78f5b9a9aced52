import { SHARD_END } from "@shardline/core";
import { expect, test } from "vitest";
import { FormerLeases } from "./former-leases.ts";
import { entry, lease, show } from "./shown.ts";

const [STAYS, GOES] = ["1:a:1:", "1:b:1:"];
const KEY = `${GOES}s`;
const told = (atMs: number, isNamed = false) =>
  entry("streams", {
    atMs,
    process: "w",
    named: isNamed ? [STAYS, GOES] : [STAYS],
    unnamed: isNamed ? [] : [GOES],
  });
const deletion = (atMs: number, fields = {}) =>
  entry("table", { atMs, process: "w", key: KEY, before: lease(KEY, fields), after: undefined });
const written = (atMs: number, counter = 2) => {
  const before = lease(KEY, { counter: 1 });
  const after = lease(KEY, { counter });
  return entry("table", { atMs, process: "v", key: KEY, before, after });
};

function watching(deleteAfterMs: number): FormerLeases {
  const checker = new FormerLeases({ deleteAfterMs, maxStaleMs: 500, roundTripMs: 100 });
  show(checker, written(0), told(1000), told(31_000));
  return checker;
}

test("they are deleted when the time is over and nobody has written to them", () => {
  const checker = watching(60_000);
  show(checker, told(61_500));
  expect(() => show(checker, deletion(61_600))).not.toThrow();
});

test("not before that, and not after one answer or two", () => {
  const checker = watching(60_000);
  expect(() => show(checker, deletion(70_000))).toThrow(
    "former streams keep their leases: w deletes 1:b:1:s, after 2 answers without its stream",
  );
  show(checker, told(40_000));
  expect(() => show(checker, deletion(50_000))).toThrow("49.0 s after the first answer without");
});

test("not when somebody has written to one of them", () => {
  const checker = watching(60_000);
  show(checker, written(10_000), told(61_000));
  expect(() => show(checker, deletion(62_000))).toThrow("52.0 s after a write to a lease");
});

test("not when they are to stay", () => {
  const checker = watching(Number.POSITIVE_INFINITY);
  show(checker, told(500_000));
  expect(() => show(checker, deletion(600_000))).toThrow("which is to stay");
});

test("a stream that is named in between begins anew", () => {
  const checker = watching(60_000);
  show(checker, told(50_000, true), told(51_000), told(52_000), told(61_500));
  expect(() => show(checker, deletion(62_000))).toThrow("11.0 s after the first answer");
});

test("what is named has other rules, as does what was asked of an ended shard just before", () => {
  const checker = watching(60_000);
  expect(() => show(checker, { ...deletion(1), key: `${STAYS}s` })).not.toThrow();
  expect(() => show(checker, { ...deletion(1), process: "v" })).not.toThrow();
  const ended = { checkpoint: SHARD_END };
  expect(() => show(checker, deletion(20_000, ended))).not.toThrow();
  expect(() => show(checker, deletion(21_001, ended))).toThrow("after 2 answers");
});

test("whoever begins under the name of another was told nothing", () => {
  const checker = watching(60_000);
  show(checker, entry("life", { process: "w", what: "started" }), told(61_000));
  expect(() => show(checker, deletion(62_000))).toThrow("after 1 answers");
});
