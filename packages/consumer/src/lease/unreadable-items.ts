// Tells of each item that cannot be read once, however often it is listed.
import type { EventSink } from "@shardline/core";
import type { LeaseEvents } from "./lease-events.ts";
import type { UnreadableItem } from "./lease-table.ts";

export class UnreadableItems {
  readonly #events: EventSink<LeaseEvents>;
  #known: ReadonlySet<string> = new Set();

  constructor(events: EventSink<LeaseEvents>) {
    this.#events = events;
  }

  /** Notes a listing; an item that was mended, and breaks again, is told again. */
  note(items: readonly UnreadableItem[]): void {
    for (const { key, problem } of items) {
      if (!this.#known.has(key)) this.#events.emit("leaseUnreadable", { leaseKey: key, problem });
    }
    this.#known = new Set(items.map(({ key }) => key));
  }
}
