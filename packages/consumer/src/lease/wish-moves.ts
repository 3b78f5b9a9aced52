// How one of our workers asks another for a lease. Who reads it does not change by that.
import type { Lease } from "./lease.ts";
import type { LeaseMove } from "./lease-move.ts";

/** Asks one of ours for a lease. The counter stays, so that the owner's renewals go on. */
export function wishMove(lease: Lease, worker: string, wallTimeMs: number): LeaseMove {
  return {
    expect: { owner: lease.owner ?? null },
    patch: { wantedBy: worker, wantedAtMs: wallTimeMs },
  };
}

/** Takes a wish back. */
export function withdrawMove(worker: string): LeaseMove {
  return { expect: { wantedBy: worker }, patch: { wantedBy: null, wantedAtMs: null } };
}
