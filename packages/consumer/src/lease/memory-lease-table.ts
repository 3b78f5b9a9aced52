// A lease table in memory: for tests, for the simulation, and for consumers that need no other worker.
import type { Lease } from "./lease.ts";
import type { LeaseExpectation, LeaseMove, LeasePatch } from "./lease-move.ts";
import { comparePositions } from "@shardline/core";
import type { LeaseTable, LeaseUpdate } from "./lease-table.ts";

/** Keeps leases in this process; shared by the workers that are handed the same instance. */
export class MemoryLeaseTable implements LeaseTable {
  readonly #leases = new Map<string, Lease>();

  /** Every lease as it is right now. */
  snapshot(): readonly Lease[] {
    return [...this.#leases.values()];
  }

  async ensureTable(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
  }

  async get(
    key: string,
    _options: { readonly consistent: boolean },
    signal: AbortSignal,
  ): Promise<Lease | undefined> {
    signal.throwIfAborted();
    return this.#leases.get(key);
  }

  async list(signal: AbortSignal): Promise<readonly Lease[]> {
    signal.throwIfAborted();
    return this.snapshot();
  }

  async create(lease: Lease, signal: AbortSignal): Promise<boolean> {
    signal.throwIfAborted();
    if (this.#leases.has(lease.key)) return false;
    this.#leases.set(lease.key, Object.freeze({ ...lease }));
    return true;
  }

  async update(key: string, move: LeaseMove, signal: AbortSignal): Promise<LeaseUpdate> {
    signal.throwIfAborted();
    const current = this.#leases.get(key);
    if (current === undefined) return { kind: "conflict" };
    if (!holds(move.expect, current)) return { kind: "conflict", current };
    const lease = patched(current, move.patch);
    this.#leases.set(key, lease);
    return { kind: "updated", lease };
  }

  async delete(key: string, expect: LeaseExpectation, signal: AbortSignal): Promise<boolean> {
    signal.throwIfAborted();
    const current = this.#leases.get(key);
    return current !== undefined && holds(expect, current) && this.#leases.delete(key);
  }
}

function holds(expect: LeaseExpectation, lease: Lease): boolean {
  const { checkpoint, checkpointOwner, counter, owner, wantedBy } = expect;
  return (
    (wantedBy === undefined || wantedBy === lease.wantedBy) &&
    (counter === undefined || counter === lease.counter) &&
    (owner === undefined || owner === (lease.owner ?? null)) &&
    (checkpointOwner === undefined || checkpointOwner === (lease.checkpointOwner ?? null)) &&
    (checkpoint === undefined || comparePositions(checkpoint, lease.checkpoint) === 0)
  );
}

/** A `null` removes; the time of a wish is not part of the value. */
function patched(lease: Lease, patch: LeasePatch): Lease {
  const entries = Object.entries({ ...lease, ...patch });
  const kept = entries.filter(([field, value]) => value !== null && field !== "wantedAtMs");
  return Object.freeze(Object.fromEntries(kept) as unknown as Lease);
}
