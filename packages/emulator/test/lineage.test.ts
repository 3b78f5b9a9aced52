// What must hold of a stream's shards after any history of splits, merges, scalings, waits, changes of the
// retention period and steps of the clock: what the KCL relies on when it follows a stream.
import { type HashKeyRange, tilesHashSpace } from "@shardline/core";
import fc from "fast-check";
import { expect, test } from "vitest";
import type { EmulatorOptions, InspectedShard } from "@shardline/emulator";
import { newEmulator, type TestEmulator } from "./support/emulator.ts";
import { iterator, type ListedShard, put, read, shardsOf } from "./support/records.ts";

const HOUR_MS = 3_600_000;
const name = { StreamName: "s" };

type Step =
  | { readonly kind: "put" }
  | { readonly kind: "split"; readonly share: number; readonly at: number }
  | { readonly kind: "merge"; readonly share: number }
  | { readonly kind: "scale"; readonly share: number }
  | { readonly kind: "wait"; readonly ms: number }
  | { readonly kind: "retain"; readonly hours: number }
  | { readonly kind: "clock"; readonly backMs: number };

const share = fc.nat(99).map((hundredths) => hundredths / 100);
const STEP: fc.Arbitrary<Step> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ kind: fc.constant("put" as const) }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant("split" as const), share, at: share }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant("merge" as const), share }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("scale" as const), share }) },
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constant("wait" as const),
      ms: fc.oneof(fc.nat(3), fc.nat(5000), fc.nat(20 * HOUR_MS)),
    }),
  },
  fc.record({ kind: fc.constant("retain" as const), hours: fc.integer({ min: 24, max: 50 }) }),
  fc.record({ kind: fc.constant("clock" as const), backMs: fc.nat(2 * HOUR_MS) }),
);
const HISTORY = fc.array(STEP, { maxLength: 40 });

interface World extends TestEmulator {
  readonly startedAtMs: number;
}

/** What users may turn without anything of this being less true. */
const KNOBS = fc.record({
  reshardAt: fc.constantFrom("start" as const, "end" as const),
  sequenceGaps: fc.boolean(),
});

function newWorld(options: Partial<EmulatorOptions>): World {
  const emulator = newEmulator({ transitions: { updateMs: 1 }, ...options });
  return { ...emulator, startedAtMs: emulator.clock.wallTimeMs() };
}

function isOpen({ SequenceNumberRange }: ListedShard): boolean {
  return SequenceNumberRange.EndingSequenceNumber === undefined;
}

const rangeOf = ({ HashKeyRange: range }: ListedShard): HashKeyRange => ({
  start: BigInt(range.StartingHashKey),
  end: BigInt(range.EndingHashKey),
});

async function openShards(world: World): Promise<ListedShard[]> {
  const shards = (await shardsOf(world)).filter(isOpen);
  return shards.sort((a, b) => (rangeOf(a).start < rangeOf(b).start ? -1 : 1));
}

async function take(world: World, step: Step): Promise<void> {
  const { call, clock } = world;
  const open = await openShards(world);
  const chosen = open[Math.floor(("share" in step ? step.share : 0) * open.length)] as ListedShard;
  const { start, end } = rangeOf(chosen);
  switch (step.kind) {
    case "put":
      for (const { HashKeyRange: range } of open) {
        await put(world, "x", { ExplicitHashKey: range.StartingHashKey });
      }
      break;
    case "split": {
      const at = start + 2n + ((end - start) * BigInt(Math.floor(step.at * 100))) / 100n;
      if (at >= end || open.length > 12) break;
      await call("SplitShard", {
        ...name,
        ShardToSplit: chosen.ShardId,
        NewStartingHashKey: `${at}`,
      });
      break;
    }
    case "merge": {
      const next = open[open.indexOf(chosen) + 1];
      if (next === undefined) break;
      const [ShardToMerge, AdjacentShardToMerge] = [chosen.ShardId, next.ShardId];
      await call("MergeShards", { ...name, ShardToMerge, AdjacentShardToMerge });
      break;
    }
    case "scale":
      await scale(world, open.length, step.share);
      break;
    case "retain":
      await retain(world, step.hours);
      break;
    case "clock": {
      const wallTimeMs = clock.wallTimeMs.bind(clock);
      clock.wallTimeMs = () => wallTimeMs() - step.backMs;
      break;
    }
    case "wait":
      await clock.advance(step.ms);
      return;
  }
  await clock.advance(1);
}

