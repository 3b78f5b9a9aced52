// S9: the lease of a shard one of whose parents, as the stream has them, has or had a lease begins at the shard's first
// record, wherever the application itself began: never at LATEST. It names its parents, of whichever it is.
import { BrokenInvariant, type Checker } from "../evidence/journal.ts";
import type { EntryOf } from "../evidence/journal-entry.ts";
import type { Lineage } from "../evidence/lineage.ts";

/** Where nothing of a child is left out: all of it is newer than the time at which the application began. */
const BEGINNINGS: ReadonlySet<string> = new Set(["TRIM_HORIZON", "AT_TIMESTAMP"]);

export class ChildStart implements Checker {
  readonly name = "child starts at the beginning";
  readonly sights = { table: (entry: EntryOf<"table">): void => this.#see(entry) };
  readonly #lineage: Lineage;
  /** Shards that have, or had, a lease. */
  readonly #leased = new Set<string>();

  constructor(lineage: Lineage) {
    this.#lineage = lineage;
  }

  #see({ after, before, process }: EntryOf<"table">): void {
    if (before !== undefined || after === undefined) return;
    const { checkpoint, parentShardIds, shardId } = after;
    const parentIds = this.#lineage.parentIdsOf(shardId);
    this.#leased.add(shardId);
    const unknown = parentIds.find((id) => !parentShardIds.includes(id));
    if (unknown !== undefined) {
      const what = `${process} creates ${shardId}, which does not know its parent ${unknown}`;
      throw new BrokenInvariant(this.name, what, process);
    }
    const parentId = parentIds.find((id) => this.#leased.has(id));
    if (parentId === undefined || BEGINNINGS.has(checkpoint.sequenceNumber)) return;
    const start = checkpoint.sequenceNumber;
    const what = `${process} lets ${shardId}, which follows on ${parentId}, begin at ${start}`;
    throw new BrokenInvariant(this.name, what, process);
  }
}
