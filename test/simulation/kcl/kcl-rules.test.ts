import { type Lease, MemoryLeaseTable } from "@shardline/consumer";
import { MAX_HASH_KEY, SHARD_END, sentinelPosition } from "@shardline/core";
import { SeededRandom, VirtualClock } from "@shardline/core/testing";
import fc from "fast-check";
import { expect, test } from "vitest";
import { leads } from "../../../packages/consumer/src/lease/leader-plan.ts";
import { firstHole } from "./hash-range-hole.ts";
import { javaShuffled } from "./java-shuffle.ts";
import { KclTable } from "./kcl-table.ts";
import { leaderOf } from "./leader-decider.ts";
import { LeaseRenewer } from "./lease-renewer.ts";
import { LeaseTaker } from "./lease-taker.ts";

const FAILOVER_MS = 10_000;
const SIGNAL = new AbortController().signal;

function leaseOf(key: string, fields: Partial<Lease> = {}): Lease {
  return {
    key,
    shardId: key,
    counter: 7,
    ownerSwitches: 0,
    checkpoint: sentinelPosition("TRIM_HORIZON"),
    parentShardIds: [],
    childShardIds: [],
    epoch: 3,
    ...fields,
  };
}

async function stageOf(...leases: readonly Lease[]) {
  const clock = new VirtualClock();
  const memory = new MemoryLeaseTable();
  for (const lease of leases) await memory.create(lease, SIGNAL);
  const table = new KclTable(memory, SIGNAL);
  const options = { worker: "java", table, clock, failoverMs: FAILOVER_MS };
  const taker = new LeaseTaker({ ...options, random: new SeededRandom(1) });
  const take = async () => (await taker.takeLeases()).map(({ lease }) => lease.key).sort();
  return { clock, memory, take, taker, renewer: new LeaseRenewer(options), table };
}

test.each([
  [1, "a"],
  [2, "ab"],
  [3, "cab"],
  [4, "dabc"],
  [5, "eacbd"],
  [8, "cdagehbf"],
  [10, "ifbgjecahd"],
])("%i owners are shuffled as in Java", (count, expected) => {
  expect(javaShuffled("abcdefghij".slice(0, count).split(""), 1947n).join("")).toBe(expected);
});

test("our workers and those of the KCL agree on who leads", () => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.string({ minLength: 1 }), { minLength: 1 }), (owners) => {
      const leases = owners.map((owner, i) => leaseOf(String(i), { owner }));
      expect(owners.filter((owner) => leads(owner, leases))).toEqual([leaderOf(owners)]);
    }),
  );
});

test.each<[string, readonly (readonly [bigint, bigint])[], boolean]>([
  [
    "complete, with an overlap",
    [
      [4n, 23n],
      [2n, 3n],
      [0n, 1n],
      [24n, MAX_HASH_KEY],
      [6n, 23n],
    ],
    false,
  ],
  [
    "complete, with an overlap at the end",
    [
      [0n, 23n],
      [24n, MAX_HASH_KEY],
      [24n, 45n],
    ],
    false,
  ],
  [
    "a hole after an overlap",
    [
      [0n, 1n],
      [2n, 3n],
      [4n, 23n],
      [6n, 23n],
      [25n, MAX_HASH_KEY],
    ],
    true,
  ],
  ["no beginning", [[1n, MAX_HASH_KEY]], true],
  ["no end", [[0n, 4n]], true],
  ["nothing", [], true],
])("the KCL's look at hash keys: %s", (_, ranges, hasHole) => {
  const leases = ranges.map(([start, end], i) =>
    leaseOf(String(i), { hashKeyRange: { start, end } }),
  );
  expect(firstHole(leases) !== undefined).toBe(hasHole);
});

test("a take moves counter, owner and owner switches, and leaves all that the KCL does not know", async () => {
  const ours = { owner: "ours", nativeOwner: "ours", wantedBy: "other", latestSinceMs: 5 };
  const stolen = leaseOf("1", { ...ours, checkpointOwner: "old", streamEpoch: 9 });
  const { clock, memory, take } = await stageOf(stolen);
  expect(await take()).toEqual([]);
  await clock.advance(FAILOVER_MS + 1);
  expect(await take()).toEqual(["1"]);
  expect(memory.snapshot()).toEqual([{ ...stolen, owner: "java", counter: 8, ownerSwitches: 1 }]);
});

