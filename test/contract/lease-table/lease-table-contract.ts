// What every lease table keeps, as tests over any: whoever writes a consumer against one may run it against the others.
import type { Lease, LeaseMove, LeaseUpdate } from "@shardline/consumer";
import type { HashKeyRange } from "@shardline/core";
import { describe, expect, test } from "vitest";
import { READ_TO_ITS_END } from "../../../packages/consumer/src/lease/upkeep-moves.ts";
import { ANY_SIGNAL, leaseWithKey, type OpenTable } from "./tables.ts";

const signal = ANY_SIGNAL;
const consistent = { consistent: true };

/** Every field that a lease can have. */
const FULL: Lease = leaseWithKey("123456789012:orders:5:shardId-000000000003", {
  shardId: "shardId-000000000003",
  streamName: "123456789012:orders:5",
  counter: 7,
  owner: "worker-a",
  checkpointOwner: "worker-b",
  ownerSwitches: 2,
  checkpoint: {
    sequenceNumber: "49590338271490256608559692538361571095921575989136588898",
    subSequenceNumber: 4,
  },
  pendingCheckpoint: {
    position: {
      sequenceNumber: "49590338271490256608559692538361571095921575989136588899",
      subSequenceNumber: 2,
    },
    state: Uint8Array.of(0, 255),
  },
  parentShardIds: ["shardId-000000000001"],
  childShardIds: ["shardId-000000000004", "shardId-000000000005"],
  hashKeyRange: { start: 0n, end: (1n << 128n) - 1n },
  initialTimestampMs: 1_795_000_000_123,
  latestSinceMs: 1_795_000_000_456,
  streamEpoch: 1_795_000_000,
  nativeOwner: "worker-a",
  epoch: 9,
  wantedBy: "worker-c",
  releaseNotice: "worker-d 1795000000789",
});

