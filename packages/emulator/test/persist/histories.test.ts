// Random histories of every call that changes something, and of every command, kept in a folder: cut anywhere, the files
// tell exactly what had been acknowledged until then; with a byte altered anywhere they tell the same as before, or where
// they are damaged; and whoever starts with them has all of it, as often as that is done.
import { existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync } from "node:fs";
import { join } from "node:path";
import { type Clock, group, KinesisError, resolveOptions } from "@shardline/core";
import { SeededRandom, type VirtualClock } from "@shardline/core/testing";
import fc from "fast-check";
import { expect, test } from "vitest";
import { quietClock } from "../../../../test/support/quiet-clock.ts";
import { Emulator } from "../../src/emulator.ts";
import { EMULATOR_CHECKS, type EmulatorSettings } from "../../src/emulator-options.ts";
import { KeptEmulator } from "../../src/kept-emulator.ts";
import { listFiles } from "../../src/persist/folder-listing.ts";
import { OPERATIONS } from "../../src/operations.ts";
import { EntryScanner } from "../../src/persist/entry-scanner.ts";
import { readSnapshot } from "../../src/persist/read-snapshot.ts";
import { type Past, Replay } from "../../src/persist/replay.ts";
import type { Namespace } from "../../src/stream/namespace.ts";
import type { ShardLog } from "../../src/stream/shard-log.ts";
import { newFolder, unlessOfTheFolder } from "../support/kept.ts";
import { inputs } from "../support/odd-inputs.ts";

const RUNS = 300;
/** Where waiting for the disk costs nothing: what happens to a disk is not what is tried here. */
const MEMORY = "/dev/shm";
const HOUR_MS = 3_600_000;
const ARN = "arn:aws:kinesis:us-east-1:000000000000:stream/s";
const READING = /^(?:Describe|Get|List|Subscribe)/;
const WRITES = [...OPERATIONS.keys()].filter((name) => !READING.test(name));

type Step =
  | { readonly kind: "call"; readonly operation: string; readonly input: object }
  | { readonly kind: "wait"; readonly ms: number }
  | { readonly kind: "reshard"; readonly to: number }
  | { readonly kind: "move"; readonly ms: number }
  | { readonly kind: "reset" | "restore" };

const record = fc.record({
  PartitionKey: fc.string({ minLength: 1, maxLength: 6 }),
  Data: fc.constantFrom("", "aGk=", "dGVh"),
});
/** What takes effect, mostly. */
const likely = fc.constantFrom<readonly [string, object]>(
  ["CreateStream", { StreamName: "u", ShardCount: 2 }],
  ["DeleteStream", { StreamName: "u" }],
  [
    "SplitShard",
    { StreamName: "s", ShardToSplit: "shardId-000000000000", NewStartingHashKey: "7" },
  ],
  [
    "MergeShards",
    {
      StreamName: "s",
      ShardToMerge: "shardId-000000000002",
      AdjacentShardToMerge: "shardId-000000000003",
    },
  ],
  ["UpdateShardCount", { StreamName: "s", TargetShardCount: 3, ScalingType: "UNIFORM_SCALING" }],
  ["RegisterStreamConsumer", { StreamARN: ARN, ConsumerName: "c", Tags: { a: "1" } }],
  ["DeregisterStreamConsumer", { StreamARN: ARN, ConsumerName: "c" }],
  ["AddTagsToStream", { StreamName: "s", Tags: { a: "1", b: "2" } }],
  ["RemoveTagsFromStream", { StreamName: "s", TagKeys: ["a"] }],
  ["TagResource", { ResourceARN: ARN, Tags: { c: "3" } }],
  ["UntagResource", { ResourceARN: ARN, TagKeys: ["b"] }],
  ["IncreaseStreamRetentionPeriod", { StreamName: "s", RetentionPeriodHours: 48 }],
  ["DecreaseStreamRetentionPeriod", { StreamName: "s", RetentionPeriodHours: 24 }],
  ["EnableEnhancedMonitoring", { StreamARN: ARN, ShardLevelMetrics: ["ALL"] }],
  ["DisableEnhancedMonitoring", { StreamARN: ARN, ShardLevelMetrics: ["IncomingBytes"] }],
  ["StartStreamEncryption", { StreamARN: ARN, EncryptionType: "KMS", KeyId: "alias/a" }],
  ["StopStreamEncryption", { StreamARN: ARN, EncryptionType: "KMS", KeyId: "alias/a" }],
  ["PutResourcePolicy", { ResourceARN: ARN, Policy: "{}" }],
  ["DeleteResourcePolicy", { ResourceARN: ARN }],
  ["UpdateMaxRecordSize", { StreamARN: ARN, MaxRecordSizeInKiB: 2048 }],
  ["UpdateStreamMode", { StreamARN: ARN, StreamModeDetails: { StreamMode: "ON_DEMAND" } }],
  ["UpdateStreamMode", { StreamARN: ARN, StreamModeDetails: { StreamMode: "PROVISIONED" } }],
  [
    "UpdateStreamRecordDistributionStrategy",
    { StreamARN: ARN, RecordDistributionStrategy: "AUTO" },
  ],
  ["UpdateStreamWarmThroughput", { StreamARN: ARN, WarmThroughputMiBps: 5 }],
  ["UpdateAccountSettings", { MinimumThroughputBillingCommitment: { Status: "ENABLED" } }],
);
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc
      .array(record, { minLength: 1, maxLength: 5 })
      .map((Records) => ({ StreamName: "s", Records }))
      .map((input) => ({ kind: "call" as const, operation: "PutRecords", input })),
  },
  {
    weight: 10,
    arbitrary: likely.map(([operation, input]) => ({ kind: "call" as const, operation, input })),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant("call" as const),
      operation: fc.constantFrom(...WRITES),
      input: inputs,
    }),
  },
  {
    weight: 8,
    arbitrary: fc.constantFrom(1, 1, 1, 1000, 25 * HOUR_MS).map((ms) => ({
      kind: "wait" as const,
      ms,
    })),
  },
  fc.integer({ min: 1, max: 5 }).map((to) => ({ kind: "reshard" as const, to })),
  fc.constantFrom(1, HOUR_MS).map((ms) => ({ kind: "move" as const, ms })),
  fc.constantFrom<"reset" | "restore">("reset", "restore").map((kind) => ({ kind })),
);

