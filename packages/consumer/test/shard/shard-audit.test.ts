import { SHARD_END, type Shard } from "@shardline/core";
import { describe, expect, test } from "vitest";
import { ANY_SIGNAL } from "../support/held.ts";
import { leaseOf, positionOf, shardIdOf } from "../support/leases.ts";
import { newSync } from "../support/syncing.ts";

const STREAM = { name: "s" };
const HALF = 2n ** 127n;
/** Longer than the longest pause between two looks. */
const LOOK_MS = 36_000;

type Sync = ReturnType<typeof newSync>;

async function split({ clock, emulator }: Sync, index: number, at: bigint): Promise<void> {
  const request = { stream: STREAM, shardId: shardIdOf(index), newStartingHashKey: at };
  await emulator.kinesis().splitShard(request, ANY_SIGNAL);
  await clock.advance(1000);
}

/** Deleted by hand. */
async function remove({ memory }: Sync, index: number): Promise<void> {
  expect(await memory.delete(shardIdOf(index), {}, ANY_SIGNAL)).toBe(true);
}

/** As if it were still open. */
function opened(shard: Shard): Shard {
  const { endingSequenceNumber: _, ...open } = shard;
  return open;
}

/** As of a service-managed stream. */
function unranged(shard: Shard): Shard {
  const { hashKeyRange: _, ...rest } = shard;
  return rest;
}

function shardsIn({ memory }: Sync): number[] {
  return memory.snapshot().map(({ shardId }) => Number(shardId.slice(-12)));
}

/** The shard begins where the emulator says, so that a checkpoint inside is no proof of another stream. */
function checkpointIn({ emulator }: Sync, index: number) {
  const shards = emulator.inspect("s")?.shards ?? [];
  const shard = shards.find(({ shardId }) => shardId === shardIdOf(index));
  return positionOf(shard?.startingSequenceNumber ?? "");
}