/** Scales to anything that is allowed; ten times a day is, so what is refused after that is no matter. */
async function scale(world: World, current: number, portion: number): Promise<number | undefined> {
  const [least, most] = [Math.ceil(current / 2), Math.min(2 * current, 12)];
  const target = least + Math.floor(portion * (most - least + 1));
  const input = { ...name, TargetShardCount: target, ScalingType: "UNIFORM_SCALING" };
  try {
    await world.call("UpdateShardCount", input);
  } catch (error) {
    expect(String(error)).toContain("10 times in the last 24 hours");
    return undefined;
  }
  await world.clock.advance(1);
  return target;
}

async function retain({ call }: World, hours: number): Promise<void> {
  const { StreamDescriptionSummary: summary } = await call<{
    StreamDescriptionSummary: { RetentionPeriodHours: number };
  }>("DescribeStreamSummary", name);
  const verb = hours < summary.RetentionPeriodHours ? "Decrease" : "Increase";
  await call(`${verb}StreamRetentionPeriod`, { ...name, RetentionPeriodHours: hours });
}

/** Runs random histories, and looks at the world after each. */
async function afterAnyHistory(look: (world: World) => Promise<void>): Promise<void> {
  await fc.assert(
    fc.asyncProperty(HISTORY, fc.integer({ min: 1, max: 5 }), KNOBS, async (history, s, knobs) => {
      const world = newWorld({ streams: { s }, ...knobs });
      for (const step of history) await take(world, step);
      await look(world);
      world.emulator.close();
    }),
    { numRuns: 120 },
  );
}

test("T28: after any history the shards of every moment cover the hash space exactly once", async () => {
  await afterAnyHistory(async (world) => {
    const nowMs = world.clock.wallTimeMs();
    const covers = async (filter: object): Promise<boolean> => {
      const shards = await shardsOf(world, { ShardFilter: filter });
      return tilesHashSpace(shards.map(rangeOf));
    };
    expect(await covers({ Type: "AT_LATEST" })).toBe(true);
    expect(await covers({ Type: "AT_TRIM_HORIZON" })).toBe(true);
    const shards = world.emulator.inspect("s")?.shards ?? [];
    const changes = shards.flatMap(({ createdAtMs, closedAtMs = createdAtMs }) => [
      createdAtMs,
      closedAtMs,
    ]);
    const around = changes.flatMap((ms) => [ms - 1, ms, ms + 1]);
    const spread = Array.from({ length: 20 }, (_, i) => {
      return world.startedAtMs + ((nowMs - world.startedAtMs) * i) / 20;
    });
    for (const ms of [...around, ...spread, 0, nowMs]) {
      const Timestamp = Math.round(ms) / 1000;
      expect(await covers({ Type: "AT_TIMESTAMP", Timestamp }), `at ${ms}`).toBe(true);
    }
  });
});

