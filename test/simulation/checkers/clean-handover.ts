// With automatic checkpoints whoever gives a lease up writes down all that it has handled, to the record: the next owner
// repeats nothing but what handlers were left with that did not return in time; where handlers work side by side, all that
// was handled before the first record that was not.
import { comparePositions } from "@shardline/core";
import type { Lease } from "@shardline/consumer";
import type { Handling } from "../evidence/handling.ts";
import { BrokenInvariant, type Checker } from "../evidence/journal.ts";
import type { EntryOf } from "../evidence/journal-entry.ts";
import type { SideBySide } from "../evidence/side-by-side.ts";
import { nameOf } from "../evidence/sim-record.ts";
import type { StoredRecords } from "../evidence/stored-records.ts";
import { placeText } from "./lease-facts.ts";

interface WorkSideBySide {
  readonly stored: StoredRecords;
  readonly sideBySide: SideBySide;
}

export class CleanHandover implements Checker {
  readonly name = "clean handover";
  readonly sights = { table: (entry: EntryOf<"table">): void => this.#see(entry) };
  readonly #handling: Handling;
  readonly #work: WorkSideBySide | undefined;

  /** `work`: where handlers work side by side. */
  constructor(handling: Handling, work?: WorkSideBySide) {
    this.#handling = handling;
    this.#work = work;
  }

  #see(entry: EntryOf<"table">): void {
    const { after, process } = entry;
    const tenure = this.#handling.atRelease(entry);
    if (after === undefined || tenure?.handledUpTo === undefined) return;
    if (this.#work !== undefined) {
      // A call that was waited for in vain may have been done with its record, and at its checkpoint.
      if (this.#handling.hasWaited(entry) && (tenure.hasLate || tenure.calls.size > 0)) return;
      this.#compareNext(entry, after, tenure.epoch, this.#work);
      return;
    }
    const { handledUpTo } = tenure;
    if (comparePositions(after.checkpoint, handledUpTo) >= 0) return;
    this.#break(process, after, `it up to ${placeText(handledUpTo)}`);
  }

  #compareNext(
    { process }: EntryOf<"table">,
    after: Lease,
    epoch: number,
    { sideBySide, stored }: WorkSideBySide,
  ): void {
    const { checkpoint, shardId } = after;
    const work = sideBySide.workOf(process, shardId);
    const covered = stored.countUpTo(shardId, checkpoint);
    const next = covered === undefined ? undefined : stored.firstInRange(shardId, covered);
    if (work?.epoch !== epoch || next === undefined) return;
    const isTaken = next.index >= work.from && next.index < work.next;
    if (!isTaken || work.undone.has(next.index)) return;
    this.#break(process, after, `${nameOf(next.record)} behind it`);
  }

  #break(process: string, { checkpoint, key }: Lease, handled: string): never {
    const what = `${process} gives ${key} up at ${placeText(checkpoint)}, and has handled`;
    throw new BrokenInvariant(this.name, `${what} ${handled}`, process);
  }
}
