// S16: a worker asks for subscriptions to a shard no more often than the service allows, by its own clock: one in a second, and
// none within five seconds of one that was accepted. Counted anew with each lease, because another owner's are not known.
import { BrokenInvariant, type Checker } from "../evidence/journal.ts";
import type { EntryOf } from "../evidence/journal-entry.ts";

const BETWEEN_MS = 1000;
const AFTER_ACCEPTED_MS = 5000;
/** Times are sums of fractions. */
const ROUNDING_MS = 1e-6;
const NEVER = Number.NEGATIVE_INFINITY;

/** Of the last subscription that was asked for, by the worker's clock. */
interface Last {
  readonly number: number;
  readonly askedMs: number;
  readonly acceptedMs: number;
}

export class SubscriptionPace implements Checker {
  readonly name = "subscription pace";
  readonly sights = {
    life: ({ process, what }: EntryOf<"life">): void => {
      // Another may have borne its name, and had another clock.
      if (what === "started") this.#last.delete(process);
    },
    lease: ({ fields, process, what }: EntryOf<"lease">): void => {
      const { shardId = "" } = fields as { readonly shardId?: string };
      if (what === "leaseTaken") this.#last.get(process)?.delete(shardId);
    },
    subscription: (entry: EntryOf<"subscription">): void => this.#see(entry),
  };
  /** By process and shard. */
  readonly #last = new Map<string, Map<string, Last>>();

  #see({ localMs, news, number, process, shardId }: EntryOf<"subscription">): void {
    const shards = this.#last.get(process) ?? new Map<string, Last>();
    this.#last.set(process, shards);
    const last = shards.get(shardId);
    if (news.what === "accepted" && last?.number === number) {
      shards.set(shardId, { ...last, acceptedMs: localMs });
    }
    if (news.what !== "asked") return;
    shards.set(shardId, { number, askedMs: localMs, acceptedMs: last?.acceptedMs ?? NEVER });
    if (last === undefined) return;
    const sinceAskedMs = localMs - last.askedMs;
    const sinceAcceptedMs = localMs - last.acceptedMs;
    const what = `${process} subscribes to ${shardId} ${sinceAskedMs} ms after it did last`;
    if (sinceAskedMs < BETWEEN_MS - ROUNDING_MS) {
      throw new BrokenInvariant(
        this.name,
        `${what}, ${BETWEEN_MS} ms at least are to pass`,
        process,
      );
    }
    if (sinceAcceptedMs < AFTER_ACCEPTED_MS - ROUNDING_MS) {
      const since = `${sinceAcceptedMs} ms after one was accepted`;
      throw new BrokenInvariant(this.name, `${what}, and ${since}`, process);
    }
  }
}