test("T28: after any history a listing from a time on leads from its oldest shards to all open ones", async () => {
  await afterAnyHistory(async (world) => {
    const shards = await shardsOf(world, { ShardFilter: { Type: "FROM_TRIM_HORIZON" } });
    const known = new Set(shards.map(({ ShardId }) => ShardId));
    const roots = shards.filter(
      ({ ParentShardId: parent = "", AdjacentParentShardId: adjacent = "" }) =>
        !known.has(parent) && !known.has(adjacent),
    );
    const at = await shardsOf(world, { ShardFilter: { Type: "AT_TRIM_HORIZON" } });
    // What was open at the horizon is listed, whatever had closed right then as well.
    for (const { ShardId } of at) expect(known.has(ShardId)).toBe(true);
    expect(roots.length).toBeGreaterThan(0);
    const open = await shardsOf(world, { ShardFilter: { Type: "AT_LATEST" } });
    for (const { ShardId } of open) expect(known.has(ShardId)).toBe(true);
  });
});

test("T25: after any history every closed shard ends with its children and without an iterator", async () => {
  await afterAnyHistory(async (world) => {
    for (const shard of await shardsOf(world)) {
      for (const ShardIteratorType of ["LATEST", "TRIM_HORIZON"]) {
        const start = await iterator(world, { ShardId: shard.ShardId, ShardIteratorType });
        const page = await read(world, start);
        expect(page.NextShardIterator === undefined).toBe(!isOpen(shard));
        expect(page.ChildShards === undefined).toBe(isOpen(shard));
        expect(page.ChildShards).not.toEqual([]);
        const children = page.ChildShards ?? [];
        for (const child of children) expect(child.ParentShards).toContain(shard.ShardId);
        // The KCL throws on an only child that does not name two parents.
        if (children.length === 1) expect(children[0]?.ParentShards).toHaveLength(2);
      }
    }
  });
});

test("T15: after any history start < records < end < start of the children", async () => {
  await afterAnyHistory(async (world) => {
    const shards = world.emulator.inspect("s")?.shards ?? [];
    const byId = new Map(shards.map((shard) => [shard.shardId, shard]));
    for (const shard of shards) {
      const { startingSequenceNumber: start, endingSequenceNumber: end } = shard;
      const numbers = [start, ...shard.records.map((record) => record.sequenceNumber), end ?? "9"];
      expect(numbers).toEqual([...new Set(numbers)].sort());
      for (const id of [shard.parentShardId, shard.adjacentParentShardId]) {
        const parent: InspectedShard | undefined = byId.get(id ?? "");
        if (parent === undefined) continue;
        expect((parent.endingSequenceNumber ?? "9") < start).toBe(true);
        expect(parent.closedAtMs).toBe(shard.createdAtMs);
      }
    }
  });
});

test("T30: after any history a scaling makes uniform ranges, and every new shard has its parents", async () => {
  await afterAnyHistory(async (world) => {
    await world.clock.advance(24 * HOUR_MS);
    const before = await shardsOf(world);
    const current = before.filter(isOpen).length;
    let target = (await scale(world, current, 0.7)) as number;
    // The present number of shards asks for no change.
    if (target === current) target = (await scale(world, current, 0)) as number;
    const open = await openShards(world);
    const width = 2n ** 128n / BigInt(target);
    expect(open.map((shard) => rangeOf(shard).start)).toEqual(
      Array.from({ length: target }, (_, i) => width * BigInt(i)),
    );
    expect(tilesHashSpace(open.map(rangeOf))).toBe(true);
    const after = await shardsOf(world);
    const ranges = new Map(after.map((shard) => [shard.ShardId, rangeOf(shard)]));
    for (const shard of after.slice(before.length)) {
      const { start, end } = rangeOf(shard);
      const parents = [shard.ParentShardId, shard.AdjacentParentShardId].flatMap((id) => {
        const range = ranges.get(id ?? "");
        return range === undefined ? [] : [range];
      });
      expect(parents.length).toBeGreaterThan(0);
      // Each parent lies within a child of a merge, or around a child of a split.
      for (const parent of parents) {
        const [inner, outer] =
          parents.length === 2 ? [parent, { start, end }] : [{ start, end }, parent];
        expect(outer.start <= inner.start && inner.end <= outer.end).toBe(true);
      }
    }
  });
});
