// Lease tables as the page shows them: each lease with the stream that it is about and how far behind it is. A table is
// read again only after something was written to it, and the less often the longer it takes.
import type { Clock } from "@shardline/core";
import type { LeaseTableProxy, OwnedItems } from "../lease-table/lease-table-proxy.ts";
import type { Stream } from "../stream/stream.ts";
import { readLease, type SeenLease } from "./lease-items.ts";
import { type Lag, lagOf, type Place, placeOf, streamOfLeases } from "./lease-lag.ts";

/** One lease table. */
export interface SeenTable {
  readonly name: string;
  readonly accountId: string;
  readonly region: string;
  /** In the order of their keys. */
  readonly leases: readonly LeaseView[];
  readonly leasesLeftOut: number;
}

/** One lease. */
export interface LeaseView extends Omit<SeenLease, "stream"> {
  /** The name of its stream; absent where it is not certain. */
  readonly stream?: string;
  /** Absent where the checkpoint is no record's number. */
  readonly place?: Place;
  readonly lag: Lag;
}

interface ReadTable extends Omit<OwnedItems, "items"> {
  readonly leases: readonly SeenLease[];
}

/** What {@link SeenTables} reads. */
type Tables = Pick<LeaseTableProxy, "items" | "writes">;

const MAX_LEASES = 2000;
const LEAST_INTERVAL_MS = 1000;
/** Reading may take one part in so many of the time. */
const REST = 20;

/** What was last read of the lease tables. */
export class SeenTables {
  readonly #proxy: Tables;
  readonly #clock: Clock;
  /** What was read holds what was written up to this count. */
  #readUpTo = -1;
  #restsUntilMs = Number.NEGATIVE_INFINITY;
  #tables: readonly ReadTable[] = [];

  constructor(proxy: Tables, clock: Clock) {
    this.#proxy = proxy;
    this.#clock = clock;
  }

  /** Looks at every table that holds leases. */
  see(streams: readonly Stream[]): SeenTable[] {
    const isNew = this.#proxy.writes !== this.#readUpTo;
    if (isNew && this.#clock.nowMs() >= this.#restsUntilMs) this.#read();
    return this.#tables.map((table) => seeTable(table, streams));
  }

  #read(): void {
    const { writes } = this.#proxy;
    const beganAtMs = this.#clock.nowMs();
    this.#tables = this.#proxy
      .items()
      .map(readTable)
      .filter(({ leases }) => leases.length > 0);
    this.#readUpTo = writes;
    const nowMs = this.#clock.nowMs();
    this.#restsUntilMs = nowMs + Math.max(LEAST_INTERVAL_MS, REST * (nowMs - beganAtMs));
  }
}

function readTable({ items, ...table }: OwnedItems): ReadTable {
  const leases = items.map(readLease).filter((lease) => lease !== undefined);
  return { ...table, leases: leases.sort((a, b) => (a.key < b.key ? -1 : 1)) };
}

function seeTable({ leases, ...table }: ReadTable, all: readonly Stream[]): SeenTable {
  const streams = all.filter(({ home }) => {
    return home.accountId === table.accountId && home.region === table.region;
  });
  const only = streamOfLeases(
    leases.filter(({ stream }) => stream === undefined),
    streams,
  );
  return {
    ...table,
    leases: leases.slice(0, MAX_LEASES).map(({ stream: named, ...lease }) => {
      const stream =
        named === undefined ? only : streams.find(({ plan }) => plan.name === named.name);
      const name = named?.name ?? only?.plan.name;
      const place = placeOf(lease);
      return {
        ...lease,
        ...(name === undefined ? {} : { stream: name }),
        ...(place === undefined ? {} : { place }),
        lag: lagOf(lease, stream),
      };
    }),
    leasesLeftOut: Math.max(0, leases.length - MAX_LEASES),
  };
}
