// What the contract of all lease tables does not speak of: what only the one in memory has.
import { SHARD_END } from "@shardline/core";
import { expect, test } from "vitest";
import { MemoryLeaseTable } from "../../src/lease/memory-lease-table.ts";
import { READ_TO_ITS_END } from "../../src/lease/upkeep-moves.ts";
import { ANY_SIGNAL } from "../support/held.ts";
import { nativeLease } from "../support/leases.ts";

test("each snapshot shows every change until then, and none that comes later", async () => {
  const table = new MemoryLeaseTable();
  const [one, two] = [nativeLease(0, "me", { counter: 7 }), nativeLease(1, "me")];
  const before = table.snapshot();
  await table.create(one, ANY_SIGNAL);
  const created = table.snapshot();
  const ended = { ...one, checkpoint: SHARD_END };
  await table.update(one.key, { expect: {}, patch: { checkpoint: SHARD_END } }, ANY_SIGNAL);
  const updated = table.snapshot();
  await table.create(two, ANY_SIGNAL);
  await table.delete(one.key, READ_TO_ITS_END, ANY_SIGNAL);
  expect([before, created, updated, table.snapshot()]).toEqual([[], [one], [ended], [two]]);
});

test("whoever gets the leases cannot change them for others", async () => {
  const table = new MemoryLeaseTable();
  await table.create(nativeLease(0, "me"), ANY_SIGNAL);
  const { leases } = await table.list(ANY_SIGNAL);
  expect(() => (leases as unknown[]).pop()).toThrow(TypeError);
  expect(table.snapshot()).toHaveLength(1);
});
