// Wall clocks are set, back as well as ahead. An emulator that lived through that starts from its folder like any other.
import type { VirtualClock } from "@shardline/core/testing";
import type { Clock } from "@shardline/core";
import type { RunningEmulator } from "@shardline/emulator";
import fc from "fast-check";
import { expect, test } from "vitest";
import { contentOf, newKept, putTexts } from "../support/kept.ts";

const HOUR_MS = 3_600_000;

const step = fc.oneof(
  { weight: 3, arbitrary: fc.constant({ kind: "put" as const }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant("split" as const), which: fc.nat(3) }) },
  { weight: 2, arbitrary: fc.constant({ kind: "merge" as const }) },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant("set" as const),
      byMs: fc.constantFrom(-30 * HOUR_MS, -HOUR_MS, -2000, -1, 1500, 23 * HOUR_MS),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant("wait" as const),
      ms: fc.constantFrom(1, 1000, 13 * HOUR_MS),
    }),
  },
  { weight: 1, arbitrary: fc.constant({ kind: "restart" as const }) },
);

test("an emulator whose wall clock was set starts from its folder with all that it had", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 4, maxLength: 14 }), async (steps) => {
      await using kept = newKept();
      const wall = { offsetMs: 0 };
      const clock = settable(kept.clock, wall);
      let emulator = await kept.start({ clock, streams: { s: 2 } });
      const restart = async (): Promise<void> => {
        const before = contentOf(emulator) as Content;
        await emulator.close();
        emulator = await kept.start({ clock });
        const { shards, ...rest } = contentOf(emulator) as Content;
        expect({ ...rest, shards: before.shards.flatMap(knownIn(shards)) }).toEqual(before);
      };
      for (const taken of steps) {
        if (taken.kind === "put") await putTexts(emulator, ["a", "b", "c"]);
        else if (taken.kind === "split") await split(emulator, taken.which);
        else if (taken.kind === "merge") await merge(emulator);
        else if (taken.kind === "set") wall.offsetMs += taken.byMs;
        else if (taken.kind === "wait") await kept.clock.advance(taken.ms);
        else await restart();
        await kept.clock.advance(1);
      }
      await restart();
    }),
    { numRuns: 60 },
  );
});

/** As much of it as has a name here. */
interface Content {
  readonly shards: readonly ShardContent[];
}

interface ShardContent {
  readonly shardId: string;
  readonly records: readonly unknown[];
}

/** Without what had been behind the horizon only for a while and may be there again: shards, and the oldest records. */
function knownIn(shards: readonly ShardContent[]): (before: ShardContent) => ShardContent[] {
  return ({ shardId, records: { length } }) =>
    shards
      .filter((shard) => shard.shardId === shardId)
      .map((shard) => ({ ...shard, records: shard.records.slice(shard.records.length - length) }));
}

function settable(clock: VirtualClock, wall: { readonly offsetMs: number }): Clock {
  return {
    wallTimeMs: () => clock.wallTimeMs() + wall.offsetMs,
    nowMs: () => clock.nowMs(),
    startTimer: (delayMs, onFire) => clock.startTimer(delayMs, onFire),
  };
}

interface OpenShard {
  readonly ShardId: string;
  readonly start: bigint;
  readonly end: bigint;
}

async function openShards(emulator: RunningEmulator): Promise<OpenShard[]> {
  const { Shards } = (await emulator.call("ListShards", {
    StreamName: "s",
    ShardFilter: { Type: "AT_LATEST" },
  })) as {
    Shards: {
      ShardId: string;
      HashKeyRange: { StartingHashKey: string; EndingHashKey: string };
    }[];
  };
  const shards = Shards.map(({ ShardId, HashKeyRange: { StartingHashKey, EndingHashKey } }) => ({
    ShardId,
    start: BigInt(StartingHashKey),
    end: BigInt(EndingHashKey),
  }));
  return shards.sort((a, b) => (a.start < b.start ? -1 : 1));
}

async function split(emulator: RunningEmulator, which: number): Promise<void> {
  const shards = await openShards(emulator);
  const { ShardId, start, end } = shards[which % shards.length] as OpenShard;
  const NewStartingHashKey = ((start + end) / 2n).toString();
  const input = { StreamName: "s", ShardToSplit: ShardId, NewStartingHashKey };
  await emulator.call("SplitShard", input);
}

async function merge(emulator: RunningEmulator): Promise<void> {
  const [first, second] = await openShards(emulator);
  if (first === undefined || second === undefined) return;
  await emulator.call("MergeShards", {
    StreamName: "s",
    ShardToMerge: first.ShardId,
    AdjacentShardToMerge: second.ShardId,
  });
}
