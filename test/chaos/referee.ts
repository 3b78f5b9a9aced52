// Looks at everything that producers were told to be stored, that is stored, and that workers were handed, in the order
// of time, and says which promise was broken.
import { DeliveryOrder } from "./delivery-order.ts";
import { LeaseOrder } from "./lease-order.ts";
import type { StoredRecords } from "./stored-records.ts";
import type { Books, SignedLine, Verdict } from "./verdict.ts";
import type { Workload } from "./workload.ts";

export class Referee {
  readonly #workload: Workload;
  readonly #lines: SignedLine[] = [];
  readonly #places = new Set<number>();

  constructor(workload: Workload) {
    this.#workload = workload;
  }

  /** Places in the stream whose records were delivered so far. */
  get places(): number {
    return this.#places.size;
  }

  /** A worker's journal has another line; lines of different workers may come in any order. */
  see(line: SignedLine): void {
    this.#lines.push(line);
    if (line.kind !== "handled") return;
    for (let i = 2; i < line.records.length; i += 3) this.#places.add(line.records[i] as number);
  }

  /** How much of what is stored was not delivered so far. */
  missing({ places }: StoredRecords): number {
    return places.reduce((count, place) => count + (this.#places.has(place) ? 0 : 1), 0);
  }

  /** Judges when everything was seen. */
  judge(books: Books): Verdict {
    const leases = new LeaseOrder();
    const deliveries = new DeliveryOrder(this.#workload, books);
    for (const line of this.#lines.sort((a, b) => a.atMs - b.atMs)) {
      leases.see(line);
      if (line.kind === "handled") deliveries.see(line);
    }
    return { ...deliveries.end(), ...leases.end() };
  }
}