test("a checkpoint sets owner switches back and takes a prepared one away", async () => {
  const pendingCheckpoint = { position: sentinelPosition("TRIM_HORIZON") };
  const mine = leaseOf("1", { owner: "java", ownerSwitches: 4, pendingCheckpoint });
  const { memory, renewer } = await stageOf(mine);
  await renewer.initialize();
  const token = renewer.heldLease("1")?.token ?? 0;
  const checkpoint = { sequenceNumber: "12", subSequenceNumber: 3 };
  expect(await renewer.checkpoint("1", token, checkpoint)).toBe(true);
  const { pendingCheckpoint: _, ...rest } = mine;
  expect(memory.snapshot()).toEqual([{ ...rest, counter: 9, ownerSwitches: 0, checkpoint }]);
});

test("a lease is new when it is first seen, runs out while its counter rests, and is forgotten when it is gone", async () => {
  const { clock, memory, take } = await stageOf(
    leaseOf("1", { owner: "a" }),
    leaseOf("2", { owner: "b" }),
  );
  expect(await take()).toEqual([]);
  await clock.advance(FAILOVER_MS - 1);
  await memory.update("2", { expect: {}, patch: { counter: 8 } }, SIGNAL);
  expect(await take()).toEqual([]);
  await clock.advance(2);
  expect(await take()).toEqual(["1"]);
  await memory.delete("2", {}, SIGNAL);
  expect(await take()).toEqual([]);
  await memory.create(leaseOf("2", { owner: "b" }), SIGNAL);
  await clock.advance(5 * FAILOVER_MS);
  await memory.update("1", { expect: {}, patch: { counter: 20 } }, SIGNAL);
  expect(await take()).toEqual([]);
});

test("a lease that has run out by the worker's own clock is not renewed, and not written to", async () => {
  const { clock, memory, renewer, taker } = await stageOf(leaseOf("1"), leaseOf("2"));
  renewer.add(await taker.takeLeases());
  await renewer.renewAll();
  expect(memory.snapshot().map(({ counter }) => counter)).toEqual([9, 9]);
  const token = renewer.heldLease("1")?.token ?? 0;
  await clock.advance(FAILOVER_MS + 1);
  expect(renewer.held()).toEqual([]);
  expect(await renewer.checkpoint("1", token, SHARD_END)).toBe(false);
  await renewer.renewAll();
  expect(memory.snapshot().map(({ counter }) => counter)).toEqual([9, 9]);
});

test("whoever was stolen from learns it with its next write, and writes nothing", async () => {
  const { memory, renewer, taker } = await stageOf(leaseOf("1"), leaseOf("2"));
  renewer.add(await taker.takeLeases());
  const token = renewer.heldLease("1")?.token ?? 0;
  for (const key of ["1", "2"]) {
    const patch = { owner: "other", counter: 9 };
    await memory.update(key, { expect: { counter: 8 }, patch }, SIGNAL);
  }
  const stolen = memory.snapshot();
  expect(await renewer.checkpoint("1", token, SHARD_END)).toBe(false);
  expect(renewer.held().map(({ lease }) => lease.key)).toEqual(["2"]);
  await renewer.renewAll();
  expect(renewer.held()).toEqual([]);
  expect(memory.snapshot()).toEqual(stolen);
});

test("a renewal whose answer was lost is recognized, a checkpoint's is not", async () => {
  const { memory, renewer, taker } = await stageOf(leaseOf("1"));
  renewer.add(await taker.takeLeases());
  const token = renewer.heldLease("1")?.token ?? 0;
  const loseOne = () =>
    memory.update("1", { expect: { counter: 8 }, patch: { counter: 9 } }, SIGNAL);
  await loseOne();
  await renewer.renewAll();
  expect(renewer.heldLease("1")?.lease.counter).toBe(9);
  await memory.update("1", { expect: { counter: 9 }, patch: { counter: 10 } }, SIGNAL);
  expect(await renewer.checkpoint("1", token, SHARD_END)).toBe(false);
  expect(renewer.held()).toEqual([]);
});
