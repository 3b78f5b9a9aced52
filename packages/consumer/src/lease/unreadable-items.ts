// Tells of each lease that cannot be read, and of who waits for it, once and when that changes, however often it is
// listed.
import type { EventSink } from "@shardline/core";
import type { LeaseEvents } from "./lease-events.ts";
import type { LeaseListing } from "./lease-table.ts";
import { type UnreadableLease, unreadableLeases } from "./unreadable-plan.ts";

export class UnreadableItems {
  readonly #events: EventSink<LeaseEvents>;
  #known: ReadonlySet<string> = new Set();
  #present: readonly UnreadableLease[] = [];

  constructor(events: EventSink<LeaseEvents>) {
    this.#events = events;
  }

  /** Those of the last listing. */
  get present(): readonly UnreadableLease[] {
    return this.#present;
  }

  /** Notes a listing; an item that was mended, and breaks again, is told again. */
  note(listing: Pick<LeaseListing, "leases" | "unreadable" | "foreign">): void {
    this.#present = unreadableLeases(listing);
    const told = new Map(this.#present.map((one) => [JSON.stringify(one), one]));
    for (const [text, one] of told) {
      if (!this.#known.has(text)) this.#events.emit("leaseUnreadable", one);
    }
    this.#known = new Set(told.keys());
  }
}
