// Random histories of writes, reshards, lost connections and jumps of the wall clock, followed by subscriptions as the
// KCL follows a stream: each shard from number to number up to its end, then the children whose parents have all ended.
import { apiFailureOf } from "@shardline/core";
import type { EmulatorOptions, SubscribeToShardEvent } from "@shardline/emulator";
import fc from "fast-check";
import { expect, test } from "vitest";
import { newEmulator, type TestEmulator } from "./support/emulator.ts";
import { after, HORIZON, registerConsumer, subscribe, textsOf } from "./support/fan-out.ts";
import { type ListedShard, shardsOf } from "./support/records.ts";

const SUBSCRIPTION_MS = 30_000;
const LARGE = 300_000;
const MAX_KEY = 2n ** 128n - 1n;

type Step =
  | { readonly kind: "put"; readonly keys: readonly bigint[]; readonly bytes: number }
  | { readonly kind: "split" | "merge" | "cut"; readonly share: number }
  | { readonly kind: "wait" | "jump"; readonly ms: number };

const share = fc.nat(99).map((hundredths) => hundredths / 100);
const keys = fc.array(fc.bigInt({ min: 0n, max: MAX_KEY }), { minLength: 1, maxLength: 8 });
const STEP: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constant("put" as const),
      keys,
      bytes: fc.constantFrom(1, 1, 1, LARGE),
    }),
  },
  { weight: 3, arbitrary: fc.record({ kind: fc.constantFrom("split", "merge", "cut"), share }) },
  fc.record({ kind: fc.constant("jump" as const), ms: fc.constantFrom(-7_200_000, -1500, 60_000) }),
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant("wait" as const),
      ms: fc.constantFrom(0, 1, 20, 700, 5000, 40_000),
    }),
  },
);

/** What users may turn without anything of this being less true. */
const KNOBS = fc.record({
  reshardAt: fc.constantFrom("start" as const, "end" as const),
  sequenceGaps: fc.boolean(),
  limits: fc.constantFrom("off" as const, "aws" as const),
});

interface World {
  readonly emulator: TestEmulator;
  readonly consumerArn: string;
  /** Texts by shard, as they were stored and as they were read. */
  readonly stored: Map<string, string[]>;
  readonly read: Map<string, string[]>;
  readonly ended: Set<string>;
  /** Ends the subscription to a shard. */
  readonly cut: Map<string, () => void>;
  readonly followers: Promise<void>[];
  clockMovedMs: number;
  isOver: boolean;
}

async function newWorld(options: Partial<EmulatorOptions>): Promise<World> {
  const moved = { clockMovedMs: 0 };
  const emulator = newEmulator(
    { subscriptionMs: SUBSCRIPTION_MS, transitions: { updateMs: 20 }, ...options },
    (clock) => ({
      wallTimeMs: () => clock.wallTimeMs() + moved.clockMovedMs,
      nowMs: () => clock.nowMs(),
      startTimer: (delayMs, onFire) => clock.startTimer(delayMs, onFire),
    }),
  );
  return Object.assign(moved, {
    emulator,
    consumerArn: await registerConsumer(emulator),
    stored: new Map(),
    read: new Map(),
    ended: new Set<string>(),
    cut: new Map(),
    followers: [],
    isOver: false,
  });
}

/** What the KCL asks of each event. */
function checkEvent({ Records, ContinuationSequenceNumber, ChildShards }: SubscribeToShardEvent) {
  expect(ContinuationSequenceNumber === undefined).toBe((ChildShards ?? []).length > 0);
  for (const { ParentShards } of ChildShards ?? []) {
    expect(ParentShards).toHaveLength(ChildShards?.length === 1 ? 2 : 1);
  }
  const last = Records.at(-1)?.SequenceNumber;
  if (last === undefined || ContinuationSequenceNumber === undefined) return;
  expect(BigInt(ContinuationSequenceNumber)).toBeGreaterThanOrEqual(BigInt(last));
}

/** The next subscription; `undefined` as long as it is refused, until the last one is five seconds old. */
async function subscribeAnew(world: World, shardId: string, position: object) {
  const leaving = new AbortController();
  world.cut.set(shardId, () => leaving.abort());
  const { emulator, consumerArn } = world;
  try {
    return await subscribe(emulator, consumerArn, position, { shardId, signal: leaving.signal });
  } catch (error) {
    expect(["ResourceInUseException", "LimitExceededException"]).toContain(
      apiFailureOf(error)?.awsName,
    );
    await new Promise<void>((resolve) => {
      emulator.clock.startTimer(1000, resolve);
    });
    return undefined;
  }
}

