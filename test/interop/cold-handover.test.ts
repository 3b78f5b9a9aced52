// One application, and only one side of it up at a time: what either leaves in the lease table, the other continues
// from, at the very user record.
import { setTimeout as sleep } from "node:timers/promises";
import type { PendingCheckpoint } from "@shardline/consumer";
import type { Position } from "@shardline/core";
import { expect, test } from "vitest";
import { startDynamoDbLocal } from "./dynamodb-local.ts";
import { eventually } from "./eventually.ts";
import type { KclVersion, KclWorkers } from "./kcl-workers.ts";
import type { NativeWorker } from "./native-worker.ts";
import { type PlainItem, Relay, type Until } from "./relay.ts";
import { Stage } from "./stage.ts";
import { type Contents, inTurn, partOf, type Places, since } from "./transcript.ts";
import type { Incident } from "./worker-program.ts";

const SHARDS = 4;
const RECORDS = 2_000;
const PER_AGGREGATE = 50;
/** Records that a side takes of each shard before the other continues: they end in the middle of an aggregate. */
const STINT = 2.4 * PER_AGGREGATE;

/** We begin so much before LATEST, for clocks that differ; and a bit. */
const CLOCK_ALLOWANCE_MS = 1_100;

/** Where the KCL has to make leases, which the first of several workers does that has waited for the others long enough. */
const PAIR = ["java-1", "java-2"];
const STUCK_WITHIN_MS = 60_000;
const NO_TIMESTAMP = /NullPointerException: .*getTimestamp/g;

/** Details of an incident of each shard, by the shard's id. */
type Told = ReadonlyMap<string, readonly string[]>;

/** A KCL, with a lease table somewhere. */
interface Theirs {
  readonly version: KclVersion;
  readonly start: (application: string) => Promise<Relay>;
  /** Who makes the table and the leases. */
  readonly workers: readonly string[];
  /** How it ends when it need not stop in good order: a leader of the 3.x that was killed is missed for two minutes. */
  readonly end: "stop" | "kill";
}

const KCL_2: Theirs = { version: "2.7", start: onEmulator, workers: PAIR, end: "kill" };
const KCL_2_ON_DYNAMODB_LOCAL: Theirs = { ...KCL_2, start: onDynamoDbLocal };
/** It adds an index to a table that it has made, which the emulator's table does not take. */
const KCL_3: Theirs = {
  version: "3.5",
  start: onDynamoDbLocal,
  workers: ["java-1"],
  end: "stop",
};
const ALL = [KCL_2, KCL_2_ON_DYNAMODB_LOCAL, KCL_3];

test("KCL 2.7 and KCL 3.5 begin, we continue at the very record behind their checkpoints, and they at the very record behind ours", async () => {
  await withEach(ALL, async (relay, { version, workers }) => {
    const { stage } = relay;
    await relay.put(RECORDS, PER_AGGREGATE);

    const theirs = await relay.letKclWork(
      { version, checkpointAt: STINT, workers, maxLeases: SHARDS / workers.length },
      ({ side }) => incidentsOf(side, "checkpoint").length === SHARDS,
    );
    expect(theirs.transcript.shards).toEqual(partOf(stage.contents, 0, STINT));
    expect(await ownersOf(relay)).toEqual(workers);

    // The table is there, so it does not matter that we may not make one, nor how.
    const table = { create: false, deletionProtection: true, tags: { team: "orders" } };
    const ours = await relay.letUsWork(
      { checkpointAt: STINT, leases: { table } },
      ({ side }) => side.checkpoints.size === SHARDS,
    );
    expect(ours.transcript.shards).toEqual(partOf(stage.contents, STINT, 2 * STINT));
    expect(ours.transcript.firsts).toEqual(nextInAggregates(checkpointsOf(theirs.side)));
    expect(await ownersOf(relay)).toEqual([]);

    const rest = await relay.letKclWork(
      { version },
      ({ transcript }) => transcript.records >= RECORDS - 2 * STINT * SHARDS,
    );
    expect(rest.transcript.shards).toEqual(partOf(stage.contents, 2 * STINT));
    expect(rest.transcript.firsts).toEqual(nextInAggregates(ours.side.checkpoints));
  });
});

