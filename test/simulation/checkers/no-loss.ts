// Every record that is stored where it belongs is handled at least once; those that the KCL passes over are a matter of
// another checker.
import { BrokenInvariant, type Checker } from "../evidence/journal.ts";
import { nameOf } from "../evidence/sim-record.ts";
import type { StoredRecords } from "../evidence/stored-records.ts";

export class NoLoss implements Checker {
  readonly name = "no loss";
  readonly #stored: StoredRecords;

  constructor(stored: StoredRecords) {
    this.#stored = stored;
  }

  atEnd(): void {
    if (this.#stored.unhandled === 0) return;
    for (const [shardId, stored] of this.#stored.all()) {
      const { isHandled, isInRange, isPassedOver, record, sequenceNumber } = stored;
      if (isHandled || isPassedOver || !isInRange) continue;
      if (this.#stored.isUnnamed(shardId)) continue;
      const what = `${nameOf(record)} is stored on ${shardId} at ${sequenceNumber}, and was never handled`;
      throw new BrokenInvariant(this.name, what);
    }
  }
}