async function follow(world: World, shardId: string): Promise<void> {
  const texts: string[] = [];
  world.read.set(shardId, texts);
  let position: object = HORIZON;
  while (!world.isOver && !world.ended.has(shardId)) {
    for await (const event of (await subscribeAnew(world, shardId, position)) ?? []) {
      checkEvent(event);
      texts.push(...textsOf([event]).map((text) => text.trimEnd()));
      const { ContinuationSequenceNumber, ChildShards = [] } = event;
      if (ContinuationSequenceNumber === undefined) world.ended.add(shardId);
      else position = after(ContinuationSequenceNumber);
      for (const { ShardId, ParentShards } of ChildShards) {
        if (ParentShards.every((id) => world.ended.has(id))) start(world, ShardId);
      }
    }
  }
}

function start(world: World, shardId: string): void {
  world.followers.push(follow(world, shardId));
}

async function openShards({ emulator }: World): Promise<ListedShard[]> {
  const shards = await shardsOf(emulator, { ShardFilter: { Type: "AT_LATEST" } });
  const startOf = ({ HashKeyRange }: ListedShard): bigint => BigInt(HashKeyRange.StartingHashKey);
  return [...shards].sort((a, b) => (startOf(a) < startOf(b) ? -1 : 1));
}

/** A stream that is just being resharded refuses, which is as good as nothing. */
async function reshard({ emulator }: World, operation: string, input: object): Promise<void> {
  const call = emulator.call(operation, { StreamName: "s", ...input });
  await call.catch((error: unknown) => {
    expect(apiFailureOf(error)?.awsName).toBe("ResourceInUseException");
  });
}

async function put(world: World, hashKeys: readonly bigint[], bytes: number): Promise<void> {
  const first = [...world.stored.values()].flat().length;
  const texts = hashKeys.map((_, i) => `${first}.${i}`);
  const Records = hashKeys.map((key, i) => ({
    PartitionKey: "k",
    ExplicitHashKey: `${key}`,
    Data: Buffer.from((texts[i] ?? "").padEnd(bytes)).toString("base64"),
  }));
  type Output = { Records: readonly { ShardId?: string }[] };
  const answer = await world.emulator.call<Output>("PutRecords", { StreamName: "s", Records });
  answer.Records.forEach(({ ShardId }, i) => {
    if (ShardId === undefined) return;
    world.stored.set(ShardId, [...(world.stored.get(ShardId) ?? []), texts[i] ?? ""]);
  });
}

async function take(world: World, step: Step): Promise<void> {
  switch (step.kind) {
    case "put":
      await put(world, step.keys, step.bytes);
      break;
    case "wait":
      await world.emulator.clock.advance(step.ms);
      break;
    case "jump":
      world.clockMovedMs += step.ms;
      break;
    case "split":
    case "merge":
    case "cut":
      await disturb(world, step.kind, step.share);
  }
}

/** Changes one of the open shards, or ends the subscription to it. */
async function disturb(world: World, how: "split" | "merge" | "cut", portion: number) {
  const open = await openShards(world);
  const at = Math.floor(portion * open.length);
  const { ShardId, HashKeyRange: range } = open[at] as ListedShard;
  const adjacent = open[at + 1];
  if (how === "cut") world.cut.get(ShardId)?.();
  else if (how === "split") {
    const middle = (BigInt(range.StartingHashKey) + BigInt(range.EndingHashKey)) / 2n;
    await reshard(world, "SplitShard", { ShardToSplit: ShardId, NewStartingHashKey: `${middle}` });
  } else if (adjacent !== undefined) {
    const pair = { ShardToMerge: ShardId, AdjacentShardToMerge: adjacent.ShardId };
    await reshard(world, "MergeShards", pair);
  }
}

test("T37, T39: after any history the subscriptions of a fleet have read every record once, in order, and every end", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(STEP, { maxLength: 40 }),
      fc.integer({ min: 1, max: 3 }),
      KNOBS,
      async (history, count, knobs) => {
        const world = await newWorld({ streams: { s: count }, ...knobs });
        const { emulator, stored, read, ended } = world;
        for (const { ShardId } of await openShards(world)) start(world, ShardId);
        for (const step of history) await take(world, step);
        await emulator.clock.advance(4 * SUBSCRIPTION_MS);
        world.isOver = true;
        emulator.emulator.endSubscriptions();
        await emulator.clock.advance(1000);
        await Promise.all(world.followers);
        for (const { ShardId, SequenceNumberRange: numbers } of await shardsOf(emulator)) {
          expect([ShardId, read.get(ShardId)]).toEqual([ShardId, stored.get(ShardId) ?? []]);
          expect(ended.has(ShardId)).toBe(numbers.EndingSequenceNumber !== undefined);
        }
        emulator.emulator.close();
      },
    ),
    { numRuns: 100 },
  );
});
