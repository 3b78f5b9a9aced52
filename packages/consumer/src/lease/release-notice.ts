// Tells the other workers of ours that there are leases to be had: a mark on the first lease of the table, at which
// everybody looks between two looks at the whole. One item is read for that, however many leases there are.
import type { Clock } from "@shardline/core";
import { isEnded, isForeign, type Lease } from "./lease.ts";
import { leaseFound } from "./lease-lookup.ts";
import type { LeaseMove } from "./lease-move.ts";
import type { LeaseTable } from "./lease-table.ts";

/** Between two looks at the item: with the calls that follow, what was given up has owners within two seconds. */
const LOOK_EVERY_MS = 850;

export interface ReleaseNoticeOptions {
  readonly table: LeaseTable;
  readonly worker: string;
  readonly clock: Clock;
  /** Ends calls to the table. */
  readonly callSignal: AbortSignal;
  readonly onFailure: (error: unknown) => void;
}

/** Says that a worker of ours has given leases up. The counter stays, so that the owner's renewals go on. */
export function noticeMove(worker: string, wallTimeMs: number): LeaseMove {
  return { expect: {}, patch: { releaseNotice: `${worker} ${wallTimeMs}` } };
}

export class ReleaseNotice {
  readonly #options: ReleaseNoticeOptions;
  /** The lease that has the mark: all workers find the same one, unless the shards have changed just now. */
  #key: string | undefined;
  #read: string | undefined;
  #dueAtMs = Number.POSITIVE_INFINITY;
  /** While one is told another may be released, for which it may be too early. */
  #state: "quiet" | "telling" | "telling, and once more" = "quiet";
  #telling: Promise<void> = Promise.resolve();

  constructor(options: ReleaseNoticeOptions) {
    this.#options = options;
  }

  /** When the mark is to be looked at; never while there is nobody who could leave one. */
  get dueAtMs(): number {
    return this.#dueAtMs;
  }

  /** Resolves when everything is told. */
  get told(): Promise<void> {
    return this.#telling;
  }

  /** Notes a look at the whole table. */
  noteListing(leases: readonly Lease[]): void {
    const { clock, worker } = this.#options;
    let first: Lease | undefined;
    let hasPeers = false;
    for (const lease of leases) {
      if (isEnded(lease)) continue;
      if (first === undefined || lease.key < first.key) first = lease;
      hasPeers ||= lease.owner !== undefined && lease.owner !== worker && !isForeign(lease);
    }
    // A listing may be older than the mark that was read last.
    if (first?.key !== this.#key) this.#read = first?.releaseNotice;
    this.#key = first?.key;
    this.#dueAtMs = hasPeers ? clock.nowMs() + LOOK_EVERY_MS : Number.POSITIVE_INFINITY;
  }

  /** Looks at the mark: whether leases were given up since. */
  async isNew(): Promise<boolean> {
    const { callSignal, clock, table } = this.#options;
    this.#dueAtMs = clock.nowMs() + LOOK_EVERY_MS;
    if (this.#key === undefined) return false;
    const lease = leaseFound(await table.get(this.#key, { consistent: false }, callSignal));
    if (lease === undefined || lease.releaseNotice === this.#read) return false;
    this.#read = lease.releaseNotice;
    return true;
  }

  /** This worker has given a lease up just now. */
  tell(): void {
    if (this.#state === "quiet") this.#telling = this.#tellAll();
    else this.#state = "telling, and once more";
  }

  async #tellAll(): Promise<void> {
    const { callSignal, clock, onFailure, table, worker } = this.#options;
    do {
      this.#state = "telling";
      const move = noticeMove(worker, clock.wallTimeMs());
      try {
        if (this.#key !== undefined) await table.update(this.#key, move, callSignal);
      } catch (error) {
        if (callSignal.aborted) break;
        // The next look at the whole table finds it all the same.
        onFailure(error);
      }
    } while (this.#state !== "telling");
    this.#state = "quiet";
  }
}
