// Whoever gives a lease up has no handler at work for it any more: the next owner would handle the same records at the
// same time.
import type { Handling } from "../evidence/handling.ts";
import { BrokenInvariant, type Checker, type EntryOf } from "../evidence/journal.ts";

export class ReleaseAfterBatch implements Checker {
  readonly name = "release after the batch";
  readonly sights = { table: (entry: EntryOf<"table">): void => this.#see(entry) };
  readonly #handling: Handling;

  constructor(handling: Handling) {
    this.#handling = handling;
  }

  #see(entry: EntryOf<"table">): void {
    const { key, process } = entry;
    if (this.#handling.atRelease(entry)?.isAtWork !== true) return;
    const what = `${process} gives ${key} up while its handler is at work`;
    throw new BrokenInvariant(this.name, what, process);
  }
}
