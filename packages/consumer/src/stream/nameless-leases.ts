// The leases of a worker of one stream: those that name none. What a worker of many has put into the same table is about other
// shards, though they bear the same ids.
import { streamNameOfKey } from "../lease/lease-key.ts";
import type { LeaseTable } from "../lease/lease-table.ts";

/** The table without the leases of many streams in its listings. */
export function namelessLeases(table: LeaseTable): LeaseTable {
  return {
    ensureTable: (signal) => table.ensureTable(signal),
    get: (key, options, signal) => table.get(key, options, signal),
    list: async (signal) => {
      const listing = await table.list(signal);
      return {
        ...listing,
        leases: listing.leases.filter(isNameless),
        unreadable: listing.unreadable.filter(isNameless),
      };
    },
    create: (lease, signal) => table.create(lease, signal),
    update: (key, move, signal) => table.update(key, move, signal),
    delete: (key, expect, signal) => table.delete(key, expect, signal),
  };
}

export function isNameless({ key }: { readonly key: string }): boolean {
  return streamNameOfKey(key) === undefined;
}