test.each([
  ["2.7", [KCL_2, KCL_2_ON_DYNAMODB_LOCAL]],
  ["3.5", [KCL_3]],
] as const)(
  "KCL %s works on a table that we made with capacity units, deletion protection, an index and our attributes, and changes none of them",
  async (version, theirs) => {
    await withEach(theirs, async (relay) => {
      const { stage } = relay;
      await relay.put(RECORDS, PER_AGGREGATE);
      const billing = { readUnits: 100, writeUnits: 100 };
      const table = { billing, deletionProtection: true };

      const ours = await relay.letUsWork(
        { checkpointAt: STINT, prepare: "ours", leases: { table } },
        ({ side }) => side.prepared.size === SHARDS,
      );
      expect(ours.transcript.shards).toEqual(partOf(stage.contents, 0, STINT));
      for (const key of stage.contents.keys()) await relay.set(key, OTHER_ATTRIBUTES);
      const [itemsBefore, tableBefore] = [await relay.items(), await relay.table()];

      const theirs = await relay.letKclWork(
        { version, checkpointAt: STINT, prepare: "theirs" },
        ({ side }) => incidentsOf(side, "prepared").length === SHARDS,
      );
      expect(theirs.transcript.shards).toEqual(partOf(stage.contents, STINT, 2 * STINT));
      expect(theirs.transcript.firsts).toEqual(nextInAggregates(ours.side.checkpoints));
      expect(toldOf(theirs.side, "pending")).toEqual(preparedByUs(ours.side, "ours"));
      expect(await relay.table()).toEqual(tableBefore);
      const itemsAfter = await relay.items();
      for (const [key, item] of itemsBefore) {
        expect(itemsAfter.get(key)).toMatchObject(onlyOurs(item));
      }

      const rest = await relay.letUsWork(
        {},
        ({ transcript }) => transcript.records >= RECORDS - 2 * STINT * SHARDS,
      );
      expect(rest.transcript.shards).toEqual(partOf(stage.contents, 2 * STINT));
      expect(rest.transcript.firsts).toEqual(nextInAggregates(checkpointsOf(theirs.side)));
      expect(pendingSeenByUs(rest.side)).toEqual(toldOf(theirs.side, "prepared", "theirs"));
    });
  },
);

test("what is split and merged while a side is down, the other reads to its end and on, and hands on the children half read", async () => {
  await withEach([KCL_2, KCL_3], async (relay, { end, version }) => {
    const { stage } = relay;
    const more = async (): Promise<void> => {
      await relay.reshard();
      await relay.put(RECORDS, PER_AGGREGATE);
    };
    await relay.put(RECORDS, PER_AGGREGATE);
    const first = await relay.letUsWork({}, ({ transcript }) => transcript.records >= RECORDS);
    await more();
    const second = await relay.letKclWork(
      { version, checkpointAt: STINT },
      ({ side }) => incidentsOf(side, "checkpoint").length === SHARDS,
      end,
    );
    await more();
    const third = await relay.letUsWork(
      {},
      ({ transcript }) => transcript.records >= 2 * RECORDS - SHARDS * STINT,
    );
    const halfRead = checkpointsOf(second.side);
    expect(placesIn(third.transcript.firsts, halfRead)).toEqual(nextInAggregates(halfRead));
    await more();
    const fourth = await relay.letKclWork(
      { version },
      ({ transcript }) => transcript.records >= RECORDS,
    );
    expect(await ownersOf(relay, isEnded)).toEqual(["java"]);
    await more();
    const fifth = await relay.letUsWork({}, ({ transcript }) => transcript.records >= RECORDS);

    const stints = [first, second, third, fourth, fifth];
    expect(inTurn(stints.map(({ transcript }) => transcript))).toEqual(stage.contents);
  });
});

test("leases that one side made and never read begin for the other at the time they stand for, and those at LATEST when it comes", async () => {
  await Promise.all([handOverTime(), handOverLatest()]);
});

async function handOverTime(): Promise<void> {
  const relays = [await onEmulator("theirs"), await onEmulator("ours")] as const;
  const [theirs, ours] = relays;
  const early = await putToAll(relays);
  await sleep(2);
  const timestampMs = Date.now();
  const startAt = new Date(timestampMs);
  await Promise.all([makeByKcl(theirs, timestampMs), makeByUs(ours, startAt)]);

  const all = await putToAll(relays);
  const late = await Promise.all([
    theirs.letUsWork({ startAt }, ({ transcript }) => transcript.records >= RECORDS),
    ours.letKclWork({ startAt: timestampMs }, ({ transcript }) => transcript.records >= RECORDS),
  ]);
  expect(late.map(({ transcript }) => transcript.shards)).toEqual(news(early, all));
}

