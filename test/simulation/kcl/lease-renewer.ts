// The leases that a worker of the KCL 2.x holds (DynamoDBLeaseRenewer): renewed together, dropped where a condition fails or
// where they have run out by its own clock, and updated with checkpoints under the same lock.
import type { Lease } from "@shardline/consumer";
import { apiFailureOf, type Clock, type Position } from "@shardline/core";
import { isExpired, type SeenLease } from "./kcl-lease.ts";
import type { KclTable } from "./kcl-table.ts";

export interface LeaseRenewerOptions {
  readonly worker: string;
  readonly table: KclTable;
  readonly clock: Clock;
  readonly failoverMs: number;
}

/** A lease that is held, with the token of this time of holding it. */
export interface HeldLease {
  readonly lease: Lease;
  readonly token: number;
}

/** A throttled renewal is tried so often. */
const RENEWAL_TRIES = 2;

export class LeaseRenewer {
  readonly #options: LeaseRenewerOptions;
  readonly #owned = new Map<string, OwnedLease>();
  #tokens = 0;

  constructor(options: LeaseRenewerOptions) {
    this.#options = options;
  }

  /** What stands under its name from an earlier life is its own, also if it has run out. */
  async initialize(): Promise<void> {
    const { clock, table, worker } = this.#options;
    for (const lease of await table.list()) {
      if (lease.owner !== worker) continue;
      const renewed = await table.renew(lease);
      if (renewed !== undefined) this.add([{ lease: renewed, renewedAtMs: clock.nowMs() }]);
    }
  }

  add(leases: readonly SeenLease[]): void {
    for (const seen of leases) {
      this.#tokens += 1;
      this.#owned.set(seen.lease.key, new OwnedLease(seen, this.#tokens));
    }
  }

  drop(key: string): void {
    this.#owned.delete(key);
  }

  clear(): void {
    this.#owned.clear();
  }

  /** Those that have not run out. */
  held(): readonly HeldLease[] {
    return [...this.#owned.keys()].flatMap((key) => this.heldLease(key) ?? []);
  }

  heldLease(key: string): HeldLease | undefined {
    const owned = this.#owned.get(key);
    if (owned === undefined || this.#isExpired(owned)) return undefined;
    return { lease: owned.seen.lease, token: owned.token };
  }

  /** Rejects with the last failure; those leases are held on to. */
  async renewAll(): Promise<void> {
    const renewals = [...this.#owned.values()].map((owned) => this.#renew(owned));
    const failed = (await Promise.allSettled(renewals)).flatMap((renewal) =>
      renewal.status === "rejected" ? [renewal.reason as unknown] : [],
    );
    if (failed.length > 0) throw failed.at(-1);
  }

  /** `false` if the lease is not held any more, or not with this token. */
  async checkpoint(key: string, token: number, checkpoint: Position): Promise<boolean> {
    const held = this.heldLease(key);
    const owned = this.#owned.get(key);
    if (held === undefined || owned === undefined || owned.token !== token) return false;
    return owned.locked(async () => {
      const written = { ...owned.seen.lease, checkpoint, ownerSwitches: 0 };
      const updated = await this.#options.table.update(written);
      if (updated === undefined) this.#lose(key, owned);
      else owned.seen = { lease: updated, renewedAtMs: this.#options.clock.nowMs() };
      return updated !== undefined;
    });
  }

  async #renew(owned: OwnedLease): Promise<void> {
    for (let tries = 1; ; tries += 1) {
      try {
        await owned.locked(() => this.#renewOnce(owned));
        return;
      } catch (error) {
        if (apiFailureOf(error)?.kind !== "throttled") throw error;
        if (tries === RENEWAL_TRIES) return;
      }
    }
  }

  async #renewOnce(owned: OwnedLease): Promise<void> {
    const { lease } = owned.seen;
    const renewed = this.#isExpired(owned) ? undefined : await this.#options.table.renew(lease);
    if (renewed === undefined) this.#owned.delete(lease.key);
    else owned.seen = { lease: renewed, renewedAtMs: this.#options.clock.nowMs() };
  }

  /** Unless it was taken again meanwhile. */
  #lose(key: string, owned: OwnedLease): void {
    if (this.#owned.get(key) === owned) this.#owned.delete(key);
  }

  #isExpired({ seen }: OwnedLease): boolean {
    return isExpired(seen, this.#options.failoverMs, this.#options.clock.nowMs());
  }
}

/** One time of holding a lease; what is done to it is done one after the other. */
class OwnedLease {
  readonly token: number;
  seen: SeenLease;
  #last: Promise<unknown> = Promise.resolve();

  constructor(seen: SeenLease, token: number) {
    this.seen = seen;
    this.token = token;
  }

  locked<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#last.then(work);
    this.#last = done.catch(() => undefined);
    return done;
  }
}
