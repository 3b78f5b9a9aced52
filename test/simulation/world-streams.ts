// The streams of a world: which of them is put to, resharded, or in trouble, and when they come and go.
import type { SeededRandom } from "@shardline/core/testing";
import { EVERYTHING, uncovered } from "./checkers/coverage.ts";
import type { Befall } from "./faults/incidents.ts";
import { StreamTrouble } from "./faults/stream-trouble.ts";
import type { SimProcess } from "./fleet/sim-process.ts";
import { type Stage, STREAM } from "./stage.ts";
import { MAX_OPEN_SHARDS, type StreamOdds } from "./faults/stream-odds.ts";

export class WorldStreams {
  readonly #stage: Stage;
  /** Dies when the faults are over. */
  readonly #chaos: SimProcess;
  /** A world of one stream draws nothing here. */
  readonly #random: SeededRandom;
  readonly #trouble: StreamTrouble;
  readonly areMany: boolean;
  /** Of each of them. */
  readonly maxOpenShards: number;
  #isHealed = false;

  constructor(stage: Stage, odds: StreamOdds, chaos: SimProcess, random: SeededRandom) {
    this.#stage = stage;
    this.#chaos = chaos;
    this.areMany = odds.streams > 1;
    this.#random = this.areMany ? random.fork() : random;
    this.maxOpenShards = Math.floor(MAX_OPEN_SHARDS / odds.streams);
    this.#trouble = this.#prepareTrouble(odds);
  }

  /** They come and go from now on, and are in trouble now and then. */
  begin(befall: Befall): void {
    if (!this.areMany) return;
    this.#stage.roster.begin({ befall, clock: this.#chaos });
    this.#trouble.await();
  }

  heal(): void {
    this.#isHealed = true;
    this.#stage.roster.heal();
  }

  /** One is in trouble by itself, for so long. */
  trouble(forMs: number): void {
    this.#trouble.begin(forMs);
  }

  /** The last one is named, if it is not yet. */
  add(): void {
    this.#stage.roster.add();
  }

  /** Whether every hash key has a lease. */
  haveBegun(): boolean {
    const { roster, table } = this.#stage;
    return roster.named.every(({ prefix }) => {
      const leases = table.snapshot().filter(({ key }) => key.startsWith(prefix));
      return uncovered(EVERYTHING, leases).length === 0;
    });
  }

  /** In turn; in the end to the one that was named last. */
  ofProducer(ordinal: number): string {
    const { named } = this.#stage.roster;
    const at = this.#isHealed ? named.length - 1 : (ordinal - 1) % named.length;
    return named[at]?.name ?? STREAM;
  }

  any(): string {
    const { streams } = this.#stage.names;
    const at = this.areMany ? Math.floor(this.#random.next() * streams.length) : 0;
    return streams[at]?.name ?? STREAM;
  }

  #prepareTrouble({ troubleMs }: StreamOdds): StreamTrouble {
    const { emulator, faults, journal, roster, subscriptions } = this.#stage;
    return new StreamTrouble({
      emulator,
      subscriptions,
      troubleMs,
      // In peace the last one is put to.
      streams: () => (this.#isHealed ? roster.named.slice(0, -1) : roster.named),
      clock: this.#chaos,
      random: this.#random,
      befall: (process, fault, what, trouble) => {
        if (this.#isHealed) faults.note(`${fault} in peace`);
        else faults.add(fault);
        journal.write({ kind: "world", process, what, trouble });
      },
    });
  }
}