describe("54 hole-confidence", () => {
  test("a lease that was deleted by hand is created again after the second look that misses it", async () => {
    const sync = newSync({ shards: 3 });
    sync.begin();
    await sync.clock.advance(100);
    await remove(sync, 1);
    await sync.clock.advance(LOOK_MS);
    expect(shardsIn(sync)).toEqual([0, 2]);
    expect(sync.told.of("hashKeysUncovered")).toEqual([]);
    await sync.clock.advance(LOOK_MS);
    expect(shardsIn(sync)).toEqual([0, 2, 1]);
    const third = 2n ** 128n / 3n;
    expect(sync.told.of("hashKeysUncovered")).toEqual([
      { start: String(third), end: String(2n * third - 1n) },
    ]);
    expect(sync.told.of("leasesCreated").at(-1)).toEqual({ shardIds: [shardIdOf(1)] });
    expect(sync.created()).toBe(2);
    const listings = sync.listedAtMs.length;
    await sync.clock.advance(10 * LOOK_MS);
    expect(sync.listedAtMs).toHaveLength(listings);
  });

  test("a hole that one look alone sees is none", async () => {
    const hidden = new Set<number>();
    let look = 0;
    const sync = newSync({
      shards: 3,
      tableFaults: {
        list: async (next, signal) => {
          look += 1;
          const listing = await next(signal);
          const leases = listing.leases.filter(
            ({ shardId }) => shardId !== shardIdOf(1) || !hidden.has(look),
          );
          return { ...listing, leases };
        },
        create: (next, ...args) => {
          expect(look).toBe(1);
          return next(...args);
        },
      },
    });
    for (const one of [2, 4, 6]) hidden.add(one);
    sync.begin();
    await sync.clock.advance(8 * LOOK_MS);
    expect(look).toBeGreaterThan(7);
    expect(sync.told.of("hashKeysUncovered")).toEqual([]);
    expect(sync.told.of("leasesCreated")).toHaveLength(1);
  });

  test("two holes that take turns are none, either", async () => {
    let look = 0;
    const sync = newSync({
      shards: 3,
      tableFaults: {
        list: async (next, signal) => {
          look += 1;
          const listing = await next(signal);
          const hidden = shardIdOf(look % 2);
          const leases = look === 1 ? [] : listing.leases.filter((one) => one.shardId !== hidden);
          return { ...listing, leases };
        },
      },
    });
    sync.begin();
    await sync.clock.advance(8 * LOOK_MS);
    expect(sync.told.of("hashKeysUncovered")).toEqual([]);
  });

  test("the child of an ended parent is created again at TRIM_HORIZON, wherever the application began", async () => {
    const sync = newSync({ shards: 1, start: { type: "LATEST" } });
    await split(sync, 0, HALF);
    const parentShardIds = [shardIdOf(0)];
    await sync.memory.create(leaseOf(0, { checkpoint: SHARD_END }), ANY_SIGNAL);
    for (const index of [1, 2]) {
      const hashKeyRange = { start: BigInt(index - 1) * HALF, end: BigInt(index) * HALF - 1n };
      const child = leaseOf(index, { parentShardIds, hashKeyRange });
      await sync.memory.create(child, ANY_SIGNAL);
    }
    sync.begin();
    await sync.clock.advance(100);
    await remove(sync, 2);
    await sync.clock.advance(2 * LOOK_MS);
    expect(sync.memory.snapshot().at(-1)).toMatchObject({
      shardId: shardIdOf(2),
      checkpoint: positionOf("TRIM_HORIZON"),
      parentShardIds,
    });
  });

  test("only the leader looks for holes; the others trust it", async () => {
    const sync = newSync({ shards: 3, options: { worker: "b" } });
    sync.begin();
    await sync.clock.advance(100);
    // Of a and b the KCL's shuffle puts a first.
    for (const [index, owner] of ["a", "b"].entries()) {
      const move = { expect: {}, patch: { owner } };
      await sync.memory.update(shardIdOf(index), move, ANY_SIGNAL);
    }
    await remove(sync, 2);
    await sync.clock.advance(5 * LOOK_MS);
    expect(shardsIn(sync)).toEqual([0, 1]);
    await sync.memory.update(shardIdOf(0), { expect: {}, patch: { owner: "b" } }, ANY_SIGNAL);
    await sync.clock.advance(2 * LOOK_MS);
    expect(shardsIn(sync)).toEqual([0, 1, 2]);
  });

  test("a table that was emptied by hand is filled again at the next look", async () => {
    const sync = newSync({ shards: 2 });
    sync.begin();
    await sync.clock.advance(100);
    for (const index of [0, 1]) await remove(sync, index);
    await sync.clock.advance(LOOK_MS);
    expect(shardsIn(sync)).toEqual([0, 1]);
  });
});

test("an item that cannot be read keeps its place: nothing is created for what it stands for, nor around it, and no hash key counts as uncovered", async () => {
  const created: string[] = [];
  const sync = newSync({
    shards: 1,
    tableFaults: {
      list: async (next, signal) => {
        const listing = await next(signal);
        const leases = listing.leases.filter(({ shardId }) => shardId !== shardIdOf(1));
        return { ...listing, leases, unreadable: [{ key: shardIdOf(1), problem: "odd" }] };
      },
      create: (next, lease, signal) => {
        created.push(lease.shardId);
        return next(lease, signal);
      },
    },
  });
  await split(sync, 0, HALF);
  const hashKeyRange = { start: HALF, end: 2n ** 128n - 1n };
  await sync.memory.create(leaseOf(2, { hashKeyRange }), ANY_SIGNAL);
  sync.begin();
  await sync.clock.advance(5 * LOOK_MS);
  expect(created).toEqual([]);
  expect(sync.told.of("hashKeysUncovered")).toEqual([]);
});

