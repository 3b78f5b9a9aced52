// A worker of the KCL 2.x looks for leases (DynamoDBLeaseTaker): scans, remembers when it saw counters change, and
// takes what it planned to, one after the other.
import type { Lease } from "@shardline/consumer";
import { apiFailureOf, type Clock, type Random } from "@shardline/core";
import { NEVER_RENEWED, type SeenLease } from "./kcl-lease.ts";
import type { KclTable } from "./kcl-table.ts";
import { planTakes, type Takes } from "./taker-plan.ts";

export interface LeaseTakerOptions {
  readonly worker: string;
  readonly table: KclTable;
  readonly clock: Clock;
  readonly random: Random;
  readonly failoverMs: number;
}

/** A throttled take is tried so often. */
const TAKE_TRIES = 3;

export class LeaseTaker {
  readonly #options: LeaseTakerOptions;
  readonly #seen = new Map<string, SeenLease>();

  constructor(options: LeaseTakerOptions) {
    this.#options = options;
  }

  /** What it took. Whatever fails but for being throttled ends the pass, and what was taken in it is forgotten. */
  async takeLeases(): Promise<SeenLease[]> {
    const { clock, failoverMs, random, worker } = this.#options;
    const startedAtMs = clock.nowMs();
    if (!(await this.#scan())) return [];
    const scannedAtMs = clock.nowMs();
    const seen = [...this.#seen.values()];
    const view = { worker, seen, scannedAtMs, nowMs: scannedAtMs, failoverMs, random };
    const leases = await this.#fresh(planTakes(view), scannedAtMs - startedAtMs);
    const taken: SeenLease[] = [];
    for (const lease of leases) {
      const mine = await this.#take(lease);
      if (mine === undefined) continue;
      const own = { lease: mine, renewedAtMs: clock.nowMs() };
      if (this.#seen.get(lease.key)?.lease === lease) this.#seen.set(lease.key, own);
      taken.push(own);
    }
    return taken;
  }

  /** `false` if it was throttled. */
  async #scan(): Promise<boolean> {
    let leases: readonly Lease[];
    try {
      leases = await this.#options.table.list();
    } catch (error) {
      if (apiFailureOf(error)?.kind === "throttled") return false;
      throw error;
    }
    const nowMs = this.#options.clock.nowMs();
    const gone = new Set(this.#seen.keys());
    for (const lease of leases) {
      gone.delete(lease.key);
      this.#seen.set(lease.key, { lease, renewedAtMs: this.#renewedAtMs(lease, nowMs) });
    }
    for (const key of gone) this.#seen.delete(key);
    return true;
  }

  #renewedAtMs({ counter, key, owner }: Lease, nowMs: number): number {
    const before = this.#seen.get(key);
    if (before === undefined) return owner === undefined ? NEVER_RENEWED : nowMs;
    return before.lease.counter === counter ? before.renewedAtMs : nowMs;
  }

  /** After a slow scan, leases to steal are read again; where one is gone the pass dies of it. */
  async #fresh({ isSteal, leases }: Takes, scanMs: number): Promise<readonly Lease[]> {
    const renewalMs = Math.floor(this.#options.failoverMs / 3);
    if (!isSteal || scanMs <= renewalMs * 0.5) return leases;
    const fresh: Lease[] = [];
    for (const lease of leases) {
      let now: Lease | undefined = lease;
      try {
        now = await this.#options.table.get(lease.key);
      } catch (error) {
        if (apiFailureOf(error) === undefined) throw error;
      }
      if (now === undefined) return [];
      fresh.push(now);
    }
    return fresh;
  }

  async #take(lease: Lease): Promise<Lease | undefined> {
    for (let tries = 0; tries < TAKE_TRIES; tries += 1) {
      try {
        return await this.#options.table.take(lease, this.#options.worker);
      } catch (error) {
        if (apiFailureOf(error)?.kind !== "throttled") throw error;
      }
    }
    return undefined;
  }
}
