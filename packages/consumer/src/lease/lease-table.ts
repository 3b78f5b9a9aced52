// The port to the lease table. Each item is changed by conditional writes only, which the table orders one after
// the other; listings may lag behind them.
import type { Lease } from "./lease.ts";
import type { LeaseExpectation, LeaseMove } from "./lease-move.ts";

/** What became of a conditional write. */
export type LeaseUpdate =
  | { readonly kind: "updated"; readonly lease: Lease }
  /** The condition did not hold; `current` is absent where the item is gone. */
  | { readonly kind: "conflict"; readonly current?: Lease };

/**
 * Where leases live. Every call rejects with the signal's reason when it aborts, and with a KinesisError of
 * code API_CALL_FAILED when the table fails; a failure that is ambiguous may have taken effect.
 */
export interface LeaseTable {
  /** Creates the table unless it exists; resolves when it can be used. */
  ensureTable(signal: AbortSignal): Promise<void>;
  get(
    key: string,
    options: { readonly consistent: boolean },
    signal: AbortSignal,
  ): Promise<Lease | undefined>;
  /** Every lease, perhaps a moment old. Items that are not leases are left out. */
  list(signal: AbortSignal): Promise<readonly Lease[]>;
  /** `false` if the key exists already. */
  create(lease: Lease, signal: AbortSignal): Promise<boolean>;
  update(key: string, move: LeaseMove, signal: AbortSignal): Promise<LeaseUpdate>;
  /** `false` if the condition did not hold. */
  delete(key: string, expect: LeaseExpectation, signal: AbortSignal): Promise<boolean>;
}
