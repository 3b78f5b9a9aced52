// Where `ordering` is "partition-key" no two records of one key are in two calls at a time, and a call has records of one key
// alone.
import { BrokenInvariant, type Checker } from "../evidence/journal.ts";
import type { EntryOf } from "../evidence/journal-entry.ts";
import { isOfKcl } from "../fleet/worker-name.ts";

/** A call that has records of a key in hand. */
interface Holder {
  readonly call: number;
  readonly key: string;
}

export class OneCallPerKey implements Checker {
  readonly name = "one call per key";
  readonly sights = {
    // Another may have borne its name.
    life: ({ process, what }: EntryOf<"life">): void => {
      if (what === "started") this.#holders.delete(process);
    },
    delivered: (entry: EntryOf<"delivered">): void => this.#see(entry),
    left: ({ call, process }: EntryOf<"left">): void => this.#leave(process, call),
  };
  /** By process, and by shard and key. */
  readonly #holders = new Map<string, Map<string, Holder>>();

  #see({ call, isFirst, partitionKey, process, shardId }: EntryOf<"delivered">): void {
    if (partitionKey === undefined || isOfKcl(process)) return;
    const holders = this.#holders.get(process) ?? new Map<string, Holder>();
    this.#holders.set(process, holders);
    const place = `${shardId} ${partitionKey}`;
    const holder = holders.get(place);
    if (holder === undefined && isFirst) {
      holders.set(place, { call, key: partitionKey });
      return;
    }
    if (holder?.call === call) return;
    const what =
      holder === undefined
        ? `hands out ${partitionKey} with another key`
        : `has ${partitionKey} in two calls at a time`;
    throw new BrokenInvariant(this.name, `${process} ${what}, of ${shardId}`, process);
  }

  #leave(process: string, call: number): void {
    const holders = this.#holders.get(process);
    for (const [place, holder] of holders ?? []) {
      if (holder.call === call) holders?.delete(place);
    }
  }
}
