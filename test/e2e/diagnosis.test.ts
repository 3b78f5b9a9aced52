// Every diagnosis, planted in a real lease table and found from outside.
import {
  diagnose,
  type Finding,
  type FindingKind,
  type Snapshot,
  takeSnapshot,
} from "@shardline/consumer/operate";
import { type Clock, SHARD_END, systemClock, systemRandom } from "@shardline/core";
import { expect, test } from "vitest";
import { positionOf, shardIdOf } from "../../packages/consumer/test/support/leases.ts";
import { ANY_SIGNAL, type Operated, operate, STREAM } from "../support/operated.ts";

const FAILOVER_MS = 10_000;
const [FIRST, SECOND, THIRD] = [0, 1, 2].map(shardIdOf);

/** What is found while something happens between the two looks. */
async function findings(
  operated: Operated,
  between: () => Promise<unknown> = async () => undefined,
): Promise<readonly Finding[]> {
  return diagnose(await snapshot(operated, between));
}

async function snapshot(
  { kinesis, table }: Operated,
  between: () => Promise<unknown> = async () => undefined,
): Promise<Snapshot> {
  // The failover time between the looks passes at once; pauses between tries are real.
  const clock: Clock = {
    wallTimeMs: () => systemClock.wallTimeMs(),
    nowMs: () => systemClock.nowMs(),
    startTimer: (delayMs, onFire) => {
      if (delayMs !== FAILOVER_MS) return systemClock.startTimer(delayMs, onFire);
      void between().then(onFire);
      return { [Symbol.dispose]: () => undefined };
    },
  };
  const options = { clock, kinesis, table, random: systemRandom, failoverMs: FAILOVER_MS };
  return takeSnapshot({ ...options, stream: STREAM }, ANY_SIGNAL);
}

function kinds(found: readonly Finding[]): readonly FindingKind[] {
  return found.map(({ kind }) => kind);
}

test("a fleet at work has nothing wrong, nor has one that has stopped", async () => {
  await using operated = await operate();
  await operated.plant([0, { owner: "a" }], [1, { owner: "b" }]);
  const beats = () => Promise.all([operated.beat(0, 1), operated.beat(1, 1)]);
  expect(await findings(operated, beats)).toEqual([]);
  await operated.table.update(FIRST as string, { expect: {}, patch: { owner: null } }, ANY_SIGNAL);
  await operated.table.update(SECOND as string, { expect: {}, patch: { owner: null } }, ANY_SIGNAL);
  const stopped = await snapshot(operated);
  expect(stopped.observedMs).toBe(0);
  expect(diagnose(stopped)).toEqual([]);
});

test("a stale owner: none of its leases moves for a failover time", async () => {
  await using operated = await operate();
  await operated.plant([0, { owner: "a" }], [1, { owner: "b" }]);
  const found = await findings(operated, () => operated.beat(1, 1));
  expect(found).toMatchObject([
    {
      kind: "stale-owner",
      severity: "wrong",
      subjects: ["a", FIRST],
      what: "a has 1 lease and has renewed none of them for 10 s",
    },
  ]);
});

test("a stale owner is none any more when another worker has taken over", async () => {
  await using operated = await operate();
  await operated.plant([0, { owner: "a" }], [1, { owner: "b" }]);
  const take = { expect: { counter: 0 }, patch: { counter: 1, owner: "b" } };
  const found = await findings(operated, async () => {
    await operated.beat(1, 1);
    await operated.table.update(FIRST as string, take, ANY_SIGNAL);
  });
  expect(found).toEqual([]);
});

test("a throttled lease table: listings are refused", async () => {
  await using operated = await operate();
  await operated.plant([0], [1]);
  operated.emulator.faults.add({
    effect: { kind: "throttle" },
    match: { service: "dynamodb", operations: "Scan" },
    times: 2,
  });
  const found = await findings(operated);
  expect(found).toMatchObject([
    {
      kind: "lease-table-throttled",
      severity: "wrong",
      what: "2 listings of the lease table were refused",
    },
  ]);
});

test("a throttled lease table: an owner does not get round to all of its leases", async () => {
  await using operated = await operate();
  await operated.plant([0, { owner: "a" }], [1, { owner: "a" }]);
  const found = await findings(operated, () => operated.beat(1, 1));
  expect(found).toMatchObject([
    {
      kind: "lease-table-throttled",
      subjects: [FIRST],
      what: "a has renewed 1 of its 2 leases in 10 s",
    },
  ]);
});

test("a hole in the hash range: a shard has no lease, in both looks", async () => {
  await using operated = await operate();
  await operated.plant([0]);
  const found = await findings(operated);
  expect(found).toMatchObject([{ kind: "hash-range-hole", severity: "wrong", subjects: [SECOND] }]);
  expect(found[0]?.what).toMatch(
    /^no lease covers the hash keys \d+ to 340282366920938463463374607431768211455, which are/,
  );
});

