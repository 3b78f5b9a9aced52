// L5: once the faults are over, who asks for a lease gets it or takes the wish back: a wish that nobody heeds turns into a
// take after 30 s, and one of a worker that is no more is answered all the same. Where nobody reads the stream, nobody answers.
import type { Lease } from "@shardline/consumer";
import { BrokenInvariant, type Checker } from "../evidence/journal.ts";
import type { EntryOf } from "../evidence/journal-entry.ts";
import type { RunningWorkers } from "../evidence/running-workers.ts";
import { atMost, type LeasePace, passesMs } from "./lease-pace.ts";

/** After this time a wish turns into a take. */
const TAKEN_MS = 30_000;
const NEVER = Number.POSITIVE_INFINITY;

/** It is another one when the lease has got another owner. */
interface Wish {
  readonly by: string;
  readonly owner: string | undefined;
  readonly sinceMs: number;
}

/** What it is told of the world. */
interface WishesView {
  nowMs(): number;
  /** Since when everybody has read the stream of a lease; later than now if that is not so. */
  readSinceMs(key: string): number;
}

export class WishesAnswered implements Checker {
  readonly name = "wishes answered";
  readonly sights = {
    table: (entry: EntryOf<"table">): void => this.#see(entry),
    life: (): void => this.#lookAgain(),
    phase: (): void => this.#lookAgain(),
  };
  /** No wish is to be answered before. */
  dueAtMs = NEVER;
  readonly #view: WishesView;
  readonly #workers: RunningWorkers;
  /** Until it turns into a take, and the pass that finds it due. */
  readonly #answeredMs: number;
  /** By lease. */
  readonly #wishes = new Map<string, Wish>();

  constructor(view: WishesView, workers: RunningWorkers, pace: LeasePace) {
    this.#view = view;
    this.#workers = workers;
    this.#answeredMs = atMost(TAKEN_MS) + passesMs(1, pace);
  }

  look(): void {
    const nowMs = this.#view.nowMs();
    this.dueAtMs = NEVER;
    for (const [key, wish] of this.#wishes) {
      this.#check(key, wish, nowMs);
      // What nobody reads yet may be read by then.
      const againAtMs = nowMs + this.#answeredMs;
      this.dueAtMs = Math.min(this.dueAtMs, this.#dueAtMsOf(key, wish), againAtMs);
    }
  }

  #see({ after, atMs, key }: EntryOf<"table">): void {
    const wish = this.#wishes.get(key);
    const by = wisherOf(after);
    if (by === wish?.by && after?.owner === wish?.owner) return;
    if (wish !== undefined) this.#check(key, wish, atMs);
    if (by === undefined) this.#wishes.delete(key);
    else this.#wishes.set(key, { by, owner: after?.owner, sinceMs: atMs });
    this.#lookAgain();
  }

  #check(key: string, wish: Wish, atMs: number): void {
    if (atMs <= this.#dueAtMsOf(key, wish)) return;
    const forMs = atMs - this.#sinceMs(key, wish);
    const what = `${wish.by} has asked for ${key} for ${(forMs / 1000).toFixed(1)} s`;
    throw new BrokenInvariant(this.name, what, wish.by, ...this.#workers.names);
  }

  #dueAtMsOf(key: string, wish: Wish): number {
    return this.#sinceMs(key, wish) + this.#answeredMs;
  }

  #sinceMs(key: string, { sinceMs }: Wish): number {
    return Math.max(sinceMs, this.#workers.calmSinceMs, this.#view.readSinceMs(key));
  }

  #lookAgain(): void {
    this.dueAtMs = Number.NEGATIVE_INFINITY;
  }
}

/** Whoever has it has got what was asked for. */
function wisherOf(lease: Lease | undefined): string | undefined {
  return lease?.wantedBy === lease?.owner ? undefined : lease?.wantedBy;
}