test("06 java-written-1x: hash ranges that are missing are added, and the counter is left alone", async () => {
  const sync = newSync();
  for (const index of [0, 1]) {
    await sync.memory.create(leaseOf(index, { owner: "java", counter: 7 }), ANY_SIGNAL);
  }
  sync.begin();
  await sync.clock.advance(100);
  await sync.memory.update(shardIdOf(0), { expect: {}, patch: { owner: "me" } }, ANY_SIGNAL);
  await sync.memory.update(shardIdOf(1), { expect: {}, patch: { owner: "me" } }, ANY_SIGNAL);
  await sync.clock.advance(LOOK_MS);
  expect(sync.memory.snapshot()).toEqual([
    leaseOf(0, { owner: "me", counter: 7, hashKeyRange: { start: 0n, end: HALF - 1n } }),
    leaseOf(1, { owner: "me", counter: 7, hashKeyRange: { start: HALF, end: 2n ** 128n - 1n } }),
  ]);
  expect(sync.told.of("hashRangesAdded")).toEqual([{ shardIds: [0, 1].map(shardIdOf) }]);
  expect(sync.told.of("hashKeysUncovered")).toEqual([]);
});

test("a stream whose shards have no ranges is compared shard by shard", async () => {
  const sync = newSync({
    shards: 3,
    kinesisFaults: {
      listShards: async (next, ...args) => {
        const answer = await next(...args);
        return { ...answer, shards: answer.shards.map(unranged) };
      },
    },
  });
  sync.begin();
  await sync.clock.advance(LOOK_MS);
  await remove(sync, 1);
  await sync.clock.advance(3 * LOOK_MS);
  expect(shardsIn(sync)).toEqual([0, 2, 1]);
  expect(sync.told.of("hashKeysUncovered")).toEqual([]);
});

describe("clean-up", () => {
  async function family(sync: Sync): Promise<void> {
    await split(sync, 0, HALF);
    await split(sync, 1, HALF / 2n);
    const child = (index: number, parent: number, checkpoint = positionOf("TRIM_HORIZON")) =>
      sync.memory.create(
        leaseOf(index, { checkpoint, parentShardIds: [shardIdOf(parent)] }),
        ANY_SIGNAL,
      );
    await sync.memory.create(leaseOf(0, { checkpoint: SHARD_END }), ANY_SIGNAL);
    await child(1, 0, SHARD_END);
    for (const [index, parent] of [
      [2, 0],
      [3, 1],
      [4, 1],
    ] as const) {
      await child(index, parent, checkpointIn(sync, index));
    }
  }

  test("60 cleanup-order: a look deletes one generation after the other, until only those are left that are read", async () => {
    const sync = newSync({ shards: 1 });
    await family(sync);
    sync.begin();
    await sync.clock.advance(100);
    expect(shardsIn(sync)).toEqual([0, 1, 2, 3, 4]);
    await sync.clock.advance(LOOK_MS);
    expect(shardsIn(sync)).toEqual([2, 3, 4]);
    await sync.clock.advance(10 * LOOK_MS);
    expect(shardsIn(sync)).toEqual([2, 3, 4]);
    expect(sync.told.of("leasesDeleted")).toEqual(
      [[0], [1]].map((one) => ({ shardIds: one.map(shardIdOf) })),
    );
    expect(sync.told.of("leasesCreated")).toEqual([]);
  });

  test("S11: a lease that is not at its end any more when the deletion comes stays", async () => {
    const sync = newSync({
      shards: 1,
      tableFaults: {
        delete: async (next, key, expectation, signal) => {
          const patch = { checkpoint: positionOf("TRIM_HORIZON") };
          await sync.memory.update(key, { expect: {}, patch }, signal);
          return next(key, expectation, signal);
        },
      },
    });
    await family(sync);
    sync.begin();
    await sync.clock.advance(5 * LOOK_MS);
    expect(shardsIn(sync)).toEqual([0, 1, 2, 3, 4]);
    expect(sync.told.of("leasesDeleted")).toEqual([]);
  });

  test("is left undone where the options say so, and the shards are not asked for either", async () => {
    const sync = newSync({ shards: 1, options: { cleanup: false } });
    await family(sync);
    sync.begin();
    await sync.clock.advance(5 * LOOK_MS);
    expect(shardsIn(sync)).toEqual([0, 1, 2, 3, 4]);
    // When it started, and once for the ranges.
    expect(sync.listedAtMs).toHaveLength(2);
  });
});

