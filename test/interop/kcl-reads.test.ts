// Our producer puts while shards are split and merged; four workers of the real KCL 2.x read, polling, in CBOR.
import { silentLogger } from "@shardline/core";
import { createProducer, type UserRecord } from "@shardline/producer";
import { expect, onTestFinished, test } from "vitest";
import { eventually } from "./eventually.ts";
import { KclWorkers } from "./kcl-workers.ts";
import { Ledger } from "./ledger.ts";
import { STREAM, Stage } from "./stage.ts";
import { RECORDS, workpieceOf } from "./workload.ts";

const FAILOVER_MS = 3_000;

test("T43: KCL 2.7 reads all that we put while 8 shards become 16 and 8 again, each key in its order", async () => {
  const stage = await Stage.start(8);
  const client = stage.emulator.clientConfig("kinesis");
  const ledger = new Ledger();
  const kcl = new KclWorkers({
    application: "reader",
    stream: STREAM,
    kinesis: client.endpoint,
    dynamodb: client.endpoint,
    workers: ["java-1", "java-2", "java-3", "java-4"],
    failoverMs: FAILOVER_MS,
    onDelivery: (delivery) => ledger.note(delivery),
  });
  const producer = createProducer({ stream: STREAM, kinesis: client, logger: silentLogger });
  onTestFinished(async () => void (await producer.close()));

  const failures: unknown[] = [];
  for await (const outcome of producer.putMany(recordsThroughReshards(stage))) {
    if (outcome.kind === "failed") failures.push(outcome.error);
  }
  expect(failures).toEqual([]);

  await eventually(() => ledger.unique === RECORDS, {
    withinMs: 150_000,
    telling: () => `${ledger.summary}; the KCL's log: ${kcl.log}`,
  });
  expect(ledger.changed).toEqual([]);
  expect(ledger.outOfOrder).toEqual([]);
  await kcl.stop();
  expect(kcl.unreadable).toEqual([]);
});

/** Records go on being put while the shards change. */
async function* recordsThroughReshards(stage: Stage): AsyncGenerator<UserRecord> {
  let resharding = Promise.resolve();
  for (let number = 0; number < RECORDS; number += 1) {
    if (number === Math.floor(RECORDS / 3)) resharding = stage.reshardTo(16);
    if (number === Math.floor((2 * RECORDS) / 3)) {
      await resharding;
      resharding = stage.reshardTo(8);
    }
    const { data, ...keys } = workpieceOf(number);
    yield { ...keys, data: Buffer.from(data) };
  }
  await resharding;
}