async function handOverLatest(): Promise<void> {
  const startAt = "LATEST";
  const relays = [await onEmulator("theirs"), await onEmulator("ours")] as const;
  const [theirs, ours] = relays;
  await Promise.all([makeByKcl(theirs, startAt), makeByUs(ours, startAt)]);

  const between = await putToAll(relays);
  await sleep(CLOCK_ALLOWANCE_MS);
  const late = await Promise.all([
    theirs.letUsWork(
      { startAt },
      untilFed(theirs, ({ starts }) => starts.size === SHARDS),
    ),
    ours.letKclWork(
      { startAt },
      untilFed(ours, (kcl) => incidentsOf(kcl, "start").length === SHARDS),
    ),
  ]);
  const all = relays.map(({ stage }) => stage.contents);
  expect(late.map(({ transcript }) => transcript.shards)).toEqual(news(between, all));
}

test("the KCL 2.7 never begins a lease at a time that it was not configured with, whoever made it; we at the time in ours, or at startAt in theirs", async () => {
  const relays = [await onEmulator("theirs"), await onEmulator("ours")] as const;
  const [theirs, ours] = relays;
  const early = await putToAll(relays);
  await sleep(2);
  const timestampMs = Date.now();
  await Promise.all([makeByKcl(theirs, timestampMs), makeByUs(ours, new Date(timestampMs))]);
  await Promise.all(relays.map(expectKclStuck));

  const all = await putToAll(relays);
  const startAt = "TRIM_HORIZON";
  const [fromOldest, fromTime] = await Promise.all([
    theirs.letUsWork({ startAt }, ({ transcript }) => transcript.records >= 2 * RECORDS),
    ours.letUsWork({ startAt }, ({ transcript }) => transcript.records >= RECORDS),
  ]);
  expect(fromOldest.transcript.shards).toEqual(all[0]);
  expect(fromTime.transcript.shards).toEqual(news(early, all)[1]);
});

/** The KCL tries the shards of an application again and again, and begins none. */
async function expectKclStuck(relay: Relay): Promise<void> {
  const { side, transcript } = relay.startKcl({ startAt: "TRIM_HORIZON" });
  const failures = (): number => [...side.log.matchAll(NO_TIMESTAMP)].length;
  await eventually(() => failures() > 2 * SHARDS, {
    withinMs: STUCK_WITHIN_MS,
    telling: () => `${JSON.stringify(side.incidents)}: ${side.log}`,
  });
  await side.kill();
  expect(incidentsOf(side, "start")).toEqual([]);
  expect(transcript.records).toBe(0);
}

/** Side by side: the KCL spends most of the time waiting. */
async function withEach(
  theirs: readonly Theirs[],
  work: (relay: Relay, theirs: Theirs) => Promise<void>,
): Promise<void> {
  await Promise.all(theirs.map(async (kcl) => work(await kcl.start("handed-over"), kcl)));
}

async function onEmulator(application: string): Promise<Relay> {
  const stage = await Stage.start(SHARDS);
  return new Relay(application, stage, stage.emulator.clientConfig("dynamodb"));
}

async function onDynamoDbLocal(application: string): Promise<Relay> {
  return new Relay(application, await Stage.start(SHARDS), await startDynamoDbLocal());
}

/** The KCL makes the leases of an application, and reads one or two of them. */
async function makeByKcl(relay: Relay, startAt: "LATEST" | number): Promise<void> {
  const options = { startAt, workers: PAIR, maxLeases: 1 };
  await relay.letKclWork(options, ({ side }) => incidentsOf(side, "start").length > 0, "kill");
  expect((await relay.items()).size).toBe(SHARDS);
}

/** We make the leases of an application, and read one of them. */
async function makeByUs(relay: Relay, startAt: "LATEST" | Date): Promise<void> {
  const options = { startAt, leases: { maxPerWorker: 1 } };
  await relay.letUsWork(options, ({ side }) => side.starts.size === 1);
  expect((await relay.items()).size).toBe(SHARDS);
}

