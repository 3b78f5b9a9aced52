// The lives of a stream that is deleted and created again: its shards have the same ids each time. What is done with them
// belongs to one life, by the stream epoch of its lease and by the position of a record; each life has checkers of its own,
// and what an earlier one left behind is not shown to them.
import type { Lease } from "@shardline/consumer";
import type { Checker, Sights } from "./journal.ts";
import type { EntryOf, TimedEntry } from "./journal-entry.ts";
import type { StoredRecords } from "./stored-records.ts";

/** Leases as they are right now. */
interface LiveTable {
  snapshot(): readonly Lease[];
  get(key: string): Lease | undefined;
}

const FIRST = 1;
const BYGONE = FIRST - 1;
const NEVER = Number.POSITIVE_INFINITY;

/** A shard in the hands of a process. */
interface Place {
  readonly process: string;
  readonly shardId: string;
}

type OfBatch = EntryOf<"checkpoint" | "delivered" | "handled" | "left" | "offered">;

/** What is told of the batch in hand. */
const OF_BATCHES: ReadonlySet<string> = new Set<OfBatch["kind"]>([
  "checkpoint",
  "delivered",
  "handled",
  "left",
  "offered",
]);
/** What a consumer tells of it. */
const NEWS_OF_BATCHES: ReadonlySet<string> = new Set([
  "shardHalted",
  "shardResumed",
  "retryShard",
  "skipRecord",
  "recordDeadLettered",
]);

/** Kept up to date by a journal, behind the stored records and before the checkers of a life. */
export class StreamLives implements Checker {
  readonly name = "stream lives";
  readonly sights = {
    reborn: ({ streamEpoch }: EntryOf<"reborn">): void => {
      this.#life += 1;
      this.#epochs.set(streamEpoch, this.#life);
    },
    table: (entry: EntryOf<"table">): void => this.#noteLease(entry),
    delivered: (entry: EntryOf<"delivered">): void => {
      this.#batches.set(placeOf(entry), this.#isDeliveredNow(entry) ? this.#life : BYGONE);
    },
  };
  readonly #stored: StoredRecords;
  readonly #table: LiveTable;
  #life = FIRST;
  /** By stream epoch; the first stream's is not there. */
  readonly #epochs = new Map<number | undefined, number>();
  /** By key: the life for which its lease was made. */
  readonly #leases = new Map<string, number>();
  /** By process and shard: the life of the lease that it took last. */
  readonly #tenures = new Map<string, number>();
  /** By process and shard: the life of the batch that a handler was given last. */
  readonly #batches = new Map<string, number>();

  constructor(stored: StoredRecords, table: LiveTable) {
    this.#stored = stored;
    this.#table = table;
  }

  /** The leases that were made for the stream that is there. */
  get table(): LiveTable {
    return {
      snapshot: () => this.#table.snapshot().filter(({ key }) => this.isLeaseOfNow(key)),
      get: (key) => (this.isLeaseOfNow(key) ? this.#table.get(key) : undefined),
    };
  }

  /** Whether it was made for the stream that is there. */
  isLeaseOfNow(key: string): boolean {
    return this.#leases.get(key) === this.#life;
  }

  /** Whether a process reads a shard by a lease that was made for the stream that is there. */
  isReadNow(place: Place): boolean {
    return this.#life === FIRST || this.#isTenureOfNow(place);
  }

  /** The same checkers, each shown what belongs to this life, until it is over. */
  duringThisLife(checkers: readonly Checker[]): Checker[] {
    const life = this.#life;
    const isNow = (): boolean => this.#life === life;
    return checkers.map((checker): Checker => {
      const sights = Object.entries(checker.sights ?? {}).map(([kind, see]) => {
        const look = see as (entry: TimedEntry) => void;
        const seeOwn = (entry: TimedEntry): void => {
          if (isNow() && this.#isOfNow(entry)) look(entry);
        };
        return [kind, seeOwn];
      });
      const { dueAtMs, name } = checker;
      const living = {
        name,
        sights: Object.fromEntries(sights) as Sights,
        look: () => (isNow() ? checker.look?.() : undefined),
        atEnd: () => (isNow() ? checker.atEnd?.() : undefined),
      };
      if (dueAtMs === undefined) return living;
      const due = { get: (): number => (isNow() ? (checker.dueAtMs ?? NEVER) : NEVER) };
      return Object.defineProperty(living, "dueAtMs", due);
    });
  }

  #isOfNow(entry: TimedEntry): boolean {
    if (this.#life === FIRST) return true;
    if (entry.kind === "table") return this.isLeaseOfNow(entry.key);
    if (entry.kind === "asked") return this.#isTenureOfNow({ ...entry, shardId: entry.key });
    if (entry.kind === "begun") return this.#isTenureOfNow(entry);
    if (entry.kind === "lease") return !NEWS_OF_BATCHES.has(entry.what) || this.#isNewsOfNow(entry);
    // An application may still ask for a place that it was given under the lease of the old one.
    if (entry.kind === "checkpoint" && this.#stored.isDeleted(entry.shardId, entry.position)) {
      return false;
    }
    return !isOfBatch(entry) || this.#isBatchOfNow(entry);
  }

  #isNewsOfNow({ fields, process }: EntryOf<"lease">): boolean {
    const { shardId } = fields as { readonly shardId: string };
    return this.#isBatchOfNow({ process, shardId });
  }

  #isDeliveredNow(entry: EntryOf<"delivered">): boolean {
    const { position, shardId } = entry;
    return this.#isTenureOfNow(entry) && !this.#stored.isDeleted(shardId, position);
  }

  #isTenureOfNow(place: Place): boolean {
    return this.#tenures.get(placeOf(place)) === this.#life;
  }

  #isBatchOfNow(place: Place): boolean {
    return this.#batches.get(placeOf(place)) === this.#life;
  }

  /** Whoever finds the stream again says of which time it is in each lease: one that does not say it is not of now. */
  #noteLease({ after, before, key, process }: EntryOf<"table">): void {
    if (after === undefined) return;
    if (before === undefined) {
      this.#leases.set(key, this.#epochs.get(after.streamEpoch) ?? FIRST);
    } else if (after.owner === process && before.epoch !== after.epoch) {
      const { shardId } = after;
      this.#tenures.set(placeOf({ process, shardId }), this.#leases.get(key) ?? FIRST);
    }
  }
}

function isOfBatch(entry: TimedEntry): entry is OfBatch {
  return OF_BATCHES.has(entry.kind);
}

function placeOf({ process, shardId }: Place): string {
  return `${process} ${shardId}`;
}
