// The real KPL puts over TLS into the emulator while shards are split and merged; our consumer reads.
import { expect, test } from "vitest";
import { eventually } from "./eventually.ts";
import { KplProducer } from "./kpl-producer.ts";
import { Ledger } from "./ledger.ts";
import { NativeWorker } from "./native-worker.ts";
import { STREAM, Stage } from "./stage.ts";
import { RECORDS, workpieceOf } from "./workload.ts";

/** The KPL sends again what its shard map was wrong about, once it has a new one. */
const MAX_ATTEMPTS = 20;

test("T44, T29: what the KPL puts through a split and a merge is read whole, and no record is in a shard after its end", async () => {
  const stage = await Stage.start(4);
  const { emulator } = stage;
  const kpl = await KplProducer.start({ port: emulator.port, stream: STREAM });
  const ledger = new Ledger();
  NativeWorker.start({
    application: "reader",
    kinesis: emulator.clientConfig("kinesis"),
    onDelivery: (delivery) => ledger.note(delivery),
  });

  // Records go on being put while the shards change.
  let resharding = Promise.resolve();
  for (let number = 0; number < RECORDS; number += 1) {
    if (number === Math.floor(RECORDS / 3)) resharding = stage.split();
    if (number === Math.floor((2 * RECORDS) / 3)) {
      await resharding;
      resharding = stage.merge();
    }
    await kpl.put(workpieceOf(number));
  }
  await Promise.all([resharding, kpl.finish()]);

  expect(kpl.failures).toEqual([]);
  expect(kpl.receipts.size).toBe(RECORDS);
  const attempts = Math.max(...[...kpl.receipts.values()].map((receipt) => receipt.attempts));
  expect(attempts).toBeLessThan(MAX_ATTEMPTS);
  expect(stage.recordsAfterEnd()).toEqual([]);
  await eventually(() => ledger.unique === RECORDS, {
    withinMs: 60_000,
    telling: () => ledger.summary,
  });
  expect(ledger.changed).toEqual([]);
});
