// What a worker takes that does not read every stream, beside others that do.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Lease } from "../../src/lease/lease.ts";
import { planLeases } from "../../src/lease/lease-plan.ts";
import { leaseOf, nativeLease } from "../support/leases.ts";
import { FAILOVER_MS, keysOf, range, viewOf } from "../support/lease-views.ts";

const isOf = (owner: string) => (lease: Lease) => lease.owner === owner;
const silentForMs = (lease: Lease): number => (isOf("dead")(lease) ? FAILOVER_MS + 1 : 0);

describe("a worker that cannot read one of the streams", () => {
  // Of four leases two would be its share.
  const leases = [
    ...[0, 1].map((i) => nativeLease(i, "dead")),
    nativeLease(2, "me"),
    nativeLease(3, "a"),
  ];

  test("takes what a dead one has left of the others, as whoever reads all has enough already", () => {
    const ofOthers = range(4).map((i) => nativeLease(4 + i, "a"));
    const elsewhere = [...ofOthers, nativeLease(8, "dead"), nativeLease(9, "dead")];
    const view = viewOf(leases, { elsewhere, silentForMs });
    expect(keysOf(planLeases(view).take)).toEqual(keysOf(leases.filter(isOf("dead"))));
    const ofA = { worker: "a", held: keysOf([...leases, ...ofOthers].filter(isOf("a"))) };
    const all = viewOf([...leases, ...elsewhere], { ...ofA, silentForMs });
    expect(planLeases(all).take).toEqual([]);
    expect(planLeases({ ...view, maxPerWorker: 2 }).take).toHaveLength(1);
  });

  test("reckons with no lease that nobody reads", () => {
    const elsewhere = [...range(6).map((i) => leaseOf(4 + i)), nativeLease(10, "dead")];
    expect(planLeases(viewOf(leases, { elsewhere, silentForMs })).take).toHaveLength(1);
  });

  test("reckons with none that is its own of another life", () => {
    const ofOthers = range(4).map((i) => nativeLease(4 + i, "a"));
    const elsewhere = [...ofOthers, ...range(6).map((i) => nativeLease(8 + i, "me"))];
    const view = viewOf(leases, {
      elsewhere,
      held: keysOf(leases.filter(isOf("me"))),
      silentForMs,
    });
    expect(planLeases(view).take).toHaveLength(2);
  });

  test("takes its share of what it reads, whatever it still holds of another", () => {
    const elsewhere = range(6).map((i) => nativeLease(4 + i, "me"));
    const held = keysOf([...leases, ...elsewhere].filter(isOf("me")));
    expect(planLeases(viewOf(leases, { elsewhere, held, silentForMs })).take).toHaveLength(1);
  });

  test("takes those that it is assigned, and no others", () => {
    const elsewhere = range(4).map((i) => nativeLease(4 + i, "a"));
    const assignment = { shardIds: leases.slice(0, 1).map(({ shardId }) => shardId) };
    const { take } = planLeases(viewOf(leases, { assignment, elsewhere, silentForMs }));
    expect(take).toEqual(leases.slice(0, 1));
  });
});

test("of a stream that all read no lease is left by all, whatever others each of them reads", () => {
  const workers = fc.integer({ min: 1, max: 5 });
  const lease = fc.record({
    stream: fc.integer({ min: 0, max: 2 }),
    owner: fc.option(fc.nat({ max: 4 })),
  });
  const readsAlso = fc.array(fc.subarray([1, 2]), { minLength: 5, maxLength: 5 });
  fc.assert(
    fc.property(workers, fc.array(lease, { maxLength: 20 }), readsAlso, (count, sketches, also) => {
      const table = sketches.map(({ owner, stream }, i) => {
        const made = owner === null ? leaseOf(i) : nativeLease(i, `w${owner % count}`);
        return { stream, made };
      });
      const takes = range(count).flatMap((i) => {
        const reads = (stream: number): boolean =>
          stream === 0 || also[i]?.includes(stream) === true;
        const worker = `w${i}`;
        const part = (isRead: boolean): Lease[] =>
          table.flatMap(({ made, stream }) => (reads(stream) === isRead ? made : []));
        const held = keysOf(table.map(({ made }) => made).filter(isOf(worker)));
        return planLeases(viewOf(part(true), { worker, held, elsewhere: part(false) })).take;
      });
      const isLeft = table.some(({ made, stream }) => stream === 0 && made.owner === undefined);
      expect(takes.length > 0 || !isLeft).toBe(true);
    }),
  );
});
