import fc from "fast-check";
import { expect, it } from "vitest";
import { CarrierQueue } from "../../src/lane/carrier-queue.ts";
import type { Carrier } from "../../src/record/carrier.ts";
import { carrierOf, looseRecord } from "../support/records.ts";

function carrierPutAt(acceptedAtMs: number): Carrier {
  return carrierOf(looseRecord("k", "", { acceptedAtMs }));
}

/** So many, each put a moment after the one before it. */
function carriersFrom(atMs: number, count: number): readonly Carrier[] {
  return Array.from({ length: count }, (_, i) => carrierPutAt(atMs + i));
}

const putAtMs = (carrier: Carrier): number => carrier.members.oldestAtMs;

it("a queue does as an array does, whatever comes, goes, comes back and grows old", () => {
  const command = fc.record({
    what: fc.constantFrom("append", "prepend", "take", "replaceOld"),
    many: fc.nat(4),
    atMs: fc.nat(50),
  });
  fc.assert(
    fc.property(fc.array(command, { maxLength: 120 }), (commands) => {
      const queue = new CarrierQueue();
      let model: Carrier[] = [];
      for (const { atMs, many, what } of commands) {
        if (what === "append" || what === "prepend") {
          const carrier = carrierPutAt(atMs);
          queue[what](carrier);
          model = what === "append" ? [...model, carrier] : [carrier, ...model];
        } else if (what === "take") {
          expect(queue.take(many)).toEqual(model.splice(0, many));
        } else {
          const isOld = (at: number): boolean => at <= atMs;
          // Of each its own, and of a large one several, which are to stay in their order.
          const pieces = model.length < 100 ? many : 0;
          const instead = new Map(model.map((each) => [each, carriersFrom(atMs + 1, pieces)]));
          const others = (old: Carrier): readonly Carrier[] => instead.get(old) ?? [];
          queue.replaceOld(isOld, others);
          model = model.flatMap((each) => (isOld(putAtMs(each)) ? others(each) : [each]));
        }
        expect(queue.length).toBe(model.length);
        expect(queue.first).toBe(model[0]);
        expect(model.map((_, i) => queue.at(i))).toEqual(model);
        expect(queue.at(model.length)).toBeUndefined();
        expect(queue.oldestAtMs).toBe(Math.min(Infinity, ...model.map(putAtMs)));
      }
    }),
  );
});

it("thousands that are taken and put back leave nothing behind", () => {
  const queue = new CarrierQueue();
  const carriers = Array.from({ length: 5000 }, (_, i) => carrierPutAt(i));
  for (const carrier of carriers) queue.append(carrier);
  const taken = queue.take(3000);
  for (const carrier of taken.toReversed()) queue.prepend(carrier);
  expect(queue.length).toBe(5000);
  expect(queue.take(6000)).toEqual(carriers);
  expect([queue.length, queue.first, queue.oldestAtMs]).toEqual([0, undefined, Infinity]);
});

it("carriers that are sorted in stand by age, but for those on trial, which nobody passes", () => {
  const queue = new CarrierQueue();
  for (const atMs of [1, 3, 5]) queue.append(carrierPutAt(atMs));
  queue.sortIn(carrierPutAt(4));
  queue.sortIn(carrierPutAt(0));
  expect(queue.take(5).map(putAtMs)).toEqual([0, 1, 3, 4, 5]);
  queue.append({ ...carrierPutAt(1), trial: Symbol("trial") });
  queue.sortIn(carrierPutAt(4));
  expect(queue.take(2).map(putAtMs)).toEqual([4, 1]);
});
