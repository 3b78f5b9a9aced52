// What each of our workers has in hand of each shard: under which lease, how far its handlers came, and whether one is at work.
import { comparePositions, type Position } from "@shardline/core";
import type { Checker, EntryOf } from "./journal.ts";
import { isOfKcl } from "../fleet/worker-name.ts";

/** A process's work on a shard under its latest lease. */
export interface Tenure {
  readonly epoch: number;
  isAtWork: boolean;
  /** Everything that its handlers were given is done up to here. */
  handledUpTo: Position | undefined;
}

/** So long a consumer waits for its handlers when it is told to stop. */
export const DRAIN_MS = 30_000;
/** Clocks differ by less in that time. */
const DRIFT_MS = 1000;

/** Kept up to date by a journal; what checkers compare with. */
export class Handling implements Checker {
  readonly name = "handling";
  readonly sights = {
    delivered: (entry: EntryOf<"delivered">): void => this.#begin(entry),
    handled: (entry: EntryOf<"handled">): void => this.#advance(entry),
    left: (entry: EntryOf<"left">): void => this.#leave(entry),
    lease: (entry: EntryOf<"lease">): void => {
      if (entry.what === "draining") this.#drainingSinceMs.set(entry.process, entry.atMs);
    },
  };
  readonly #tenures = new Map<string, Tenure>();
  readonly #drainingSinceMs = new Map<string, number>();

  /**
   * What the owner of a lease has in hand when it gives it up itself; `undefined` for any other write, and for an owner
   * that has waited for its handlers as long as it is to.
   */
  atRelease({ after, atMs, before, process }: EntryOf<"table">): Tenure | undefined {
    const isRelease = before?.owner === process && after !== undefined && after.owner !== process;
    if (!isRelease || this.#hasWaited(process, atMs)) return undefined;
    const tenure = this.#tenures.get(nameOf(process, before.shardId));
    return tenure?.epoch === before.epoch ? tenure : undefined;
  }

  #hasWaited(process: string, atMs: number): boolean {
    const sinceMs = this.#drainingSinceMs.get(process) ?? Number.POSITIVE_INFINITY;
    return atMs - sinceMs >= DRAIN_MS - DRIFT_MS;
  }

  #begin({ epoch, process, shardId }: EntryOf<"delivered">): void {
    if (isOfKcl(process)) return;
    const name = nameOf(process, shardId);
    const tenure = this.#tenures.get(name);
    if (tenure?.epoch === epoch) tenure.isAtWork = true;
    else this.#tenures.set(name, { epoch, isAtWork: true, handledUpTo: undefined });
  }

  /** A handler of an earlier lease is waited for before the next begins, so this one's is meant. */
  #advance({ positions, process, shardId }: EntryOf<"handled">): void {
    const tenure = this.#tenures.get(nameOf(process, shardId));
    const last = positions.at(-1);
    if (tenure === undefined || last === undefined) return;
    const { handledUpTo = last } = tenure;
    tenure.handledUpTo = comparePositions(last, handledUpTo) > 0 ? last : handledUpTo;
  }

  #leave({ epoch, process, shardId }: EntryOf<"left">): void {
    const tenure = this.#tenures.get(nameOf(process, shardId));
    if (tenure?.epoch === epoch) tenure.isAtWork = false;
  }
}

function nameOf(process: string, shardId: string): string {
  return `${process} ${shardId}`;
}
