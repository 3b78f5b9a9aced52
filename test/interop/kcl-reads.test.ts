// Our producer puts while shards are split and merged; four workers of the real KCL read, in CBOR.
import { silentLogger } from "@shardline/core";
import { createProducer, type UserRecord } from "@shardline/producer";
import { expect, onTestFinished, test } from "vitest";
import { CallCounts } from "./call-counts.ts";
import { startDynamoDbLocal } from "./dynamodb-local.ts";
import { eventually } from "./eventually.ts";
import { makeFirstFleet } from "./first-fleet.ts";
import { KclWorkers, type KclOptions } from "./kcl-workers.ts";
import { Ledger } from "./ledger.ts";
import { STREAM, Stage } from "./stage.ts";
import type { Incident } from "./worker-program.ts";
import { PATIENCE_MS, RECORDS, workpieceOf } from "./workload.ts";

const SHARDS = 8;
/** As long as it is read: 8 shards, then 16, then 8. */
const SHARDS_IN_ALL = 8 + 16 + 8;
const WORKERS = ["java-1", "java-2", "java-3", "java-4"];
const FAILOVER_MS = 3_000;
/** The KCL 2.7 leaves an empty table to others for up to 30 s, and then steals one lease at a time. */
const START_MS = 150_000;

test("T43: KCL 2.7 reads all that we put while 8 shards become 16 and 8 again, each key in its order", async () => {
  const stage = await Stage.start(SHARDS);
  await expectAllRead(stage, [new Reader("reader", stage, { read: "polling" })]);
});

test("T42 and T43: KCL 3.5 reads all that we put, by enhanced fan-out and polling, while 8 shards become 16 and 8 again, each key in its order", async () => {
  const [stage, dynamodb] = await Promise.all([Stage.start(SHARDS), startDynamoDbLocal()]);
  const readers = (["polling", "fan-out"] as const).map(async (read) => {
    await makeFirstFleet(read, stage, dynamodb);
    return new Reader(read, stage, { read, version: "3.5", dynamodb: dynamodb.endpoint });
  });
  await expectAllRead(stage, await Promise.all(readers));
});

type Read = NonNullable<KclOptions["read"]>;

/** One application of the KCL, of four workers. */
class Reader {
  readonly ledger = new Ledger();
  readonly kcl: KclWorkers;
  readonly calls: CallCounts;
  readonly read: Read;
  readonly #handing = new Set<string>();
  /**
   * How many workers take part at least: the KCL 3.x shares leases by what their shards carry. While those are idle, some
   * of its workers get none; under traffic new ones go to those that carry the least, however many these are.
   */
  readonly takingPart: { readonly idle: number; readonly busy: number };

  constructor(application: string, stage: Stage, options: Partial<KclOptions> & { read: Read }) {
    const { endpoint } = stage.emulator;
    this.read = options.read;
    this.calls = new CallCounts(stage.emulator, application);
    const all = { idle: WORKERS.length, busy: WORKERS.length };
    this.takingPart = options.version === "3.5" ? { idle: 1, busy: 2 } : all;
    this.kcl = new KclWorkers({
      application,
      stream: STREAM,
      kinesis: endpoint,
      dynamodb: endpoint,
      workers: WORKERS,
      failoverMs: FAILOVER_MS,
      onDelivery: (delivery, worker) => {
        this.#handing.add(worker);
        this.ledger.note(delivery);
      },
      ...options,
    });
  }

  get hasBegun(): boolean {
    return this.#of("worker").size >= this.takingPart.idle && this.shards === SHARDS;
  }

  /** How many workers handed out records. */
  get handing(): number {
    return this.#handing.size;
  }

  /** Shards that were begun. */
  get shards(): number {
    return this.#of("shardId").size;
  }

  /** How often one was begun. */
  get starts(): number {
    return this.#starts.length;
  }

  get summary(): string {
    const workers = [...this.#of("worker")].join();
    return `${workers} took part; ${this.ledger.summary}; the KCL's log: ${this.kcl.log}`;
  }

  #of(what: "worker" | "shardId"): ReadonlySet<string> {
    return new Set(this.#starts.map((start) => start[what]));
  }

  get #starts(): readonly Incident[] {
    return this.kcl.incidents.filter(({ kind }) => kind === "start");
  }
}

async function expectAllRead(stage: Stage, readers: readonly Reader[]): Promise<void> {
  const kinesis = stage.emulator.clientConfig("kinesis");
  const producer = createProducer({ stream: STREAM, kinesis, logger: silentLogger });
  onTestFinished(async () => void (await producer.close()));
  const telling = (): string => readers.map(({ summary }) => summary).join("\n");
  await eventually(() => readers.every(({ hasBegun }) => hasBegun), {
    withinMs: START_MS,
    telling,
  });

  const failures: unknown[] = [];
  for await (const outcome of producer.putMany(recordsThroughReshards(stage))) {
    if (outcome.kind === "failed") failures.push(outcome.error);
  }
  expect(failures).toEqual([]);

  const withinMs = 90_000 + PATIENCE_MS;
  const areDone = (): boolean => readers.every(({ ledger }) => ledger.unique === RECORDS);
  await eventually(areDone, { withinMs, telling });
  for (const reader of readers) await expectWhole(reader);
}

async function expectWhole(reader: Reader): Promise<void> {
  const { handing, kcl, ledger, shards, starts, takingPart } = reader;
  expect(ledger.changed).toEqual([]);
  expect(ledger.stripped).toEqual([]);
  expect(ledger.outOfOrder).toEqual([]);
  expect(ledger.aggregates).toBeGreaterThan(0);
  expect(shards).toBe(SHARDS_IN_ALL);
  expect(handing).toBeGreaterThanOrEqual(takingPart.busy);
  expectReadAsTold(reader);
  // Only a lease that changes hands makes records come again, from its checkpoint on.
  if (starts === SHARDS_IN_ALL) expect(ledger.again).toBe(0);
  else expect(ledger.repeats).toBeLessThan(RECORDS / 2);
  await kcl.stop();
  expect(kcl.unreadable).toEqual([]);
}

/** Each shard was read the way that the KCL was told, and none the other way. */
function expectReadAsTold({ calls, read }: Reader): void {
  const [used, unused] =
    read === "polling" ? [calls.polls, calls.subscriptions] : [calls.subscriptions, calls.polls];
  expect(used).toBeGreaterThanOrEqual(SHARDS_IN_ALL);
  expect(unused).toBe(0);
}

/** Records go on being put while the shards change; each generation of shards gets some. */
async function* recordsThroughReshards(stage: Stage): AsyncGenerator<UserRecord> {
  let resharding = Promise.resolve();
  for (let number = 0; number < RECORDS; number += 1) {
    if (number === RECORDS / 4) resharding = stage.reshardTo(16);
    if (number === RECORDS / 2) {
      await resharding;
      resharding = stage.reshardTo(8);
    }
    if (number === (RECORDS * 3) / 4) await resharding;
    const { data, ...keys } = workpieceOf(number);
    yield { ...keys, data: Buffer.from(data) };
  }
}
