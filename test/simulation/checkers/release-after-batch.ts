// Whoever gives a lease up has no handler at work for it any more, unless it has waited as long as it was to: the next owner
// would handle the same records at the same time.
import type { Handling } from "../evidence/handling.ts";
import { BrokenInvariant, type Checker } from "../evidence/journal.ts";
import type { EntryOf } from "../evidence/journal-entry.ts";

export class ReleaseAfterBatch implements Checker {
  readonly name = "release after the batch";
  readonly sights = { table: (entry: EntryOf<"table">): void => this.#see(entry) };
  readonly #handling: Handling;

  constructor(handling: Handling) {
    this.#handling = handling;
  }

  #see(entry: EntryOf<"table">): void {
    const { key, process } = entry;
    const { calls } = this.#handling.atRelease(entry) ?? {};
    if (calls === undefined || calls.size === 0 || this.#handling.hasWaited(entry)) return;
    const what = `${process} gives ${key} up while its handler is at work`;
    throw new BrokenInvariant(this.name, what, process);
  }
}
