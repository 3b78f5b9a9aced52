// The real KPL puts over TLS into the emulator while shards are split and merged; our consumer reads.
import { expect, test } from "vitest";
import { eventually } from "./eventually.ts";
import { KplProducer } from "./kpl-producer.ts";
import { Ledger } from "./ledger.ts";
import { NativeWorker } from "./native-worker.ts";
import { STREAM, Stage } from "./stage.ts";
import { numberOf, PATIENCE_MS, RECORDS, workpieceOf } from "./workload.ts";

/** The KPL sends again what its shard map was wrong about, until it has a new one. */
const MAX_ATTEMPTS = 20;

test("T44, T29: what the KPL puts through a split and a merge is read whole, and no record comes into a shard after its end", async () => {
  const stage = await Stage.start(4);
  const { emulator } = stage;
  const kpl = await KplProducer.start({ port: emulator.port, stream: STREAM });
  const ledger = new Ledger();
  const places = new Map<number, Set<string>>();
  NativeWorker.start({
    application: "reader",
    kinesis: emulator.clientConfig("kinesis"),
    onDelivery: (delivery) => {
      ledger.note(delivery);
      const number = numberOf(delivery.data);
      places.set(number, (places.get(number) ?? new Set<string>()).add(placeOf(delivery)));
    },
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
  const receipts = [...kpl.receipts.values()];
  const attempts = receipts.reduce((most, receipt) => Math.max(most, receipt.attempts), 0);
  expect(attempts).toBeGreaterThan(1);
  expect(attempts).toBeLessThan(MAX_ATTEMPTS);
  // One split and two merged, all of them in use before.
  expect(stage.closedShards.map(({ records }) => records.length > 0)).toEqual([true, true, true]);
  for (const { closedAtMs = 0, records } of stage.closedShards) {
    expect(records.filter(({ arrivedAtMs }) => arrivedAtMs > closedAtMs)).toEqual([]);
  }

  await eventually(() => ledger.unique === RECORDS, {
    withinMs: PATIENCE_MS,
    telling: () => ledger.summary,
  });
  expect(ledger.changed).toEqual([]);
  expect(ledger.stripped).toEqual([]);
  expect(ledger.aggregates).toBeGreaterThan(0);
  const untrue = [...kpl.receipts].filter(([number, receipt]) => {
    return places.get(number)?.has(placeOf(receipt)) !== true;
  });
  expect(untrue).toEqual([]);
});

function placeOf(at: { readonly shardId: string; readonly sequenceNumber: string }): string {
  return `${at.shardId} ${at.sequenceNumber}`;
}
