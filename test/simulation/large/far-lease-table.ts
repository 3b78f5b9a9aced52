// A lease table in memory as one worker sees it: behind a distance, with scans that come page by page, and a bill that all
// workers share.
import type { Lease, LeaseListing, LeaseTable, MemoryLeaseTable } from "@shardline/consumer";
import { type Bill, ITEMS_PER_PAGE } from "./bill.ts";
import type { Distance } from "./distance.ts";

/** The table of a worker. */
export function farLeaseTable(table: MemoryLeaseTable, distance: Distance, bill: Bill): LeaseTable {
  const write = <Answer>(call: () => Promise<Answer>, signal: AbortSignal): Promise<Answer> =>
    distance.carry(() => {
      bill.write();
      return call();
    }, signal);
  return {
    ensureTable: (signal) => table.ensureTable(signal),
    get: (key, options, signal) =>
      distance.carry(() => {
        bill.get(options.consistent);
        return table.get(key, options, signal);
      }, signal),
    list: (signal) => scan(table, distance, bill, signal),
    create: (lease, signal) => write(() => table.create(lease, signal), signal),
    update: (key, move, signal) =>
      write(async () => {
        const update = await table.update(key, move, signal);
        if (update.kind === "updated") bill.index(key, update.lease.owner);
        return update;
      }, signal),
    delete: (key, expect, signal) => write(() => table.delete(key, expect, signal), signal),
  };
}

/** Each page shows the leases as they are when it is read. */
async function scan(
  table: MemoryLeaseTable,
  distance: Distance,
  bill: Bill,
  signal: AbortSignal,
): Promise<LeaseListing> {
  bill.scan();
  const leases: Lease[] = [];
  let readUnits = 0;
  for (let isMore = true; isMore; ) {
    const page = await distance.carry(async () => {
      const all = table.snapshot();
      const items = all.slice(leases.length, leases.length + ITEMS_PER_PAGE);
      isMore = leases.length + items.length < all.length;
      readUnits += bill.page(items.length);
      return items;
    }, signal);
    for (const lease of page) leases.push(lease);
  }
  return { leases, unreadable: [], foreign: [], readUnits };
}
