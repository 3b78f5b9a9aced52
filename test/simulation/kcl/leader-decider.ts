// Which worker of the KCL 2.x looks after the leases as a whole (DeterministicShuffleShardSyncLeaderDecider): the first
// of the owners once they are shuffled, elected anew every five minutes.
import type { Clock } from "@shardline/core";
import { javaShuffled } from "./java-shuffle.ts";
import type { KclTable } from "./kcl-table.ts";
import { forgiving, withFixedDelay } from "./repeat.ts";

export interface LeaderDeciderOptions {
  readonly worker: string;
  readonly table: KclTable;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** What runs until the worker ends. */
  readonly start: (work: Promise<unknown>) => void;
}

const SHUFFLE_SEED = 1947n;
const FIRST_ELECTION_MS = 60_000;
const ELECTION_MS = 300_000;

/** The one who leads those who have leases. */
export function leaderOf(owners: Iterable<string>): string | undefined {
  return javaShuffled([...new Set(owners)].sort(), SHUFFLE_SEED)[0];
}

export class LeaderDecider {
  readonly #options: LeaderDeciderOptions;
  #leader: string | undefined;

  constructor(options: LeaderDeciderOptions) {
    this.#options = options;
  }

  /** Everybody leads while nobody has a lease; each time that is found, one more series of elections begins. */
  async isLeader(): Promise<boolean> {
    const { clock, signal, start, worker } = this.#options;
    if (this.#leader === undefined) {
      await this.#elect();
      const series = { clock, signal, initialDelayMs: FIRST_ELECTION_MS, delayMs: ELECTION_MS };
      start(withFixedDelay(series, () => this.#elect()));
    }
    return this.#leader === undefined || this.#leader === worker;
  }

  #elect(): Promise<void> {
    return forgiving(async () => {
      const leases = await this.#options.table.list();
      this.#leader = leaderOf(leases.flatMap(({ owner }) => owner ?? []));
    });
  }
}
