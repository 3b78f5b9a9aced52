// What stands under a key of the lease table. A lease that cannot be read is not gone: a shard whose parent's lease is
// gone may be read, and one whose parent's lease cannot be read must not.
import type { Lease } from "./lease.ts";

/** What was found under a key. */
export type LeaseLookup =
  | { readonly kind: "lease"; readonly lease: Lease }
  /** There is an item that cannot be read as a lease. */
  | {
      readonly kind: "unreadable";
      /** Which attribute is wrong, and how. */
      readonly problem: string;
    }
  | { readonly kind: "absent" };

/** The lease that was found, if one was. */
export function leaseFound(lookup: LeaseLookup): Lease | undefined {
  return lookup.kind === "lease" ? lookup.lease : undefined;
}
