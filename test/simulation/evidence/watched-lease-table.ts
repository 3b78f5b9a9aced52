// The lease table of a world, in memory, as DynamoDB behaves: writes are conditional and ordered, what is read may lag
// behind them, and every write that took effect is written down with its writer.
import {
  type Lease,
  type LeaseListing,
  type LeaseTable,
  MemoryLeaseTable,
} from "@shardline/consumer";
import type { Clock, Random } from "@shardline/core";
import type { TableOdds } from "../odds.ts";
import type { Journal } from "./journal.ts";
import { underShardName } from "./shard-names.ts";
import { sentAtMsOf } from "./stamped-moves.ts";

/** What an item was until some time. */
interface Past {
  readonly untilMs: number;
  readonly lease: Lease | undefined;
}

const NEVER = new AbortController().signal;

export class WatchedLeaseTable {
  readonly #table = new MemoryLeaseTable();
  readonly #leases = new Map<string, Lease>();
  /** The same with the names of shards, for whoever watches. */
  readonly #named = new Map<string, Lease>();
  /** What changed lately, oldest first. */
  readonly #past = new Map<string, Past[]>();
  readonly #odds: TableOdds;
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #journal: Journal;

  constructor(odds: TableOdds, clock: Clock, random: Random, journal: Journal) {
    this.#odds = odds;
    this.#clock = clock;
    this.#random = random;
    this.#journal = journal;
  }

  /** Every lease as it is right now, under the name of its shard. */
  snapshot(): readonly Lease[] {
    return [...this.#named.values()];
  }

  /** A lease as it is right now, under the name of its shard. */
  get(key: string): Lease | undefined {
    return this.#named.get(key);
  }

  /** The port as a process uses it. A call that arrives takes effect, whether anybody still waits for it or not. */
  of(process: string): LeaseTable {
    return {
      ensureTable: (signal) => this.#table.ensureTable(signal),
      get: async (key, options, signal) => {
        if (options.consistent) return this.#table.get(key, options, signal);
        signal.throwIfAborted();
        const lease = this.#asOf(key, this.#someTimeAgo());
        return lease === undefined ? { kind: "absent" } : { kind: "lease", lease };
      },
      list: async (signal) => {
        signal.throwIfAborted();
        return this.#list();
      },
      create: async (lease) => {
        const isCreated = await this.#table.create(lease, NEVER);
        const created = (): Lease | undefined =>
          this.#table.snapshot().find(({ key }) => key === lease.key);
        if (isCreated) this.#note(process, lease.key, created(), { isCreation: true });
        return isCreated;
      },
      update: async (key, move) => {
        const answer = await this.#table.update(key, move, NEVER);
        if (answer.kind === "updated")
          this.#note(process, key, answer.lease, { sentAtMs: sentAtMsOf(move) });
        return answer;
      },
      delete: async (key, expect) => {
        const isDeleted = await this.#table.delete(key, expect, NEVER);
        if (isDeleted) this.#note(process, key, undefined);
        return isDeleted;
      },
    };
  }

  #note(
    process: string,
    key: string,
    after: Lease | undefined,
    how: { readonly sentAtMs?: number | undefined; readonly isCreation?: boolean } = {},
  ): void {
    this.#remember(key, this.#leases.get(key));
    const [before, named] = [this.#named.get(key), after && underShardName(after)];
    if (after === undefined) this.#leases.delete(key);
    else this.#leases.set(key, after);
    if (named === undefined) this.#named.delete(key);
    else this.#named.set(key, named);
    this.#journal.write({ kind: "table", process, key, before, after: named, ...how });
  }

  #remember(key: string, lease: Lease | undefined): void {
    const nowMs = this.#clock.nowMs();
    const fromMs = nowMs - this.#odds.maxStaleMs;
    const kept = (this.#past.get(key) ?? []).filter(({ untilMs }) => untilMs >= fromMs);
    this.#past.set(key, [...kept, { untilMs: nowMs, lease }]);
  }

  /** Each item by itself: a scan sees some partitions as they are and others as they were. */
  #list(): LeaseListing {
    const keys = new Set([...this.#leases.keys(), ...this.#past.keys()]);
    const leases = [...keys].flatMap((key) => this.#asOf(key, this.#someTimeAgo()) ?? []);
    return { leases, unreadable: [], foreign: [], readUnits: 0 };
  }

  #someTimeAgo(): number {
    return this.#clock.nowMs() - this.#random.next() * this.#odds.maxStaleMs;
  }

  #asOf(key: string, atMs: number): Lease | undefined {
    const past = this.#past.get(key)?.find(({ untilMs }) => untilMs > atMs);
    return past === undefined ? this.#leases.get(key) : past.lease;
  }
}
