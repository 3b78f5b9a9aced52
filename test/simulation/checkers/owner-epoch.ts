// Fencing: the epoch of a lease grows by one with each change of its owner, and with nothing else but a take-back; no
// two processes deliver in the same epoch of a shard. Workers of the KCL know no epochs, and leave them as they are.
import type { Lease } from "@shardline/consumer";
import { BrokenInvariant, type Checker } from "../evidence/journal.ts";
import type { EntryOf } from "../evidence/journal-entry.ts";
import { isOfKcl } from "../fleet/worker-name.ts";
import { readerOf } from "./lease-facts.ts";

export class OwnerEpoch implements Checker {
  readonly name = "epoch";
  readonly sights = {
    table: (entry: EntryOf<"table">): void => this.#see(entry),
    delivered: (entry: EntryOf<"delivered">): void => this.#seeDelivered(entry),
  };
  /** By shard: who delivers in which epoch. */
  readonly #deliverers = new Map<string, Map<number, string>>();

  #see({ after, before, key, process }: EntryOf<"table">): void {
    if (before === undefined || after === undefined) return;
    const problem = problemOf(before, after);
    if (problem === undefined) return;
    const what = `${key} goes from ${ownerText(before)} to ${ownerText(after)}: ${problem}`;
    throw new BrokenInvariant(this.name, what, process);
  }

  #seeDelivered({ epoch, process, shardId }: EntryOf<"delivered">): void {
    if (isOfKcl(process)) return;
    const deliverers = this.#deliverers.get(shardId) ?? new Map<number, string>();
    this.#deliverers.set(shardId, deliverers);
    const first = deliverers.get(epoch);
    if (first === undefined) deliverers.set(epoch, process);
    else if (first !== process) {
      const what = `${first} and ${process} both deliver from ${shardId} in epoch ${epoch}`;
      throw new BrokenInvariant(this.name, what, first, process);
    }
  }
}

function problemOf(before: Lease, after: Lease): string | undefined {
  const by = after.epoch - before.epoch;
  if (by !== 0 && by !== 1) return `it grew by ${by}`;
  const owner = readerOf(after);
  const isOurs = owner !== undefined && owner === after.nativeOwner;
  const hasChanged = owner !== undefined && owner !== readerOf(before);
  if (by === 0 && hasChanged && isOurs) return "it did not grow";
  return by === 1 && !isOurs ? "it grew for nobody" : undefined;
}

function ownerText(lease: Lease): string {
  return `${readerOf(lease) ?? "nobody"} in epoch ${lease.epoch}`;
}