/** Resolves with all that is in the streams then. */
function putToAll(relays: readonly Relay[]): Promise<readonly Contents[]> {
  return Promise.all(relays.map((relay) => relay.put(RECORDS, PER_AGGREGATE)));
}

/** What has come to each stream since. */
function news(before: readonly Contents[], now: readonly Contents[]): readonly Contents[] {
  return now.map((contents, number) => since(before[number] as Contents, contents));
}

/** Of the leases, or of some of them, by their names; each once. */
async function ownersOf(
  relay: Relay,
  isMeant: (item: PlainItem) => boolean = () => true,
): Promise<readonly string[]> {
  const items = [...(await relay.items()).values()].filter(isMeant);
  const owners = items.flatMap(({ leaseOwner = [] }) => leaseOwner).map(String);
  return [...new Set(owners)].sort();
}

/** Whether the lease's shard was read to its end. */
function isEnded({ checkpoint }: PlainItem): boolean {
  return checkpoint === "SHARD_END";
}

/** Puts records once a side has begun all shards, and waits until it has as many. */
function untilFed<Side>(relay: Relay, hasBegun: (side: Side) => boolean): Until<Side> {
  let isFed = false;
  return async ({ side, transcript }) => {
    if (!hasBegun(side)) return false;
    if (!isFed) await relay.put(RECORDS, PER_AGGREGATE);
    isFed = true;
    return transcript.records >= RECORDS;
  };
}

/** What a worker of ours may leave in a lease beside what it leaves in this test. */
const OTHER_ATTRIBUTES = {
  "x-owner": { S: "worker" },
  "x-wantedBy": { S: "worker" },
  "x-wantedAt": { N: "1" },
  "x-haltedAt": { S: "1" },
  "x-haltedAtSub": { N: "1" },
  "x-latestSince": { N: "1" },
  "x-initialTimestamp": { N: "1" },
};

function incidentsOf(kcl: KclWorkers, kind: string): readonly Incident[] {
  return kcl.incidents.filter((incident) => incident.kind === kind);
}

/** What the KCL told of each shard in incidents of a kind, and something that it does not tell itself. */
function toldOf(kcl: KclWorkers, kind: string, ...more: readonly string[]): Told {
  const told = incidentsOf(kcl, kind);
  return new Map(told.map(({ details, shardId }) => [shardId, [...details, ...more]]));
}

/** The prepared checkpoints that a worker of ours found, in the form of the KCL's. */
function pendingSeenByUs({ starts }: NativeWorker): Told {
  const seen = [...starts].map(([shardId, { pendingCheckpoint }]) => {
    const { position, state = [] } = pendingCheckpoint as PendingCheckpoint;
    return [shardId, [...detailsOf(position), Buffer.from(state).toString()]] as const;
  });
  return new Map(seen);
}

/** The checkpoints that a worker of ours prepared, in the form of the KCL's. */
function preparedByUs({ prepared }: NativeWorker, state: string): Told {
  return new Map([...prepared].map(([shardId, at]) => [shardId, [...detailsOf(at), state]]));
}

/** Where the KCL checkpointed each shard. */
function checkpointsOf(kcl: KclWorkers): Places {
  const checkpoints = incidentsOf(kcl, "checkpoint").map(({ details, shardId }) => {
    const [sequenceNumber = "", sub] = details;
    return [shardId, { sequenceNumber, subSequenceNumber: Number(sub) }] as const;
  });
  return new Map(checkpoints);
}

/** The user records right behind, if they lie in the same aggregates. */
function nextInAggregates(places: Places): Places {
  const next = [...places].map(([shardId, { sequenceNumber, subSequenceNumber }]) => {
    return [shardId, { sequenceNumber, subSequenceNumber: subSequenceNumber + 1 }] as const;
  });
  return new Map(next);
}

/** Those of the shards that others name. */
function placesIn(places: Places, others: Places): Places {
  return new Map([...places].filter(([shardId]) => others.has(shardId)));
}

function detailsOf({ sequenceNumber, subSequenceNumber }: Position): readonly string[] {
  return [sequenceNumber, String(subSequenceNumber)];
}

/** The attributes that the KCL knows nothing of. */
function onlyOurs(item: PlainItem): PlainItem {
  return Object.fromEntries(Object.entries(item).filter(([name]) => name.startsWith("x-")));
}
