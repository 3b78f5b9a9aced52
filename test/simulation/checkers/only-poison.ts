// Nothing is ever skipped or dead-lettered but poison: what fails now and then, or beside it in a batch, is tried again.
import { BrokenInvariant, type Checker, type EntryOf } from "../evidence/journal.ts";
import { isPoisonous, nameOf } from "../evidence/sim-record.ts";
import type { StoredRecords } from "../evidence/stored-records.ts";

export class OnlyPoison implements Checker {
  readonly name = "only poison is given up";
  readonly sights = { handled: (entry: EntryOf<"handled">): void => this.#see(entry) };
  readonly #stored: StoredRecords;

  constructor(stored: StoredRecords) {
    this.#stored = stored;
  }

  #see({ how, positions, process, shardId }: EntryOf<"handled">): void {
    if (how !== "skipped" && how !== "dead-lettered") return;
    const given = positions.map((position) => this.#stored.at(shardId, position)?.record);
    const [record] = given;
    if (given.length === 1 && record !== undefined && isPoisonous(record)) return;
    const names = given.map((one) => (one === undefined ? "what is not stored" : nameOf(one)));
    const what = `${how} on ${shardId}: ${names.join(" to ")}`;
    throw new BrokenInvariant(this.name, what, process);
  }
}
