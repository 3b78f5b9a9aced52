import { KinesisError } from "@shardline/core";
import { expect, it } from "vitest";
import { Ledger } from "./ledger.ts";

const CLEAN = { failed: 0, repeated: 0, settledWrongly: 0, lost: 0, denied: 0 };

function failure(mayHaveBeenWritten: boolean): KinesisError {
  return new KinesisError("RECORD_EXPIRED", {
    message: "put rejected: it is too old",
    isRetryable: true,
    details: {
      record: { partitionKey: "k", data: "" },
      attempts: [],
      attemptCount: 0,
      mayHaveBeenWritten,
    },
  });
}

function newLedger(records: number): Ledger {
  const ledger = new Ledger(10);
  for (let i = 0; i < records; i += 1) ledger.nextId();
  return ledger;
}

it("Z-soak: records that are stored and delivered are in order, however often they came", () => {
  const ledger = newLedger(2);
  ledger.stored(0);
  ledger.stored(1);
  expect(ledger.compare(Uint8Array.of(1, 3))).toEqual({ ...CLEAN, stored: 2, repeated: 1 });
});

it("Z-soak: a record that is stored and not delivered is lost", () => {
  const ledger = newLedger(1);
  ledger.stored(0);
  expect(ledger.compare(Uint8Array.of(0))).toEqual({ ...CLEAN, stored: 1, lost: 1 });
});

it("Z-soak: a record that is settled never, or twice, is told", () => {
  const ledger = newLedger(2);
  ledger.stored(0);
  ledger.stored(0);
  const { settledWrongly } = ledger.compare(Uint8Array.of(1, 1));
  expect(settledWrongly).toBe(2);
});

it("Z-soak: only a record that may have been written may be delivered after it failed", () => {
  const ledger = newLedger(2);
  ledger.failed(0, failure(true));
  ledger.failed(1, failure(false));
  expect(ledger.compare(Uint8Array.of(1, 1))).toEqual({
    ...CLEAN,
    stored: 0,
    failed: 2,
    denied: 1,
  });
});
