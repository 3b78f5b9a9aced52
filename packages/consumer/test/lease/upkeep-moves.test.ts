import { SHARD_END } from "@shardline/core";
import { describe, expect, test } from "vitest";
import { MemoryLeaseTable } from "../../src/lease/memory-lease-table.ts";
import { metadataMove, READ_TO_ITS_END, standsAsSeen } from "../../src/lease/upkeep-moves.ts";
import { renewMove } from "../../src/lease/lease-moves.ts";
import { ANY_SIGNAL } from "../support/held.ts";
import { leaseOf, nativeLease, shardIdOf } from "../support/leases.ts";

const lease = nativeLease(0, "me", { counter: 7 });
const { key } = lease;

async function tableOf(...leases: readonly (typeof lease)[]): Promise<MemoryLeaseTable> {
  const table = new MemoryLeaseTable();
  for (const one of leases) await table.create(one, ANY_SIGNAL);
  return table;
}

test("java-written-1x: what a lease lacks is filled in under its owner's hands, whose next renewal succeeds", async () => {
  const table = await tableOf(lease);
  const hashKeyRange = { start: 0n, end: 99n };
  const childShardIds = [shardIdOf(1), shardIdOf(2)];
  expect(
    await table.update(key, metadataMove({ hashKeyRange, childShardIds }), ANY_SIGNAL),
  ).toEqual({ kind: "updated", lease: { ...lease, hashKeyRange, childShardIds } });
  const renewal = renewMove(lease, "me", lease.checkpoint);
  expect(await table.update(key, renewal, ANY_SIGNAL)).toMatchObject({ kind: "updated" });
});

test("nothing is filled in where there is no lease, and none comes of it", async () => {
  const table = await tableOf();
  const update = await table.update(key, metadataMove({ childShardIds: ["a"] }), ANY_SIGNAL);
  expect([update, table.snapshot()]).toEqual([{ kind: "conflict" }, []]);
});

describe("a lease is deleted", () => {
  test("when its shard was read to its end, whatever its counter", async () => {
    const table = await tableOf({ ...lease, checkpoint: SHARD_END });
    expect(await table.delete(key, READ_TO_ITS_END, ANY_SIGNAL)).toBe(true);
  });

  test("never while its shard is read, if it was taken for ended", async () => {
    const table = await tableOf(lease);
    expect(await table.delete(key, READ_TO_ITS_END, ANY_SIGNAL)).toBe(false);
  });

  test("when nobody has written to it since it was seen", async () => {
    const table = await tableOf(lease);
    expect(await table.delete(key, standsAsSeen(lease), ANY_SIGNAL)).toBe(true);
  });

  test("never when it was renewed, taken or given up since", async () => {
    for (const now of [
      { ...lease, counter: 8 },
      nativeLease(0, "you", { counter: 7 }),
      leaseOf(0, { counter: 7 }),
    ]) {
      const table = await tableOf(now);
      expect(await table.delete(key, standsAsSeen(lease), ANY_SIGNAL)).toBe(false);
    }
  });
});