test("a hole that a reshard leaves for a moment is none", async () => {
  await using operated = await operate();
  await operated.plant([0, { owner: "a" }]);
  const found = await findings(operated, async () => {
    await operated.beat(0, 1);
    await operated.plant([1]);
  });
  expect(found).toEqual([]);
});

test("leases of the KCL 1.x, which wrote no ranges, make no hole: the shards tell them", async () => {
  await using operated = await operate();
  for (const leaseKey of [FIRST as string, SECOND as string]) {
    await operated.plantItem({
      leaseKey: { S: leaseKey },
      leaseCounter: { N: "0" },
      ownerSwitchesSinceCheckpoint: { N: "0" },
      checkpoint: { S: "TRIM_HORIZON" },
    });
  }
  expect(await findings(operated)).toEqual([]);
});

test("a halted shard, with the record and its owner; not one that has gone on since", async () => {
  await using operated = await operate();
  const [haltedAt, passed] = [positionOf(7, 2), positionOf("9".repeat(56))];
  await operated.plant([0, { owner: "a", haltedAt }], [1, { haltedAt, checkpoint: passed }]);
  expect(await findings(operated, () => operated.beat(0, 1))).toMatchObject([
    {
      kind: "shard-halted",
      severity: "wrong",
      subjects: [FIRST],
      what: `${FIRST} is halted at record 7/2; its owner is a`,
    },
  ]);
});

test("an unreadable item, with what is wrong with it, and the hole that it makes", async () => {
  await using operated = await operate();
  await operated.plant([0]);
  await operated.plantItem({ leaseKey: { S: SECOND as string }, leaseCounter: { S: "many" } });
  const found = await findings(operated);
  expect(kinds(found)).toEqual(["unreadable-item", "hash-range-hole"]);
  expect(found[0]).toMatchObject({
    severity: "wrong",
    subjects: [SECOND],
    what: `the item ${SECOND} cannot be read as a lease: leaseCounter is not a whole number`,
  });
});

const MIGRATION = {
  leaseKey: { S: "Migration3.0" },
  entityType: { S: "CLIENT_VERSION_MIGRATION" },
  cv: { S: "CLIENT_VERSION_3X" },
};

function leader(version: string): Parameters<Operated["plantItem"]>[0] {
  return {
    leaseKey: { S: "Leader" },
    entityType: { S: "LEADER" },
    ownerName: { S: "java" },
    recordVersionNumber: { S: version },
  };
}

test("foreign protocol: a fleet of the KCL 3.x whose leader or owners are at work", async () => {
  await using operated = await operate();
  await operated.plant([0, { owner: "java" }], [1]);
  await operated.plantItem(MIGRATION);
  await operated.plantItem(leader("1"));
  const owned = await findings(operated, () => operated.beat(0, 1));
  const led = await findings(operated, async () => {
    await operated.plantItem(leader("2"));
    await operated.table.update(
      FIRST as string,
      { expect: {}, patch: { owner: null } },
      ANY_SIGNAL,
    );
  });
  expect(owned[0]?.why).toContain("worker java renewed lease shardId-000000000000");
  expect(led[0]?.why).toContain("its leader gave a sign of life");
  for (const found of [owned, led]) {
    expect(found).toMatchObject([
      { kind: "foreign-protocol", severity: "wrong", subjects: ["Leader", "Migration3.0"] },
    ]);
  }
});

test("foreign protocol: items that a fleet left behind are no more than a notice", async () => {
  await using operated = await operate();
  await operated.plant([0, { owner: "ours", nativeOwner: "ours" }], [1]);
  await operated.plantItem(MIGRATION);
  const found = await findings(operated, () => operated.beat(0, 1));
  expect(found).toMatchObject([
    { kind: "foreign-protocol", severity: "notice", why: expect.stringMatching(/moved for 10 s$/) },
  ]);
  await operated.plantItem(leader("1"));
  const [led] = await findings(operated, () => operated.beat(0, 2));
  expect(led?.why).toMatch(/its leader writes every 40 s, so look for longer with --failover$/);
});

test("a stuck parent chain: nobody reads the parent, its owner is silent, or it is halted", async () => {
  await using operated = await operate(3);
  await operated.plant([0], [1, { parentShardIds: [FIRST as string] }]);
  await operated.plant([2, { parentShardIds: [SECOND as string] }]);
  const stuck = (await findings(operated)).find(({ kind }) => kind === "stuck-parent-chain");
  expect(stuck).toMatchObject({ subjects: [FIRST, SECOND, THIRD], why: "nobody reads it" });

  const own = { expect: {}, patch: { owner: "a" } };
  await operated.table.update(FIRST as string, own, ANY_SIGNAL);
  const silent = await findings(operated);
  expect(kinds(silent)).toEqual(["stale-owner", "stuck-parent-chain"]);
  expect(silent[1]?.why).toBe("its owner a has not renewed it for 10 s");

  const halt = { expect: {}, patch: { haltedAt: positionOf(5) } };
  await operated.table.update(FIRST as string, halt, ANY_SIGNAL);
  const halted = await findings(operated, () => operated.beat(0, 1));
  expect(kinds(halted)).toEqual(["shard-halted", "stuck-parent-chain"]);

  const resume = { expect: {}, patch: { haltedAt: null } };
  await operated.table.update(FIRST as string, resume, ANY_SIGNAL);
  expect(await findings(operated, () => operated.beat(0, 2))).toEqual([]);
});

