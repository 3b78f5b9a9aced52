// Every record that has a receipt is delivered at least once.
import { BrokenInvariant, type Checker, type SimRecord, type TimedEntry } from "../journal.ts";

export class NoLoss implements Checker {
  readonly name = "no loss";
  /** Those not delivered yet. */
  readonly #stored = new Map<string, SimRecord>();
  readonly #delivered = new Set<string>();

  /** Records that have a receipt and were not delivered yet. */
  get outstanding(): number {
    return this.#stored.size;
  }

  see(entry: TimedEntry): void {
    if (entry.kind !== "stored" && entry.kind !== "delivered") return;
    const id = idOf(entry.record);
    if (entry.kind === "delivered") {
      this.#delivered.add(id);
      this.#stored.delete(id);
    } else if (!this.#delivered.has(id)) this.#stored.set(id, entry.record);
  }

  atEnd(): void {
    for (const record of this.#stored.values()) {
      throw new BrokenInvariant(this.name, `${JSON.stringify(record)} was stored, never delivered`);
    }
  }
}

function idOf({ key, number }: SimRecord): string {
  return `${key}/${number}`;
}
