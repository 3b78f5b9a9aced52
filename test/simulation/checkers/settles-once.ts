// Every record that is put is settled exactly once, unless its producer is killed; and a producer that is closed has
// counted them right.
import { BrokenInvariant, type Checker } from "../evidence/journal.ts";
import type { EntryOf } from "../evidence/journal-entry.ts";
import { nameOf, type SimRecord } from "../evidence/sim-record.ts";

/** With these a record is refused that never came in. */
const AT_THE_DOOR: ReadonlySet<string> = new Set(["BUFFER_FULL", "RECORD_TOO_LARGE"]);

/** What became of the records of one producer. */
interface Tally {
  readonly open: Set<string>;
  stored: number;
  failed: number;
  /** Of those that failed: their delivery may have gone on. */
  aborted: number;
}

export class SettlesOnce implements Checker {
  readonly name = "settles once";
  readonly sights = {
    put: ({ process, record }: EntryOf<"put">): void => {
      this.#tallyOf(process).open.add(nameOf(record));
    },
    stored: ({ process, record }: EntryOf<"stored">): void => {
      this.#settle(process, record);
      this.#tallyOf(process).stored += 1;
    },
    failed: ({ code, process, record }: EntryOf<"failed">): void => {
      this.#settle(process, record);
      const tally = this.#tallyOf(process);
      if (AT_THE_DOOR.has(code)) return;
      tally.failed += 1;
      if (code === "RECORD_ABORTED") tally.aborted += 1;
    },
    closed: (entry: EntryOf<"closed">): void => this.#compare(entry),
  };
  readonly #isAlive: (process: string) => boolean;
  readonly #tallies = new Map<string, Tally>();

  constructor(isAlive: (process: string) => boolean) {
    this.#isAlive = isAlive;
  }

  atEnd(): void {
    for (const [process, { open }] of this.#tallies) {
      const [first] = open;
      if (first === undefined || !this.#isAlive(process)) continue;
      const what = `${open.size} records of ${process} are not settled, first ${first}`;
      throw new BrokenInvariant(this.name, what, process);
    }
  }

  #settle(process: string, record: SimRecord): void {
    if (this.#tallyOf(process).open.delete(nameOf(record))) return;
    throw new BrokenInvariant(this.name, `${nameOf(record)} is settled again`, process);
  }

  /** One that was taken back counts for what truly became of it; what is open is about to be told. */
  #compare({ failed, process, stored }: EntryOf<"closed">): void {
    const tally = this.#tallyOf(process);
    const isSum = stored + failed === tally.stored + tally.failed + tally.open.size;
    const mostStored = tally.stored + tally.aborted + tally.open.size;
    if (isSum && stored >= tally.stored && stored <= mostStored) return;
    const what =
      `${process} counts ${stored} stored and ${failed} failed; ` +
      `it has told of ${tally.stored} and ${tally.failed}, ${tally.aborted} of these taken back`;
    throw new BrokenInvariant(this.name, what, process);
  }

  #tallyOf(process: string): Tally {
    const known = this.#tallies.get(process);
    if (known !== undefined) return known;
    const tally = { open: new Set<string>(), stored: 0, failed: 0, aborted: 0 };
    this.#tallies.set(process, tally);
    return tally;
  }
}