test("a stuck parent chain: the parent's item cannot be read, or a shard descends from itself", async () => {
  await using operated = await operate();
  await operated.plantItem({ leaseKey: { S: FIRST as string } });
  await operated.plant([1, { parentShardIds: [FIRST as string] }]);
  const unreadable = await findings(operated);
  expect(unreadable.find(({ kind }) => kind === "stuck-parent-chain")).toMatchObject({
    subjects: [FIRST, SECOND],
    why: "the item of its lease cannot be read, so nobody reads it or knows whether it is finished",
  });

  await using circular = await operate();
  await circular.plant([0, { parentShardIds: [SECOND as string] }]);
  await circular.plant([1, { parentShardIds: [FIRST as string] }]);
  const found = await findings(circular);
  expect(found.filter(({ kind }) => kind === "stuck-parent-chain")).not.toEqual([]);
  expect(found[0]?.why).toMatch(/^by what the leases say it descends from itself/);
});

test("a parent that changes hands just now holds nobody up", async () => {
  await using operated = await operate();
  await operated.plant([0, { owner: "a" }], [1, { parentShardIds: [FIRST as string] }]);
  const release = { expect: {}, patch: { counter: 1, owner: null } };
  const found = await findings(operated, () =>
    operated.table.update(FIRST as string, release, ANY_SIGNAL),
  );
  expect(found).toEqual([]);
});

test("a parent that was read to its end, or is gone, holds nobody up", async () => {
  await using operated = await operate(1);
  await operated.plant([0, { checkpoint: SHARD_END }]);
  await operated.plant([1, { parentShardIds: [FIRST as string, "shardId-of-old"] }]);
  expect(kinds(await findings(operated))).not.toContain("stuck-parent-chain");
});

test("a stream that was created again: by its creation time, or by what the shards prove", async () => {
  await using operated = await operate();
  await operated.plant([0, { streamEpoch: 5 }], [1]);
  expect(await findings(operated)).toMatchObject([
    { kind: "stream-recreated", severity: "wrong", subjects: [FIRST] },
  ]);
  await using proven = await operate();
  await proven.plant([0, { checkpoint: positionOf(3) }], [1]);
  expect(await findings(proven)).toMatchObject([{ kind: "stream-recreated", subjects: [FIRST] }]);
});

test("leases of another stream: of shards that the named one has not come to", async () => {
  await using operated = await operate();
  await operated.plant([0], [1], [2]);
  expect(await findings(operated)).toMatchObject([
    { kind: "stream-recreated", severity: "wrong", subjects: [THIRD] },
  ]);
});

test("a lease of a shard that a split makes between the looks is no other stream's", async () => {
  await using operated = await operate(1);
  await operated.plant([0, { owner: "a" }]);
  const split = async () => {
    const split = { stream: STREAM, shardId: FIRST as string, newStartingHashKey: 2n ** 127n };
    await operated.kinesis.splitShard(split, ANY_SIGNAL);
    await operated.plant([1], [2]);
    await operated.beat(0, 1);
  };
  expect(kinds(await findings(operated, split))).not.toContain("stream-recreated");
});

test("a lease table without leases is told, and is not wrong", async () => {
  await using operated = await operate();
  expect(await findings(operated)).toMatchObject([{ kind: "no-leases", severity: "notice" }]);
});

test("the shards of several streams in one table are kept apart, and those of no other stream are judged by the named one", async () => {
  await using operated = await operate();
  const finished = "1:orders:9";
  for (const streamName of ["1:clicks:5", finished]) {
    const item = (index: number, fields: object) => ({
      leaseKey: { S: `${streamName}:${shardIdOf(index)}` },
      streamName: { S: streamName },
      shardId: { S: shardIdOf(index) },
      leaseCounter: { N: "1" },
      ownerSwitchesSinceCheckpoint: { N: "0" },
      checkpoint: { S: "TRIM_HORIZON" },
      checkpointSubSequenceNumber: { N: "0" },
      ...fields,
    });
    const end = streamName === finished ? { checkpoint: { S: "SHARD_END" } } : {};
    const range = {
      startingHashKey: { S: "0" },
      endingHashKey: { S: "340282366920938463463374607431768211455" },
    };
    await operated.plantItem(item(0, { ...end, ...range }));
    await operated.plantItem(item(1, { ...range, parentShardId: { SS: [FIRST as string] } }));
  }
  const found = await findings(operated);
  expect(found.map(({ kind, subjects }) => ({ kind, subjects }))).toEqual([
    {
      kind: "stuck-parent-chain",
      subjects: [`1:clicks:5:${FIRST}`, `1:clicks:5:${SECOND}`],
    },
  ]);
});
