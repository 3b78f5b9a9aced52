// The record of a receipt is stored at that shard and position, where a KCL finds it, and the tries that it tells of can
// have been.
import { BrokenInvariant, type Checker } from "../evidence/journal.ts";
import type { EntryOf } from "../evidence/journal-entry.ts";
import { nameOf } from "../evidence/sim-record.ts";
import type { StoredRecord, StoredRecords } from "../evidence/stored-records.ts";

type Receipt = EntryOf<"stored">["receipt"];

/** So many tries are listed at most. */
const LISTED = 32;
/** Of sums of times in ms. */
const ROUNDING_MS = 1e-6;

/** A record as it was put: its bytes with its key, and when by its producer's clock. */
interface Put {
  readonly bytes: number;
  readonly localMs: number;
}

/** What the receipts of one Kinesis record have in common. */
interface Carrier {
  readonly records: readonly StoredRecord[];
  /** A KCL drops an aggregate as a whole when one of its records does not belong to the shard. */
  readonly astray: StoredRecord | undefined;
}

export class TrueReceipts implements Checker {
  readonly name = "true receipts";
  readonly sights = {
    put: ({ bytes, localMs, record }: EntryOf<"put">): void => {
      this.#put.set(nameOf(record), { bytes, localMs });
    },
    stored: (entry: EntryOf<"stored">): void => this.#see(entry),
    failed: ({ record }: EntryOf<"failed">): void => {
      this.#put.delete(nameOf(record));
    },
  };
  readonly #stored: StoredRecords;
  /** Of records that are not settled. */
  readonly #put = new Map<string, Put>();
  /** The last one that was looked at: its receipts come in a row. */
  #carrier: Carrier = { records: [], astray: undefined };

  constructor(stored: StoredRecords) {
    this.#stored = stored;
  }

  #see({ localMs, process, receipt, record }: EntryOf<"stored">): void {
    const { sequenceNumber, shardId, subSequenceNumber } = receipt;
    const records = this.#stored.ofCarrier(shardId, sequenceNumber);
    if (records !== this.#carrier.records) {
      this.#carrier = { records, astray: records.find(({ isInRange }) => !isInRange) };
    }
    const { astray } = this.#carrier;
    const name = nameOf(record);
    const put = this.#put.get(name);
    this.#put.delete(name);
    const problem =
      oddRecord(name, put, records[subSequenceNumber]) ??
      (astray && `${nameOf(astray.record)} in the same aggregate does not belong there`) ??
      oddTries(receipt, localMs - (put?.localMs ?? localMs));
    if (problem === undefined) return;
    const what = `${name} on ${shardId} at ${sequenceNumber}#${subSequenceNumber}: ${problem}`;
    throw new BrokenInvariant(this.name, what, process);
  }
}

function oddRecord(
  name: string,
  put: Put | undefined,
  found: StoredRecord | undefined,
): string | undefined {
  if (found === undefined) return "nothing is there";
  if (nameOf(found.record) !== name) return `there is ${nameOf(found.record)}`;
  const { bytes, partitionKey } = found;
  if (partitionKey !== found.record.key) return `its key is ${partitionKey}`;
  const isWhole = put === undefined || bytes + partitionKey.length === put.bytes;
  return isWhole ? undefined : `it has ${bytes} bytes, and with its key ${put.bytes} were put`;
}

/** The last of them stored the record, all others failed, one after the other since it was put. */
function oddTries({ attemptCount, attempts }: Receipt, sinceMs: number): string | undefined {
  if (attempts.length !== Math.min(attemptCount, LISTED) || attemptCount === 0) {
    return `${attempts.length} of ${attemptCount} tries are listed`;
  }
  if (attempts.at(-1)?.failure !== undefined) return "its last try failed";
  if (attempts.slice(0, -1).some(({ failure }) => failure === undefined)) {
    return "it was tried again after it was stored";
  }
  // What waits is told of the record in its aggregate that has waited longest, which may have been there before.
  let callsMs = 0;
  for (const { delayMs, durationMs } of attempts) {
    if (delayMs < 0 || durationMs < 0) return "a try took less than no time";
    callsMs += durationMs;
  }
  return callsMs > sinceMs + ROUNDING_MS ? `its calls took ${callsMs} of ${sinceMs} ms` : undefined;
}
