// A worker has one subscription to a shard at a time, because a second ends the first; and none any more when it has given
// the shard up, has lost it, or has ended: it would keep the next owner's from coming, and bring what nobody reads.
import { BrokenInvariant, type Checker } from "../evidence/journal.ts";
import type { EntryOf } from "../evidence/journal-entry.ts";

/** From here on a worker reads nothing of a shard. */
const ENDS: ReadonlySet<string> = new Set(["leaseLost", "leaseReleased", "shardEnded"]);
const OVER: ReadonlySet<string> = new Set(["refused", "ended", "failed", "left"]);

export class OneSubscription implements Checker {
  readonly name = "one subscription";
  readonly sights = {
    life: ({ process, what }: EntryOf<"life">): void => {
      if (what === "started") this.#open.delete(process);
      if (what === "stopped" || what === "failed") {
        this.#requireNone(process, [...(this.#open.get(process) ?? [])]);
      }
    },
    lease: ({ fields, process, what }: EntryOf<"lease">): void => {
      const { shardId = "" } = fields as { readonly shardId?: string };
      if (ENDS.has(what) && this.#open.get(process)?.has(shardId) === true) {
        this.#requireNone(process, [shardId]);
      }
    },
    subscription: (entry: EntryOf<"subscription">): void => this.#see(entry),
  };
  /** The shards to which a process has one, or has asked for one. */
  readonly #open = new Map<string, Set<string>>();

  #see({ news, process, shardId }: EntryOf<"subscription">): void {
    const open = this.#open.get(process) ?? new Set();
    this.#open.set(process, open);
    if (OVER.has(news.what)) open.delete(shardId);
    if (news.what !== "asked") return;
    if (open.has(shardId)) {
      const what = `${process} subscribes to ${shardId}, to which it has a subscription`;
      throw new BrokenInvariant(this.name, what, process);
    }
    open.add(shardId);
  }

  #requireNone(process: string, [shardId]: readonly string[]): void {
    if (shardId === undefined) return;
    const what = `${process} is done with ${shardId}, and has a subscription to it`;
    throw new BrokenInvariant(this.name, what, process);
  }
}