/** The files of a folder that are of account, the snapshot first. */
interface Files {
  readonly snapshot: Buffer | undefined;
  readonly log: Buffer;
}

function filesIn(folder: string): Files {
  const names = readdirSync(folder);
  const bytesOf = (kind: string): Buffer | undefined => {
    const name = names.find((one) => new RegExp(`^${kind}-\\d+$`).test(one));
    return name === undefined ? undefined : readFileSync(join(folder, name));
  };
  return { snapshot: bytesOf("snapshot"), log: bytesOf("log") ?? Buffer.alloc(0) };
}

/** What an emulator has for whoever keeps it. */
interface Keepable {
  readonly newLog: () => ShardLog;
  resume(past: Past): void;
  namespaces(): Iterable<Namespace>;
}

function newKeepable(clock: Clock): Keepable & Emulator {
  return new Emulator({ clock, random: new SeededRandom(1) }) as unknown as Keepable & Emulator;
}

/** Everything that is kept but lease tables, as one text. */
function toldBy({ namespaces }: { readonly namespaces: () => Iterable<Namespace> }): string {
  const told = Array.from(namespaces(), (namespace) => ({
    owner: namespace.owner,
    image: namespace.image(),
    streams: namespace.all().map((stream) => {
      // Records are trimmed when somebody looks.
      stream.trim();
      const shards = Array.from(stream.shards.all(), (shard) => ({
        image: shard.image(),
        records: shard.read(0, { maxRecords: 10_000, maxBytes: 1e9 }),
      }));
      return { image: stream.image(), shards };
    }),
  }));
  return JSON.stringify(told);
}

/** What files tell, or that they are damaged. */
function readingOf({ log, snapshot }: Files, clock: Clock): string {
  const emulator = newKeepable(clock);
  try {
    const replay = new Replay(emulator.newLog);
    for (const bytes of snapshot === undefined ? [log] : [snapshot, log]) {
      const scanner = new EntryScanner("file", (entry, place) => replay.take(entry, place));
      scanner.push(bytes);
      scanner.finish();
    }
    return takenUp(emulator, replay.finish({ file: "file" }));
  } catch (error) {
    if (!KinesisError.is(error, "PERSISTENCE_FAILED")) throw error;
    return "damaged";
  } finally {
    emulator.close();
  }
}

function takenUp(emulator: Keepable, past: Past): string {
  emulator.resume(past);
  return toldBy({ namespaces: () => emulator.namespaces() });
}

async function take(kept: KeptEmulator, step: Step, clock: VirtualClock): Promise<void> {
  switch (step.kind) {
    case "call":
      await kept.emulator.call(step.operation, step.input).catch(() => {});
      return;
    case "wait":
      await clock.advance(step.ms);
      return;
    case "reshard":
      try {
        kept.reshard("s", { to: step.to });
      } catch {
        // It is not ACTIVE, or has as many.
      }
      return;
    case "move":
      kept.clock.advance(step.ms);
      return;
    case "reset":
      return kept.reset();
    case "restore":
      return kept.restore(kept.snapshot());
  }
}

