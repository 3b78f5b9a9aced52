// A lease table in memory whose items can be spoilt, as another program may do it in DynamoDB: the item is there, and
// is no lease.
import type { LeaseLookup } from "../../src/lease/lease-lookup.ts";
import type { LeaseListing, LeaseTable, LeaseUpdate } from "../../src/lease/lease-table.ts";
import { MemoryLeaseTable } from "../../src/lease/memory-lease-table.ts";

export const PROBLEM = "leaseCounter is missing";

export class BreakableTable extends MemoryLeaseTable {
  readonly #broken = new Set<string>();

  /** Its counter is gone. */
  spoil(key: string): void {
    this.#broken.add(key);
  }

  /** It is as it was. */
  mend(key: string): void {
    this.#broken.delete(key);
  }

  override async get(...args: Parameters<LeaseTable["get"]>): Promise<LeaseLookup> {
    const found = await super.get(...args);
    return this.#broken.has(args[0]) ? { kind: "unreadable", problem: PROBLEM } : found;
  }

  override async list(signal: AbortSignal): Promise<LeaseListing> {
    const listing = await super.list(signal);
    const unreadable = [...this.#broken].map((key) => ({ key, problem: PROBLEM }));
    const leases = listing.leases.filter(({ key }) => !this.#broken.has(key));
    return { ...listing, leases, unreadable };
  }

  override async update(...args: Parameters<LeaseTable["update"]>): Promise<LeaseUpdate> {
    return this.#broken.has(args[0]) ? { kind: "conflict" } : super.update(...args);
  }

  override async delete(...args: Parameters<LeaseTable["delete"]>): Promise<boolean> {
    const [key, { counter }] = args;
    return counter !== undefined && this.#broken.has(key) ? false : super.delete(...args);
  }
}
