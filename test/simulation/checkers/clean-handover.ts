// With automatic checkpoints whoever gives a lease up writes down all that it has handled, to the record: the next owner
// repeats nothing but what handlers were left with that did not return in time.
import { comparePositions } from "@shardline/core";
import type { Handling } from "../evidence/handling.ts";
import { BrokenInvariant, type Checker } from "../evidence/journal.ts";
import type { EntryOf } from "../evidence/journal-entry.ts";

export class CleanHandover implements Checker {
  readonly name = "clean handover";
  readonly sights = { table: (entry: EntryOf<"table">): void => this.#see(entry) };
  readonly #handling: Handling;

  constructor(handling: Handling) {
    this.#handling = handling;
  }

  #see(entry: EntryOf<"table">): void {
    const { after, key, process } = entry;
    const handledUpTo = this.#handling.atRelease(entry)?.handledUpTo;
    if (after === undefined || handledUpTo === undefined) return;
    if (comparePositions(after.checkpoint, handledUpTo) >= 0) return;
    const [written, handled] = [after.checkpoint, handledUpTo].map(
      ({ sequenceNumber, subSequenceNumber }) => `${sequenceNumber}#${subSequenceNumber}`,
    );
    const what = `${process} gives ${key} up at ${written}, and has handled it up to ${handled}`;
    throw new BrokenInvariant(this.name, what, process);
  }
}