type End = "closed" | "closed after a reset that had no room";

async function end(kept: KeptEmulator, how: End, folder: string): Promise<void> {
  if (how === "closed") return kept.close();
  const inTheWay = join(folder, `snapshot-${(listFiles(folder).logs.at(-1) ?? 0) + 1}.new`);
  mkdirSync(inTheWay);
  await expect(kept.reset()).rejects.toThrow(/accepts nothing until it is started again/);
  await expect(kept.close()).rejects.toThrow(/accepts nothing until it is started again/);
  rmdirSync(inTheWay);
}

/** What each emulator finds that is started with a folder; nothing in it is replaced meanwhile. */
async function foundBy(lives: number, ...start: Parameters<typeof KeptEmulator.start>) {
  const found: string[] = [];
  for (let life = 0; life < lives; life += 1) {
    const kept = await KeptEmulator.start(...start);
    found.push(withoutTips(toldBy(kept.state)));
    await kept.close();
  }
  return found;
}

/** Every start leaves numbers out. */
function withoutTips(told: string): string {
  return told.replaceAll(/"nextIndex":\d+/g, "");
}

const ends = fc.constantFrom<End>("closed", "closed after a reset that had no room");
const cuts = fc.array(fc.tuple(fc.nat(), fc.nat({ max: 19 })), { minLength: 4, maxLength: 4 });
const flips = fc.array(fc.tuple(fc.nat(), fc.integer({ min: 1, max: 255 })), {
  minLength: 4,
  maxLength: 4,
});

test("whatever happened, files that were cut tell what was acknowledged, and altered ones that or that they are damaged", async () => {
  const outcomes = new Set<string>();
  await fc.assert(
    fc.asyncProperty(
      fc.array(step, { minLength: 5, maxLength: 25, size: "max" }),
      cuts,
      flips,
      ends,
      async (steps, cutAt, flippedAt, how) => {
        const clock = quietClock();
        const random = new SeededRandom(1);
        const checks = group<EmulatorSettings>(EMULATOR_CHECKS);
        const settings = resolveOptions("settings", checks, { clock, random, streams: { s: 2 } });
        const folder = existsSync(MEMORY) ? newFolder(MEMORY) : newFolder();
        const persist = { folder, survives: "process", maxLogBytes: 1024 * 1024 } as const;
        const kept = await KeptEmulator.start(settings, persist);
        try {
          for (const [at, taken] of steps.entries()) {
            const before = filesIn(folder);
            await take(kept, taken, clock);
            const now = filesIn(folder);
            const told = toldBy(kept.state);
            for (const [, torn] of cutAt.filter(([index]) => index % steps.length === at)) {
              expect(readingOf(now, kept.clock)).toBe(told);
              // The head of the entry that came next, not all of it.
              const log = now.log.subarray(0, before.log.length + torn);
              const isCut = log.length < now.log.length && startsWith(now.log, before.log);
              if (isCut)
                expect(readingOf({ ...now, log }, kept.clock)).toBe(readingOf(before, kept.clock));
              outcomes.add(isCut ? "cut" : "whole");
            }
          }
          const files = filesIn(folder);
          const whole = readingOf(files, kept.clock);
          for (const [at, by] of flippedAt) {
            const log = Buffer.from(files.log);
            log[at % log.length] = (log[at % log.length] as number) ^ by;
            const reading = readingOf({ ...files, log }, kept.clock);
            expect(["damaged", whole]).toContain(reading);
            outcomes.add(reading === whole ? "as before" : "damaged");
          }
          const copy = newKeepable(kept.clock);
          const past = readSnapshot(kept.snapshot(), new Replay(copy.newLog));
          expect(takenUp(copy, past)).toBe(toldBy(kept.state));
          copy.close();
          const told = withoutTips(toldBy(kept.state));
          await end(kept, how, folder);
          const found = await foundBy(3, { ...settings, streams: {} }, persist);
          expect(found).toEqual([told, told, told]);
        } finally {
          await kept.close().catch(unlessOfTheFolder);
        }
      },
    ),
    { numRuns: RUNS },
  );
  for (const outcome of ["cut", "whole", "damaged"]) expect(outcomes).toContain(outcome);
}, 120_000);

function startsWith(bytes: Buffer, start: Buffer): boolean {
  return start.length <= bytes.length && bytes.subarray(0, start.length).equals(start);
}
