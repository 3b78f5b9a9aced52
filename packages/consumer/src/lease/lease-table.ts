// The port to the lease table. Each item is changed by conditional writes only, which the table orders one after
// the other; listings may lag behind them.
import type { Lease } from "./lease.ts";
import type { LeaseLookup } from "./lease-lookup.ts";
import type { LeaseExpectation, LeaseMove } from "./lease-move.ts";

/** What became of a conditional write. */
export type LeaseUpdate =
  | { readonly kind: "updated"; readonly lease: Lease }
  /** The condition did not hold; `current` is absent where the item is gone, or cannot be read as a lease. */
  | { readonly kind: "conflict"; readonly current?: Lease };

/**
 * An item that should be a lease and cannot be read as one: nobody can read its shard, or the children of it, until it is
 * mended.
 */
export interface UnreadableItem {
  readonly key: string;
  /** Which attribute is wrong, and how. */
  readonly problem: string;
}

/** An item of another kind, as the KCL 3.x keeps them beside its leases. */
export interface ForeignItem {
  readonly key: string;
  readonly entityType: string;
  /** Its texts and numbers by attribute name, numbers as they are written. */
  readonly attributes: Readonly<Record<string, string>>;
}

/** Everything in a table, perhaps a moment old. */
export interface LeaseListing {
  readonly leases: readonly Lease[];
  readonly unreadable: readonly UnreadableItem[];
  readonly foreign: readonly ForeignItem[];
  /** Read units that the listing cost; one stands for 8 KiB of the table. */
  readonly readUnits: number;
}

/** What the calls of one worker have come to. */
export interface LeaseTableUsage {
  readonly calls: number;
  readonly readUnits: number;
  /** A write whose condition failed counts as one unit: DynamoDB charges for it and does not say how much. */
  readonly writeUnits: number;
  /** Calls that were refused because too many were made. */
  readonly throttledCalls: number;
}

/**
 * Where leases live. Every call rejects with the signal's reason when it aborts, and with a KinesisError of
 * code API_CALL_FAILED when the table fails; a failure that is ambiguous may have taken effect.
 */
export interface LeaseTable {
  /** What this worker's calls have consumed so far; absent where nothing is charged. */
  readonly usage?: LeaseTableUsage;
  /** Creates the table unless it exists; resolves when it can be used. */
  ensureTable(signal: AbortSignal): Promise<void>;
  get(
    key: string,
    options: { readonly consistent: boolean },
    signal: AbortSignal,
  ): Promise<LeaseLookup>;
  list(signal: AbortSignal): Promise<LeaseListing>;
  /**
   * What workers of KCL 3.0 to 3.4 keep in a table beside this one, by which a fleet of theirs is known. Absent where
   * there can be none.
   */
  coordinatorState?(signal: AbortSignal): Promise<readonly ForeignItem[]>;
  /** `false` if the key exists already. */
  create(lease: Lease, signal: AbortSignal): Promise<boolean>;
  update(key: string, move: LeaseMove, signal: AbortSignal): Promise<LeaseUpdate>;
  /** `false` if the condition did not hold. */
  delete(key: string, expect: LeaseExpectation, signal: AbortSignal): Promise<boolean>;
}
