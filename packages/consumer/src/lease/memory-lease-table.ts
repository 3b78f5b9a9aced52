// A lease table in memory: for tests, for the simulation, and for consumers that need no other worker.
import type { Lease, PendingCheckpoint } from "./lease.ts";
import type { LeaseLookup } from "./lease-lookup.ts";
import type { LeaseExpectation, LeaseMove, LeasePatch } from "./lease-move.ts";
import { comparePositions, type HashKeyRange } from "@shardline/core";
import type { LeaseListing, LeaseTable, LeaseUpdate } from "./lease-table.ts";

/** Keeps leases in this process; shared by the workers that are handed the same instance. */
export class MemoryLeaseTable implements LeaseTable {
  readonly #leases = new Map<string, Lease>();
  /** Made when it is asked for; many ask between two changes. */
  #snapshot: readonly Lease[] | undefined;

  /** Every lease as it is right now. */
  snapshot(): readonly Lease[] {
    this.#snapshot ??= Object.freeze([...this.#leases.values()]);
    return this.#snapshot;
  }

  async ensureTable(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
  }

  async get(
    key: string,
    _options: { readonly consistent: boolean },
    signal: AbortSignal,
  ): Promise<LeaseLookup> {
    signal.throwIfAborted();
    const lease = this.#leases.get(key);
    return lease === undefined ? { kind: "absent" } : { kind: "lease", lease };
  }

  async list(signal: AbortSignal): Promise<LeaseListing> {
    signal.throwIfAborted();
    return { leases: this.snapshot(), unreadable: [], foreign: [], readUnits: 0 };
  }

  async create(lease: Lease, signal: AbortSignal): Promise<boolean> {
    signal.throwIfAborted();
    if (this.#leases.has(lease.key)) return false;
    this.#set(stored(lease));
    return true;
  }

  update(key: string, move: LeaseMove, signal: AbortSignal): Promise<LeaseUpdate> {
    return signal.aborted
      ? Promise.reject(signal.reason)
      : Promise.resolve(this.#update(key, move));
  }

  async delete(key: string, expect: LeaseExpectation, signal: AbortSignal): Promise<boolean> {
    signal.throwIfAborted();
    const current = this.#leases.get(key);
    if (current === undefined || !holds(expect, current)) return false;
    this.#leases.delete(key);
    this.#snapshot = undefined;
    return true;
  }

  #update(key: string, move: LeaseMove): LeaseUpdate {
    const current = this.#leases.get(key);
    if (current === undefined) return { kind: "conflict" };
    if (!holds(move.expect, current)) return { kind: "conflict", current };
    const lease = patched(current, move.patch);
    this.#set(lease);
    return { kind: "updated", lease };
  }

  #set(lease: Lease): void {
    this.#leases.set(lease.key, lease);
    this.#snapshot = undefined;
  }
}

function holds(expect: LeaseExpectation, lease: Lease): boolean {
  const { checkpoint, checkpointOwner, counter, owner, streamEpoch, wantedBy } = expect;
  return (
    (streamEpoch === undefined || streamEpoch === (lease.streamEpoch ?? null)) &&
    (wantedBy === undefined || wantedBy === lease.wantedBy) &&
    (counter === undefined || counter === lease.counter) &&
    (owner === undefined || owner === (lease.owner ?? null)) &&
    (checkpointOwner === undefined || checkpointOwner === (lease.checkpointOwner ?? null)) &&
    (checkpoint === undefined || comparePositions(checkpoint, lease.checkpoint) === 0)
  );
}

/** A lease in the making: `null` and `undefined` stand for what is absent, as the time of a wish always is. */
type Draft = { -readonly [Field in keyof Lease]?: Lease[Field] | null | undefined } & {
  wantedAtMs?: number | null | undefined;
};

/** Nothing in it can be changed from outside. */
function stored(lease: Lease): Lease {
  const draft: Draft = { ...lease };
  if (lease.hashKeyRange) draft.hashKeyRange = kept(lease.hashKeyRange);
  if (lease.pendingCheckpoint) draft.pendingCheckpoint = copied(lease.pendingCheckpoint);
  return finished(draft);
}

/**
 * A checkpoint takes away what was prepared, unless the same write prepares it. What is not in the patch is not looked at:
 * mostly thousands of leases are renewed.
 */
function patched(lease: Lease, patch: LeasePatch): Lease {
  const { checkpoint, hashKeyRange, pendingCheckpoint: pending, wantedAtMs } = patch;
  const draft: Draft = { ...lease };
  if (checkpoint !== undefined) draft.pendingCheckpoint = null;
  Object.assign(draft, patch);
  if (wantedAtMs !== undefined) draft.wantedAtMs = null;
  if (hashKeyRange) draft.hashKeyRange = kept(hashKeyRange) ?? lease.hashKeyRange;
  if (pending) draft.pendingCheckpoint = copied(pending);
  return finished(draft);
}

function copied(pending: PendingCheckpoint): PendingCheckpoint {
  return pending.state ? { ...pending, state: pending.state.slice() } : pending;
}

function finished(draft: Draft): Lease {
  return Object.freeze(withoutAbsent(draft) as Lease);
}

/** A field that is absent has no name either; a draft without any, as most are, stays as it is. */
function withoutAbsent(draft: Draft): Draft {
  const fields = draft as Readonly<Record<string, unknown>>;
  for (const name in fields) {
    if (isPresent(fields[name])) continue;
    return Object.fromEntries(Object.entries(fields).filter(([, value]) => isPresent(value)));
  }
  return draft;
}

function isPresent(value: unknown): boolean {
  return value !== null && value !== undefined;
}

/** A range of one hash key is not kept: the KCL could not read it. */
function kept(range: HashKeyRange): HashKeyRange | undefined {
  return range.start < range.end ? range : undefined;
}
