// Our producer puts while shards are split and merged; four workers of the real KCL read, in CBOR.
import { silentLogger } from "@shardline/core";
import { createProducer, type UserRecord } from "@shardline/producer";
import { expect, onTestFinished, test } from "vitest";
import { startDynamoDbLocal } from "./dynamodb-local.ts";
import { eventually } from "./eventually.ts";
import { makeFirstFleet } from "./first-fleet.ts";
import { KclWorkers, type KclOptions } from "./kcl-workers.ts";
import { Ledger } from "./ledger.ts";
import { STREAM, Stage } from "./stage.ts";
import { PATIENCE_MS, RECORDS, workpieceOf } from "./workload.ts";

const APPLICATION = "reader";
const WORKERS = ["java-1", "java-2", "java-3", "java-4"];
const FAILOVER_MS = 3_000;
/** The KCL 2.7 leaves an empty table to others for up to 30 s, and then steals one lease at a time. */
const START_MS = 150_000;

/** What happens to a stream while it is read. */
interface Course {
  /** In the beginning. */
  readonly shards: number;
  readonly reshards: readonly [first: Reshard, second: Reshard];
  /** Open and closed, in the end. */
  readonly shardsInAll: number;
}
type Reshard = (stage: Stage) => Promise<void>;

interface ReadOptions extends Partial<KclOptions> {
  /** So many workers must have begun before anything is put. */
  readonly takingPart: number;
}

const DOUBLED_AND_HALVED: Course = {
  shards: 8,
  reshards: [(stage) => stage.reshardTo(16), (stage) => stage.reshardTo(8)],
  shardsInAll: 8 + 16 + 8,
};
const SPLIT_AND_MERGED: Course = {
  shards: 4,
  reshards: [(stage) => stage.split(), (stage) => stage.merge()],
  shardsInAll: 4 + 2 + 1,
};

test("T43: KCL 2.7 reads all that we put while 8 shards become 16 and 8 again, each key in its order", async () => {
  const stage = await Stage.start(DOUBLED_AND_HALVED.shards);
  const takingPart = WORKERS.length;
  await expectAllRead(stage, DOUBLED_AND_HALVED, { takingPart });
});

test("T43: KCL 3.5 reads all that we put while 8 shards become 16 and 8 again, each key in its order", async () => {
  await expectAllReadBy3(DOUBLED_AND_HALVED, "polling");
});

test("T42: KCL 3.5 reads all that we put by enhanced fan-out, through a split and a merge, each key in its order", async () => {
  await expectAllReadBy3(SPLIT_AND_MERGED, "fan-out");
});

/**
 * The KCL 3.x wants an index, which the emulator's lease table makes only with a table. It shares leases by what their
 * shards carry, so while they are idle some of its workers get none.
 */
async function expectAllReadBy3(course: Course, read: "polling" | "fan-out"): Promise<void> {
  const [stage, dynamodb] = await Promise.all([Stage.start(course.shards), startDynamoDbLocal()]);
  await makeFirstFleet(APPLICATION, stage, dynamodb);
  const kcl = { version: "3.5", read, dynamodb: dynamodb.endpoint } as const;
  await expectAllRead(stage, course, { takingPart: 1, ...kcl });
}

async function expectAllRead(
  stage: Stage,
  course: Course,
  { takingPart, ...options }: ReadOptions,
): Promise<void> {
  const client = stage.emulator.clientConfig("kinesis");
  const ledger = new Ledger();
  const kcl = new KclWorkers({
    application: APPLICATION,
    stream: STREAM,
    kinesis: client.endpoint,
    dynamodb: client.endpoint,
    workers: WORKERS,
    failoverMs: FAILOVER_MS,
    onDelivery: (delivery) => ledger.note(delivery),
    ...options,
  });
  const producer = createProducer({ stream: STREAM, kinesis: client, logger: silentLogger });
  onTestFinished(async () => void (await producer.close()));

  const startsOf = () => kcl.incidents.filter(({ kind }) => kind === "start");
  const workersOf = () => [...new Set(startsOf().map(({ worker }) => worker))].sort();
  const shardsOf = () => new Set(startsOf().map(({ shardId }) => shardId));
  const haveBegun = () => workersOf().length >= takingPart && shardsOf().size === course.shards;
  await eventually(haveBegun, {
    withinMs: START_MS,
    telling: () => `only ${workersOf().join()} took part; the KCL's log: ${kcl.log}`,
  });

  const failures: unknown[] = [];
  for await (const outcome of producer.putMany(recordsThroughReshards(stage, course))) {
    if (outcome.kind === "failed") failures.push(outcome.error);
  }
  expect(failures).toEqual([]);

  await eventually(() => ledger.unique === RECORDS, {
    withinMs: 90_000 + PATIENCE_MS,
    telling: () => `${ledger.summary}; the KCL's log: ${kcl.log}`,
  });
  expect(ledger.changed).toEqual([]);
  expect(ledger.stripped).toEqual([]);
  expect(ledger.outOfOrder).toEqual([]);
  expect(ledger.aggregates).toBeGreaterThan(0);
  // Only a lease that changes hands makes records come again, from its checkpoint on.
  expect(shardsOf().size).toBe(course.shardsInAll);
  const moves = startsOf().length - course.shardsInAll;
  if (moves === 0) expect(ledger.repeats).toBe(0);
  else expect(ledger.repeats).toBeLessThan(RECORDS / 2);
  await kcl.stop();
  expect(kcl.unreadable).toEqual([]);
}

/** Records go on being put while the shards change; each generation of shards gets some. */
async function* recordsThroughReshards(
  stage: Stage,
  { reshards: [first, second] }: Course,
): AsyncGenerator<UserRecord> {
  let resharding = Promise.resolve();
  for (let number = 0; number < RECORDS; number += 1) {
    if (number === RECORDS / 4) resharding = first(stage);
    if (number === RECORDS / 2) {
      await resharding;
      resharding = second(stage);
    }
    if (number === (RECORDS * 3) / 4) await resharding;
    const { data, ...keys } = workpieceOf(number);
    yield { ...keys, data: Buffer.from(data) };
  }
}
