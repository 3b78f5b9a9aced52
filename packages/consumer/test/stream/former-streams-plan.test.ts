import { expect, test } from "vitest";
import type { Lease } from "../../src/lease/lease.ts";
import {
  dueFormer,
  type FormerStreamsView,
  noteFormer,
} from "../../src/stream/former-streams-plan.ts";
import { resolveStreams } from "../../src/stream/stream-settings.ts";
import { leaseOf } from "../support/leases.ts";

const NOTHING: FormerStreamsView = new Map();
const AFTER_MS = 1000;

function leaseIn(streamName: string, fields: Partial<Lease> = {}): Lease {
  const lease = leaseOf(0, fields);
  return { ...lease, streamName, key: `${streamName}:${lease.shardId}` };
}

const namesOf = (view: FormerStreamsView): string[] => [...view.keys()];

test("a stream is former that is not named, in an account that may be meant", () => {
  const leases = ["1:a:5", "1:b:5", "2:b:5", "1:c:5", "1:c:6"].map((name) => leaseIn(name));
  const arn = "arn:aws:kinesis:eu-west-1:000000000001:stream/b";
  const named = resolveStreams(["a", arn, "1:c:5"]);
  expect(namesOf(noteFormer(leases, named, NOTHING, 0))).toEqual(["1:b:5", "2:b:5", "1:c:6"]);
});

test("a stream of the name that is meant is not former, whenever it was created", () => {
  const leases = [leaseIn("1:a:5"), leaseIn("1:a:6")];
  expect(namesOf(noteFormer(leases, resolveStreams(["a"]), NOTHING, 0))).toEqual([]);
});

test("a lease of a single stream is none of a former one", () => {
  expect(namesOf(noteFormer([leaseOf(0)], [], NOTHING, 0))).toEqual([]);
});

test("a former stream is due when nothing of it has changed for that long", () => {
  const idle = [leaseIn("1:a:5", { counter: 3 })];
  let view = noteFormer(idle, [], NOTHING, 100);
  view = noteFormer(idle, [], view, 1099);
  expect(dueFormer(view, AFTER_MS, 1099)).toEqual([]);
  view = noteFormer(idle, [], view, 1100);
  expect(dueFormer(view, AFTER_MS, 1100)).toEqual([["1:a:5", idle]]);
});

test.each<[string, readonly Lease[]]>([
  ["was renewed", [leaseIn("1:a:5", { counter: 4 })]],
  ["was taken", [leaseIn("1:a:5", { counter: 3, owner: "b" })]],
  ["came to it", [leaseIn("1:a:5", { counter: 3 }), { ...leaseIn("1:a:5"), key: "1:a:5:other" }]],
])("the time begins anew when a lease of it %s", (_, changed) => {
  const view = noteFormer([leaseIn("1:a:5", { counter: 3 })], [], NOTHING, 0);
  const later = noteFormer(changed, [], view, 900);
  expect(dueFormer(later, AFTER_MS, 1000)).toEqual([]);
  const last = [1500, 1900].reduce((view, atMs) => noteFormer(changed, [], view, atMs), later);
  expect(dueFormer(last, AFTER_MS, 1900)).toHaveLength(1);
});

test("the time begins anew when it was named meanwhile", () => {
  const idle = [leaseIn("1:a:5")];
  const before = noteFormer(idle, [], NOTHING, 0);
  const named = noteFormer(idle, resolveStreams(["a"]), before, 500);
  expect(dueFormer(noteFormer(idle, [], named, 1500), AFTER_MS, 1500)).toEqual([]);
});
