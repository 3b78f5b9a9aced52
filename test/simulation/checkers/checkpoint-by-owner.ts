// S2: how far a shard was processed is only written by the process that had its lease until that write: by the owner, and
// by the one that ends it, gives it up or hands it over. Who takes a lease leaves the checkpoint as it is.
import { BrokenInvariant, type Checker } from "../evidence/journal.ts";
import type { EntryOf } from "../evidence/journal-entry.ts";
import { isSamePlace, readerOf } from "./lease-facts.ts";

export class CheckpointByOwner implements Checker {
  readonly name = "checkpoint by the owner";
  readonly sights = { table: (entry: EntryOf<"table">): void => this.#see(entry) };

  #see({ after, before, key, process }: EntryOf<"table">): void {
    if (before === undefined || after === undefined || readerOf(before) === process) return;
    const isSame =
      isSamePlace(before.checkpoint, after.checkpoint) &&
      isSamePlace(before.pendingCheckpoint?.position, after.pendingCheckpoint?.position) &&
      isSamePlace(before.haltedAt, after.haltedAt);
    if (isSame) return;
    const owner = readerOf(before);
    const what = `${process} writes that of ${key}, whose owner is ${owner ?? "nobody"}`;
    throw new BrokenInvariant(this.name, what, process, ...(owner === undefined ? [] : [owner]));
  }
}
