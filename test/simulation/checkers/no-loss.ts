// Every record that is stored where it belongs is handled at least once.
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
    for (const [shardId, { isHandled, isInRange, record, sequenceNumber }] of this.#stored.all()) {
      if (isHandled || !isInRange) continue;
      const what = `${nameOf(record)} is stored on ${shardId} at ${sequenceNumber}, and was never handled`;
      throw new BrokenInvariant(this.name, what);
    }
  }
}
