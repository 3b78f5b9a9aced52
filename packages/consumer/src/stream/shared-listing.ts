// Looks at the lease table for all streams of a worker: each of them asks now and then, and one look answers everybody who
// asked before it was begun. Many streams so cost little more than one.
import { type Clock, sleep, TokenBucket } from "@shardline/core";
import type { LeaseListing, LeaseTable } from "../lease/lease-table.ts";
import { planNextScan } from "../lease/scan-plan.ts";

export interface SharedListingOptions {
  readonly table: Pick<LeaseTable, "list">;
  readonly clock: Clock;
  readonly failoverMs: number;
  /** Ends looks, and pauses between them. */
  readonly signal: AbortSignal;
}

/** Looks that need not wait: at a start all streams ask at once. */
const BURST = 8;

export class SharedListing {
  readonly #options: SharedListingOptions;
  readonly #looks: TokenBucket;
  /** A look that has not begun: it answers everybody who asks until then. */
  #next: Promise<LeaseListing> | undefined;
  #last: Promise<unknown> = Promise.resolve();

  constructor(options: SharedListingOptions) {
    const { clock, failoverMs } = options;
    this.#options = options;
    this.#looks = new TokenBucket(BURST, paceOf(failoverMs, 0), clock.nowMs());
  }

  /** A look that begins after this was called. */
  list(): Promise<LeaseListing> {
    this.#next ??= this.#queue();
    return this.#next;
  }

  #queue(): Promise<LeaseListing> {
    const look = this.#lookAfter(this.#last);
    this.#last = look.catch(() => undefined);
    return look;
  }

  async #lookAfter(before: Promise<unknown>): Promise<LeaseListing> {
    const { clock, failoverMs, signal, table } = this.#options;
    await before;
    const nowMs = clock.nowMs();
    await sleep(clock, this.#looks.readyAtMs(1, nowMs) - nowMs, signal);
    this.#next = undefined;
    this.#looks.take(1, clock.nowMs());
    const listing = await table.list(signal);
    this.#looks.changeRate(paceOf(failoverMs, listing.readUnits), clock.nowMs());
    return listing;
  }
}

/** Looks a second: as many as are made to find leases, and less of a large table. */
function paceOf(failoverMs: number, readUnits: number): number {
  const view = { askedAtMs: 0, failoverMs, readUnits, unchangedSinceMs: [] };
  return 1000 / planNextScan(view).everyMs;
}
