// The leases of one stream in a table of many, as a table of its own. Keeping leases in step with shards so needs to know
// nothing of other streams.
import { untilAborted } from "@shardline/core";
import type { Lease } from "../lease/lease.ts";
import { parseStreamName, streamNameOfKey } from "../lease/lease-key.ts";
import type { LeaseLookup } from "../lease/lease-lookup.ts";
import type { LeaseExpectation, LeaseMove } from "../lease/lease-move.ts";
import type { LeaseListing, LeaseTable, LeaseUpdate } from "../lease/lease-table.ts";

export interface StreamLeasesOptions {
  readonly table: LeaseTable;
  /** Looks at the whole table. */
  readonly list: (signal: AbortSignal) => Promise<LeaseListing>;
  readonly streamName: string;
  /**
   * Whether leases of a stream that was there before under the same name belong to it as well, as old ones: they have
   * another creation time in their keys. Where the name was given and not found out, what it says of that time may be anything.
   */
  readonly isNameFound: boolean;
  /** Whether no other stream of that name is read: one of another region may have the same account, and would pass for old. */
  readonly isOnlyNamesake: () => boolean;
}

export class StreamLeases implements LeaseTable {
  readonly #options: StreamLeasesOptions;

  constructor(options: StreamLeasesOptions) {
    this.#options = options;
  }

  ensureTable(signal: AbortSignal): Promise<void> {
    return this.#options.table.ensureTable(signal);
  }

  async get(
    key: string,
    options: { readonly consistent: boolean },
    signal: AbortSignal,
  ): Promise<LeaseLookup> {
    const found = await this.#options.table.get(key, options, signal);
    return found.kind === "lease" ? { ...found, lease: this.#dated(found.lease) } : found;
  }

  async list(signal: AbortSignal): Promise<LeaseListing> {
    return this.part(await untilAborted(this.#options.list(signal), signal));
  }

  /** What a listing of the whole table has of this stream. */
  part(listing: LeaseListing): LeaseListing {
    const { isNameFound, isOnlyNamesake, streamName } = this.#options;
    const hasKin = isNameFound && isOnlyNamesake();
    const own = (key: string): boolean => streamNameOfKey(key) === streamName;
    const kin = (key: string): boolean => hasKin && areNamesakes(key, streamName);
    return {
      ...listing,
      leases: listing.leases
        .filter(({ key }) => own(key) || kin(key))
        .map((lease) => this.#dated(lease)),
      unreadable: listing.unreadable.filter(({ key }) => own(key)),
    };
  }

  create(lease: Lease, signal: AbortSignal): Promise<boolean> {
    return this.#options.table.create(lease, signal);
  }

  update(key: string, move: LeaseMove, signal: AbortSignal): Promise<LeaseUpdate> {
    return this.#options.table.update(key, move, signal);
  }

  /** The key tells the creation time, whether the item does or not. */
  delete(key: string, expect: LeaseExpectation, signal: AbortSignal): Promise<boolean> {
    const { streamEpoch: _, ...others } = expect;
    return this.#options.table.delete(key, this.#options.isNameFound ? others : expect, signal);
  }

  #dated(lease: Lease): Lease {
    if (!this.#options.isNameFound || lease.streamEpoch !== undefined) return lease;
    const epoch = parseStreamName(streamNameOfKey(lease.key) ?? "")?.epoch;
    return epoch === undefined ? lease : { ...lease, streamEpoch: epoch };
  }
}

/** Whether a key is that of a stream of the same account and name, whenever that was made. */
function areNamesakes(key: string, streamName: string): boolean {
  const one = parseStreamName(streamNameOfKey(key) ?? "");
  const other = parseStreamName(streamName);
  return one !== undefined && one.account === other?.account && one.name === other.name;
}
