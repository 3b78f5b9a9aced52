// S6, between epochs: a new owner begins with the first record behind the checkpoint that it found in the table, so that
// what comes again is what was not checkpointed, and nothing is passed over.
import { BrokenInvariant, type Checker } from "../evidence/journal.ts";
import type { EntryOf } from "../evidence/journal-entry.ts";
import { nameOf } from "../evidence/sim-record.ts";
import type { StoredRecords } from "../evidence/stored-records.ts";
import { isOfKcl } from "../fleet/worker-name.ts";

/** An epoch from which nothing has been delivered. */
interface Beginning {
  readonly epoch: number;
  /** So many records of the shard lie at or before the checkpoint. */
  readonly covered: number;
}

export class ResumesAtCheckpoint implements Checker {
  readonly name = "resumes at the checkpoint";
  readonly sights = {
    table: (entry: EntryOf<"table">): void => this.#seeWrite(entry),
    delivered: (entry: EntryOf<"delivered">): void => this.#seeDelivered(entry),
  };
  readonly #stored: StoredRecords;
  readonly #beginnings = new Map<string, Beginning>();

  constructor(stored: StoredRecords) {
    this.#stored = stored;
  }

  #seeWrite({ after, before }: EntryOf<"table">): void {
    if (after === undefined || after.epoch === before?.epoch) return;
    const { checkpoint, epoch, shardId } = after;
    const covered = this.#stored.countUpTo(shardId, checkpoint);
    if (covered === undefined) this.#beginnings.delete(shardId);
    else this.#beginnings.set(shardId, { epoch, covered });
  }

  #seeDelivered({ epoch, position, process, record, shardId }: EntryOf<"delivered">): void {
    if (isOfKcl(process)) return;
    const beginning = this.#beginnings.get(shardId);
    if (beginning?.epoch !== epoch) return;
    this.#beginnings.delete(shardId);
    const expected = this.#stored.firstInRange(shardId, beginning.covered);
    if (expected !== undefined && expected === this.#stored.at(shardId, position)) return;
    const due = expected === undefined ? "nothing" : nameOf(expected.record);
    const what = `${process} begins ${shardId} with ${nameOf(record)}, behind the checkpoint is ${due}`;
    throw new BrokenInvariant(this.name, what, process);
  }
}
