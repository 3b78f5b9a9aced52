// Our producer puts while shards are split and merged; four workers of the real KCL 2.x read, polling, in CBOR.
import { silentLogger } from "@shardline/core";
import { createProducer, type UserRecord } from "@shardline/producer";
import { expect, onTestFinished, test } from "vitest";
import { eventually } from "./eventually.ts";
import { KclWorkers } from "./kcl-workers.ts";
import { Ledger } from "./ledger.ts";
import { STREAM, Stage } from "./stage.ts";
import { PATIENCE_MS, RECORDS, workpieceOf } from "./workload.ts";

const WORKERS = ["java-1", "java-2", "java-3", "java-4"];
const FAILOVER_MS = 3_000;
/** The KCL leaves an empty table to others for up to 30 s, and then steals one lease at a time. */
const START_MS = 150_000;

test("T43: KCL 2.7 reads all that we put while 8 shards become 16 and 8 again, each key in its order", async () => {
  const stage = await Stage.start(8);
  const client = stage.emulator.clientConfig("kinesis");
  const ledger = new Ledger();
  const kcl = new KclWorkers({
    application: "reader",
    stream: STREAM,
    kinesis: client.endpoint,
    dynamodb: client.endpoint,
    workers: WORKERS,
    failoverMs: FAILOVER_MS,
    onDelivery: (delivery) => ledger.note(delivery),
  });
  const producer = createProducer({ stream: STREAM, kinesis: client, logger: silentLogger });
  onTestFinished(async () => void (await producer.close()));

  const startsOf = () => kcl.incidents.filter(({ kind }) => kind === "start");
  const workersOf = () => [...new Set(startsOf().map(({ worker }) => worker))].sort();
  await eventually(() => workersOf().length === WORKERS.length, {
    withinMs: START_MS,
    telling: () => `only ${workersOf().join()} took part; the KCL's log: ${kcl.log}`,
  });

  const failures: unknown[] = [];
  for await (const outcome of producer.putMany(recordsThroughReshards(stage))) {
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
  const starts = startsOf();
  // Only a lease that changes hands makes records come again, from its checkpoint on.
  const shards = new Set(starts.map(({ shardId }) => shardId));
  expect(shards.size).toBe(8 + 16 + 8);
  const moves = starts.length - shards.size;
  if (moves === 0) expect(ledger.repeats).toBe(0);
  else expect(ledger.repeats).toBeLessThan(RECORDS / 2);
  await kcl.stop();
  expect(kcl.unreadable).toEqual([]);
});

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
