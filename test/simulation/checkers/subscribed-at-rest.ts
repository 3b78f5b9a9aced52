// Left alone, each shard that is to be read by subscriptions alone is subscribed to by the owner of its lease, but for the
// moment between two of them, and nobody polls it: polling is for the meantime, however long it hides that nobody subscribes.
import type { Lease } from "@shardline/consumer";
import { BrokenInvariant, type Checker } from "../evidence/journal.ts";
import type { EntryOf } from "../evidence/journal-entry.ts";
import { isEnded } from "./lease-facts.ts";

/** From the end of one to the first news of the next. */
const BETWEEN_MS = 10_000;
const OVER: ReadonlySet<string> = new Set(["refused", "ended", "failed", "left"]);

export class SubscribedAtRest implements Checker {
  readonly name = "subscribed at rest";
  readonly sights = {
    subscription: ({ atMs, news, process, shardId }: EntryOf<"subscription">): void => {
      this.#lastMs.set(`${process} ${shardId}`, OVER.has(news.what) ? atMs : Infinity);
    },
    read: ({ process, shardId }: EntryOf<"read">): void => {
      if (!this.#isSettled) return;
      const what = `${process} polls ${shardId}, though nothing disturbs its subscription`;
      throw new BrokenInvariant(this.name, what, process);
    },
    phase: ({ atMs, phase }: EntryOf<"phase">): void => {
      this.#isSettled = phase === "settled";
      if (phase === "ending") for (const lease of this.#leases()) this.#require(lease, atMs);
    },
  };
  readonly #leases: () => readonly Lease[];
  #isSettled = false;
  /** By process and shard: when the last one was over; Infinity for one that is not. */
  readonly #lastMs = new Map<string, number>();

  constructor(leases: () => readonly Lease[]) {
    this.#leases = leases;
  }

  #require(lease: Lease, atMs: number): void {
    const { owner, shardId } = lease;
    if (owner === undefined || isEnded(lease)) return;
    const lastMs = this.#lastMs.get(`${owner} ${shardId}`) ?? Number.NEGATIVE_INFINITY;
    if (atMs - lastMs <= BETWEEN_MS) return;
    const what = `${owner} has no subscription to ${shardId}, though nothing disturbs it`;
    throw new BrokenInvariant(this.name, what, owner);
  }
}
