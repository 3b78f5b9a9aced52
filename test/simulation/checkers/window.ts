// No more of a shard is taken up and not done than `window` says: records, bytes of their data, and records from the first
// that is not done to the newest that is taken up. A record that alone is larger goes all the same.
import { BrokenInvariant, type Checker } from "../evidence/journal.ts";
import type { EntryOf } from "../evidence/journal-entry.ts";
import type { ShardWork, SideBySide } from "../evidence/side-by-side.ts";
import type { ConcurrencyOdds } from "../fleet/concurrency-odds.ts";

type WindowOdds = Pick<ConcurrencyOdds, "windowBytes" | "windowRecords" | "windowSpanRecords">;

export class Window implements Checker {
  readonly name = "window";
  readonly sights = { delivered: (entry: EntryOf<"delivered">): void => this.#see(entry) };
  readonly #odds: WindowOdds;
  readonly #sideBySide: SideBySide;

  constructor(odds: WindowOdds, sideBySide: SideBySide) {
    this.#odds = odds;
    this.#sideBySide = sideBySide;
  }

  #see({ epoch, process, shardId }: EntryOf<"delivered">): void {
    const work = this.#sideBySide.workOf(process, shardId);
    if (work?.epoch !== epoch || work.undone.size <= 1) return;
    const { undone, undoneBytes } = work;
    const { windowBytes, windowRecords, windowSpanRecords } = this.#odds;
    this.#hold(process, shardId, "records", undone.size, windowRecords);
    this.#hold(process, shardId, "bytes", undoneBytes, windowBytes);
    this.#hold(process, shardId, "records from the first", spanOf(work), windowSpanRecords);
  }

  #hold(process: string, shardId: string, what: string, count: number, bound: number): void {
    if (count <= bound) return;
    const text = `${process} has ${count} ${what} of ${shardId} under way, of at most ${bound}`;
    throw new BrokenInvariant(this.name, text, process);
  }
}

/** From the first that is not done to the newest that is taken up. */
function spanOf({ taken, undone }: ShardWork): number {
  const [first] = undone.values();
  return first === undefined ? 0 : taken - first.ordinal;
}