/** Declares the tests of a lease table; each opens one of its own. */
export function describeLeaseTable(name: string, open: () => Promise<OpenTable>): void {
  describe(`a ${name}`, () => {
    test("is ready more than once", async () => {
      await using opened = await open();
      await opened.table.ensureTable(signal);
      expect((await opened.table.list(signal)).leases).toEqual([]);
    });

    test("gives a lease back as it was created, with every field it can have", async () => {
      await using opened = await open();
      expect(await opened.table.create(FULL, signal)).toBe(true);
      expect(await opened.table.get(FULL.key, consistent, signal)).toEqual({
        kind: "lease",
        lease: FULL,
      });
      expect((await opened.table.list(signal)).leases).toEqual([FULL]);
    });

    test("gives a lease back that has nothing that may be absent", async () => {
      await using opened = await open();
      const bare = leaseWithKey("shardId-000000000000");
      await opened.table.create(bare, signal);
      expect(await opened.table.get(bare.key, consistent, signal)).toEqual({
        kind: "lease",
        lease: bare,
      });
    });

    test("does not know what was not created", async () => {
      await using opened = await open();
      expect(await opened.table.get("nothing", consistent, signal)).toEqual({ kind: "absent" });
      const move: LeaseMove = { expect: {}, patch: { counter: 1 } };
      expect(await opened.table.update("nothing", move, signal)).toEqual({ kind: "conflict" });
      expect(await opened.table.delete("nothing", {}, signal)).toBe(false);
      expect((await opened.table.list(signal)).leases).toEqual([]);
    });

    test("creates a key once", async () => {
      await using opened = await open();
      expect(await opened.table.create(FULL, signal)).toBe(true);
      expect(await opened.table.create(leaseWithKey(FULL.key), signal)).toBe(false);
      expect(await opened.table.get(FULL.key, consistent, signal)).toEqual({
        kind: "lease",
        lease: FULL,
      });
    });

    test.each<[string, LeaseMove["expect"]]>([
      ["nothing but that it exists", {}],
      ["the counter", { counter: 7 }],
      ["the owner", { owner: "worker-a" }],
      ["the checkpoint's owner", { checkpointOwner: "worker-b" }],
      ["the checkpoint", { checkpoint: FULL.checkpoint }],
      ["the wish", { wantedBy: "worker-c" }],
      ["the stream", { streamEpoch: 1_795_000_000 }],
      [
        "all of it",
        {
          counter: 7,
          owner: "worker-a",
          checkpointOwner: "worker-b",
          checkpoint: FULL.checkpoint,
          wantedBy: "worker-c",
          streamEpoch: 1_795_000_000,
        },
      ],
    ])("updates and deletes when %s is as expected", async (_what, expectation) => {
      await using opened = await open();
      await opened.table.create(FULL, signal);
      const update = await opened.table.update(
        FULL.key,
        { expect: expectation, patch: { epoch: 10 } },
        signal,
      );
      expect(update).toEqual({ kind: "updated", lease: { ...FULL, epoch: 10 } });
      expect(await opened.table.delete(FULL.key, expectation, signal)).toBe(true);
      expect((await opened.table.list(signal)).leases).toEqual([]);
    });

    test.each<[string, LeaseMove["expect"]]>([
      ["counter", { counter: 8 }],
      ["owner", { owner: "worker-b" }],
      ["owner, of whom there should be none,", { owner: null }],
      ["checkpoint's owner", { checkpointOwner: "worker-a" }],
      ["checkpoint's owner, of whom there should be none,", { checkpointOwner: null }],
      ["sequence number", { checkpoint: { sequenceNumber: "1", subSequenceNumber: 4 } }],
      ["subsequence number", { checkpoint: { ...FULL.checkpoint, subSequenceNumber: 5 } }],
      ["wish", { wantedBy: "worker-d" }],
      ["stream", { streamEpoch: 1_795_000_001 }],
      ["stream, of which nothing should be known,", { streamEpoch: null }],
      ["counter, though the owner is right,", { counter: 6, owner: "worker-a" }],
    ])(
      "changes nothing when the %s is another, and tells what stands there",
      async (_what, wrong) => {
        await using opened = await open();
        await opened.table.create(FULL, signal);
        const move = { expect: wrong, patch: { epoch: 10, owner: null } };
        const conflict = { kind: "conflict", current: FULL };
        expect(await opened.table.update(FULL.key, move, signal)).toEqual(conflict);
        expect(await opened.table.delete(FULL.key, wrong, signal)).toBe(false);
        expect(await opened.table.get(FULL.key, consistent, signal)).toEqual({
          kind: "lease",
          lease: FULL,
        });
      },
    );

    test("expects the absence of an owner", async () => {
      await using opened = await open();
      const free = leaseWithKey("shardId-000000000000");
      await opened.table.create(free, signal);
      const move = { expect: { owner: null, checkpointOwner: null }, patch: { owner: "worker-a" } };
      const update = await opened.table.update(free.key, move, signal);
      expect(update).toEqual({ kind: "updated", lease: { ...free, owner: "worker-a" } });
      expect(await opened.table.update(free.key, move, signal)).toMatchObject({ kind: "conflict" });
    });

    test("takes a shard's end for what it is, whatever index stands beside it", async () => {
      await using opened = await open();
      const checkpoint = { sequenceNumber: "SHARD_END", subSequenceNumber: 3 };
      await opened.table.create({ ...FULL, checkpoint }, signal);
      expect(await opened.table.delete(FULL.key, READ_TO_ITS_END, signal)).toBe(true);
    });

    test("sets and removes in one write, and leaves the rest alone", async () => {
      await using opened = await open();
      await opened.table.create(FULL, signal);
      const { owner: _, checkpointOwner: __, nativeOwner: ___, wantedBy: ____, ...others } = FULL;
      const { pendingCheckpoint: _____, latestSinceMs: ______, ...rest } = others;
      const checkpoint = { sequenceNumber: "SHARD_END", subSequenceNumber: 0 };
      const update = await opened.table.update(
        FULL.key,
        {
          expect: { counter: 7 },
          patch: {
            checkpoint,
            counter: 8,
            owner: null,
            checkpointOwner: null,
            nativeOwner: null,
            wantedBy: null,
            wantedAtMs: null,
            latestSinceMs: null,
            ownerSwitches: 0,
            childShardIds: ["shardId-000000000006"],
          },
        },
        signal,
      );
      const lease = {
        ...rest,
        checkpoint,
        counter: 8,
        ownerSwitches: 0,
        childShardIds: ["shardId-000000000006"],
      };
      expect(update).toEqual({ kind: "updated", lease });
      expect(await opened.table.get(FULL.key, consistent, signal)).toEqual({
        kind: "lease",
        lease,
      });
    });

    test("keeps what is prepared until the next checkpoint, or until something else is prepared", async () => {
      await using opened = await open();
      await opened.table.create(FULL, signal);
      const write = async (patch: LeaseMove["patch"]): Promise<unknown> => {
        const update = await opened.table.update(FULL.key, { expect: {}, patch }, signal);
        return update.kind === "updated" && update.lease.pendingCheckpoint;
      };
      expect(await write({ counter: 8 })).toEqual(FULL.pendingCheckpoint);
      const bare = { position: { sequenceNumber: "SHARD_END", subSequenceNumber: 0 } };
      expect(await write({ pendingCheckpoint: bare })).toEqual(bare);
      const full = { ...bare, state: Uint8Array.of(1) };
      expect(await write({ pendingCheckpoint: full })).toEqual(full);
      expect(await write({ checkpoint: FULL.checkpoint })).toBeUndefined();
      expect(await write({ checkpoint: FULL.checkpoint, pendingCheckpoint: full })).toEqual(full);
    });

    test("keeps the bytes of an application, whatever becomes of the array that they came in", async () => {
      await using opened = await open();
      const state = Uint8Array.of(1, 2, 3);
      const pendingCheckpoint = { position: FULL.checkpoint, state };
      await opened.table.create(FULL, signal);
      await opened.table.update(FULL.key, { expect: {}, patch: { pendingCheckpoint } }, signal);
      state.fill(0);
      const found = await opened.table.get(FULL.key, consistent, signal);
      expect(found).toMatchObject({
        lease: { pendingCheckpoint: { state: Uint8Array.of(1, 2, 3) } },
      });
    });

    test("adds a hash range, but none of a single key, which the KCL could not read", async () => {
      await using opened = await open();
      const { hashKeyRange: _, ...bare } = FULL;
      await opened.table.create(bare, signal);
      const write = (hashKeyRange: HashKeyRange): Promise<LeaseUpdate> =>
        opened.table.update(FULL.key, { expect: {}, patch: { hashKeyRange } }, signal);
      expect(await write({ start: 5n, end: 5n })).toEqual({ kind: "updated", lease: bare });
      const hashKeyRange = { start: 5n, end: 6n };
      const updated = { kind: "updated", lease: { ...bare, hashKeyRange } };
      expect(await write(hashKeyRange)).toEqual(updated);
      expect(await write({ start: 5n, end: 5n })).toEqual(updated);
    });

    test("takes an empty list of children for none", async () => {
      await using opened = await open();
      await opened.table.create(FULL, signal);
      const move: LeaseMove = { expect: {}, patch: { childShardIds: [] } };
      const update = await opened.table.update(FULL.key, move, signal);
      expect(update).toEqual({ kind: "updated", lease: { ...FULL, childShardIds: [] } });
    });

    test("of many who write from the same state, one succeeds", async () => {
      await using opened = await open();
      await opened.table.create(FULL, signal);
      const updates = await Promise.all(
        Array.from({ length: 20 }, (_, i) =>
          opened.table.update(
            FULL.key,
            { expect: { counter: 7 }, patch: { counter: 8, owner: `worker-${i}` } },
            signal,
          ),
        ),
      );
      expect(updates.filter(({ kind }) => kind === "updated")).toHaveLength(1);
    });

    test("lists more leases than a page holds", async () => {
      await using opened = await open();
      // A parent list of this size makes items of 20 KB, and a page ends at 1 MB.
      const parentShardIds = Array.from({ length: 1000 }, (_, i) => `shardId-${1e11 + i}`);
      const leases = Array.from({ length: 80 }, (_, i) =>
        leaseWithKey(`key-${100 + i}`, { parentShardIds }),
      );
      await Promise.all(leases.map((lease) => opened.table.create(lease, signal)));
      const listed = (await opened.table.list(signal)).leases.map(({ key }) => key);
      expect(listed.sort()).toEqual(leases.map(({ key }) => key));
    });

    test("rejects with the signal's reason once that has aborted", async () => {
      await using opened = await open();
      const { table } = opened;
      await table.create(FULL, signal);
      const reason = new Error("enough");
      const over = AbortSignal.abort(reason);
      const move: LeaseMove = { expect: {}, patch: { counter: 8 } };
      await expect(table.ensureTable(over)).rejects.toBe(reason);
      await expect(table.get(FULL.key, consistent, over)).rejects.toBe(reason);
      await expect(table.list(over)).rejects.toBe(reason);
      await expect(table.create(leaseWithKey("other"), over)).rejects.toBe(reason);
      await expect(table.update(FULL.key, move, over)).rejects.toBe(reason);
      await expect(table.delete(FULL.key, {}, over)).rejects.toBe(reason);
      expect((await table.list(signal)).leases).toEqual([FULL]);
    });
  });
}
