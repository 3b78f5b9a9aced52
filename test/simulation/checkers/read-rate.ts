// S16: a worker reads a shard no more often than it was told, by its own clock, from one GetRecords that it sends to the
// next under the same lease. Its first read under a new lease may follow another owner's at once: the owners do not know
// of each other's reads.
import { BrokenInvariant, type Checker } from "../evidence/journal.ts";
import type { EntryOf } from "../evidence/journal-entry.ts";
import { isOfKcl } from "../fleet/worker-name.ts";

/** Times are sums of fractions. */
const ROUNDING_MS = 1e-6;

export class ReadRate implements Checker {
  readonly name = "read rate";
  readonly sights = {
    lease: ({ fields, process, what }: EntryOf<"lease">): void => {
      const { shardId } = fields as { readonly shardId?: string };
      if (what === "leaseTaken") this.#lastReadMs.delete(`${process} ${shardId}`);
    },
    read: (entry: EntryOf<"read">): void => this.#see(entry),
  };
  readonly #periodMs: number;
  /** By process and shard, on its clock. */
  readonly #lastReadMs = new Map<string, number>();

  constructor(readsPerSecond: number) {
    this.#periodMs = 1000 / readsPerSecond;
  }

  #see({ localMs, process, shardId }: EntryOf<"read">): void {
    if (isOfKcl(process)) return;
    const place = `${process} ${shardId}`;
    const last = this.#lastReadMs.get(place);
    this.#lastReadMs.set(place, localMs);
    if (last === undefined || localMs - last >= this.#periodMs - ROUNDING_MS) return;
    const what = `${process} reads ${shardId} ${localMs - last} ms after its last read, ${this.#periodMs} ms at least are to pass`;
    throw new BrokenInvariant(this.name, what, process);
  }
}