describe("a worker that starts behind a reshard whose leases were cleaned up", () => {
  /** Shard 0 was split into 1 and 2, which were merged into 3, of which alone there is a lease. */
  async function cleanedUp(setup: Parameters<typeof newSync>[0] = {}): Promise<Sync> {
    const sync = newSync({ shards: 1, ...setup });
    await split(sync, 0, HALF);
    const merge = { stream: STREAM, shardId: shardIdOf(1), adjacentShardId: shardIdOf(2) };
    await sync.emulator.kinesis().mergeShards(merge, ANY_SIGNAL);
    await sync.clock.advance(1000);
    const lease = leaseOf(3, {
      parentShardIds: [1, 2].map(shardIdOf),
      checkpoint: checkpointIn(sync, 3),
      hashKeyRange: { start: 0n, end: 2n * HALF - 1n },
    });
    await sync.memory.create(lease, ANY_SIGNAL);
    return sync;
  }

  test("reads no shard again because its listing lags behind the leases", async () => {
    const sync = await cleanedUp();
    sync.emulator.faults.add({ effect: { kind: "staleShardMap", ms: 1500 }, times: 1 });
    sync.begin();
    await sync.clock.advance(10 * LOOK_MS);
    expect(sync.listedAtMs.length).toBeGreaterThan(1);
    expect(shardsIn(sync)).toEqual([3]);
  });

  test("reads no shard again because the leases that it sees lag behind", async () => {
    let looks = 0;
    const ended = { sequenceNumber: SHARD_END.sequenceNumber, subSequenceNumber: 0 };
    const before = leaseOf(1, { parentShardIds: [shardIdOf(0)], checkpoint: ended });
    const sync = await cleanedUp({
      tableFaults: {
        list: async (next, signal) => {
          looks += 1;
          const now = await next(signal);
          // Of one parent it is told that it has ended, the other is gone, and the child is not there yet.
          return looks === 1 ? { ...now, leases: [before] } : now;
        },
      },
    });
    sync.begin();
    await sync.clock.advance(10 * LOOK_MS);
    expect(looks).toBeGreaterThan(1);
    expect(shardsIn(sync)).toEqual([3]);
  });

  test("creates what a second look misses as well", async () => {
    const sync = await cleanedUp();
    await remove(sync, 3);
    const lease = leaseOf(1, { parentShardIds: [shardIdOf(0)], checkpoint: checkpointIn(sync, 1) });
    await sync.memory.create(lease, ANY_SIGNAL);
    sync.begin();
    await sync.clock.advance(10_000);
    expect(shardsIn(sync)).toEqual([1]);
    await sync.clock.advance(10_000);
    expect(shardsIn(sync)).toEqual([1, 0]);
  });
});

test("51 open-parent-open-child: nothing is created, and it is said why, until the listing makes sense", async () => {
  let isHalf = true;
  const sync = newSync({
    shards: 1,
    kinesisFaults: {
      listShards: async (next, ...args) => {
        const answer = await next(...args);
        if (!isHalf) return answer;
        const shards = answer.shards.map(opened);
        return { ...answer, shards };
      },
    },
  });
  await split(sync, 0, HALF);
  await sync.memory.create(leaseOf(900), ANY_SIGNAL);
  sync.begin();
  await sync.clock.advance(10_000);
  expect(shardsIn(sync)).toEqual([900]);
  const reason = `${shardIdOf(1)} and its parent are both open`;
  expect(sync.told.of("shardSyncFailed")).toEqual(Array.from({ length: 4 }, () => ({ reason })));
  isHalf = false;
  await sync.clock.advance(8000);
  expect(shardsIn(sync)).toEqual([900, 0]);
});

test("52 list-pagination: 3,500 shards get their leases, page by page, by name on the first page alone", async () => {
  const requests: object[] = [];
  const sync = newSync({
    shards: 3500,
    kinesisFaults: {
      listShards: (next, request, signal) => {
        requests.push(request);
        return next(request, signal);
      },
    },
  });
  sync.begin();
  await sync.clock.advance(0);
  expect(sync.memory.snapshot()).toHaveLength(3500);
  expect(requests.map((request) => "nextToken" in request)).toEqual([false, true, true, true]);
  for (const request of requests.slice(1)) {
    expect(Object.keys(request)).toEqual(["stream", "nextToken"]);
  }
});
