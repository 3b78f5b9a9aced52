// S9: the lease of a shard one of whose parents has, or had, a lease begins at the shard's first record, wherever the
// application itself began: never at LATEST.
import { BrokenInvariant, type Checker, type EntryOf } from "../evidence/journal.ts";

/** Where nothing of a child is left out: all of it is newer than the time at which the application began. */
const BEGINNINGS: ReadonlySet<string> = new Set(["TRIM_HORIZON", "AT_TIMESTAMP"]);

export class ChildStart implements Checker {
  readonly name = "child starts at the beginning";
  readonly sights = { table: (entry: EntryOf<"table">): void => this.#see(entry) };
  /** Shards that have, or had, a lease. */
  readonly #leased = new Set<string>();

  #see({ after, before, process }: EntryOf<"table">): void {
    if (before !== undefined || after === undefined) return;
    const { checkpoint, parentShardIds, shardId } = after;
    const parentId = parentShardIds.find((id) => this.#leased.has(id));
    this.#leased.add(shardId);
    if (parentId === undefined || BEGINNINGS.has(checkpoint.sequenceNumber)) return;
    const start = checkpoint.sequenceNumber;
    const what = `${process} lets ${shardId}, which follows on ${parentId}, begin at ${start}`;
    throw new BrokenInvariant(this.name, what, process);
  }
}
