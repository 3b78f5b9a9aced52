// What each of our workers has in hand of each shard: under which lease, how far its handlers came, and which calls are made.
import { comparePositions, type Position } from "@shardline/core";
import type { Checker } from "./journal.ts";
import type { EntryOf } from "./journal-entry.ts";
import { isOfKcl } from "../fleet/worker-name.ts";

/** A process's work on a shard under its latest lease. */
export interface Tenure {
  readonly epoch: number;
  /** Handlers that are at work. */
  readonly calls: Set<number>;
  /** Everything that its handlers were given is done up to here, and was before the worker waited no more. */
  handledUpTo: Position | undefined;
  /** Whether a handler returned after that. */
  hasLate: boolean;
}

/** A process's clock is faster than the world's by less. */
const SLOWEST = 0.98;
const ROUNDING_MS = 1;

/** Kept up to date by a journal; what checkers compare with. */
export class Handling implements Checker {
  readonly name = "handling";
  readonly sights = {
    life: ({ process, what }: EntryOf<"life">): void => {
      // Another may have borne its name.
      if (what === "started") this.#drainingSinceMs.delete(process);
    },
    delivered: (entry: EntryOf<"delivered">): void => this.#begin(entry),
    handled: (entry: EntryOf<"handled">): void => this.#advance(entry),
    left: (entry: EntryOf<"left">): void => this.#leave(entry),
    lease: (entry: EntryOf<"lease">): void => {
      if (entry.what === "draining") this.#drainingSinceMs.set(entry.process, entry.atMs);
    },
  };
  readonly #tenures = new Map<string, Tenure>();
  /** It has not waited for less, by the world's clock. */
  readonly #leastMs: number;
  readonly #drainingSinceMs = new Map<string, number>();

  /** `drainMs`: so long a consumer that is told to stop waits for its handlers. */
  constructor(drainMs: number) {
    this.#leastMs = drainMs * SLOWEST - ROUNDING_MS;
  }

  /** What the owner of a lease has in hand when it gives it up itself; `undefined` for any other write. */
  atRelease({ after, before, process }: EntryOf<"table">): Tenure | undefined {
    const isRelease = before?.owner === process && after !== undefined && after.owner !== process;
    if (!isRelease) return undefined;
    const tenure = this.#tenures.get(nameOf(process, before.shardId));
    return tenure?.epoch === before.epoch ? tenure : undefined;
  }

  /** Since when it gives all its shards up; later than now if it does not. */
  drainingSinceMs(process: string): number {
    return this.#drainingSinceMs.get(process) ?? Number.POSITIVE_INFINITY;
  }

  /** Whether it has waited for its handlers as long as it is to, and goes on without them. */
  hasWaited({ atMs, process }: { readonly atMs: number; readonly process: string }): boolean {
    return atMs - this.drainingSinceMs(process) >= this.#leastMs;
  }

  #begin({ call, epoch, isFirst, process, shardId }: EntryOf<"delivered">): void {
    if (!isFirst || isOfKcl(process)) return;
    const name = nameOf(process, shardId);
    const tenure = this.#tenures.get(name);
    if (tenure?.epoch === epoch) tenure.calls.add(call);
    else
      this.#tenures.set(name, {
        epoch,
        calls: new Set([call]),
        handledUpTo: undefined,
        hasLate: false,
      });
  }

  /** A handler of an earlier lease is waited for before the next begins, so this one's is meant. */
  #advance(entry: EntryOf<"handled">): void {
    const { positions, process, shardId } = entry;
    const tenure = this.#tenures.get(nameOf(process, shardId));
    const last = positions.at(-1);
    if (tenure === undefined || last === undefined || this.hasWaited(entry)) return;
    const { handledUpTo = last } = tenure;
    tenure.handledUpTo = comparePositions(last, handledUpTo) > 0 ? last : handledUpTo;
  }

  #leave(entry: EntryOf<"left">): void {
    const tenure = this.#tenures.get(nameOf(entry.process, entry.shardId));
    if (tenure === undefined) return;
    tenure.calls.delete(entry.call);
    if (this.hasWaited(entry)) tenure.hasLate = true;
  }
}

function nameOf(process: string, shardId: string): string {
  return `${process} ${shardId}`;
}
