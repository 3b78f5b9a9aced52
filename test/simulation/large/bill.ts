// What the calls to a lease table cost, as DynamoDB counts: units of reading for pieces of 4 KiB, of which an eventually
// consistent read pays half, and units of writing for pieces of 1 KiB, of the table and of its index of owners alike.

/** A lease with its names: about so much, whatever the shard. */
const ITEM_BYTES = 512;
/** DynamoDB answers a scan in pages of 1 MiB. */
export const ITEMS_PER_PAGE: number = 2 ** 20 / ITEM_BYTES;

const READ_BYTES = 4096;

/** What was read and written so far, or between two moments. */
export interface BillTotals {
  /** Looks at the whole table: one is made in each pass of a lease taker, and now and then by a shard syncer. */
  readonly scans: number;
  /** Calls, pages of scans among them. */
  readonly readCalls: number;
  readonly readUnits: number;
  readonly writeCalls: number;
  readonly writeUnits: number;
}

export class Bill {
  #scans = 0;
  #readCalls = 0;
  #readUnits = 0;
  #writes = 0;
  #indexUnits = 0;
  /** As they stand in the index. */
  readonly #owners = new Map<string, string>();

  get totals(): BillTotals {
    return {
      scans: this.#scans,
      readCalls: this.#readCalls,
      readUnits: this.#readUnits,
      writeCalls: this.#writes,
      // Every item fits into one.
      writeUnits: this.#writes + this.#indexUnits,
    };
  }

  scan(): void {
    this.#scans += 1;
  }

  /** One page of a scan; answers its units. */
  page(items: number): number {
    const units = Math.max(1, Math.ceil((items * ITEM_BYTES) / READ_BYTES)) / 2;
    this.#read(units);
    return units;
  }

  get(isConsistent: boolean): void {
    this.#read(isConsistent ? 1 : 0.5);
  }

  /** Charged for whatever comes of its condition. */
  write(): void {
    this.#writes += 1;
  }

  /** A write took effect: where the owner has changed, the index loses an entry, or gets one, or both. */
  index(key: string, owner: string | undefined): void {
    const before = this.#owners.get(key);
    if (before === owner) return;
    if (before !== undefined) this.#indexUnits += 1;
    if (owner !== undefined) this.#indexUnits += 1;
    if (owner === undefined) this.#owners.delete(key);
    else this.#owners.set(key, owner);
  }

  #read(units: number): void {
    this.#readCalls += 1;
    this.#readUnits += units;
  }
}

/** What came between two moments. */
export function billBetween(before: BillTotals, after: BillTotals): BillTotals {
  return {
    scans: after.scans - before.scans,
    readCalls: after.readCalls - before.readCalls,
    readUnits: after.readUnits - before.readUnits,
    writeCalls: after.writeCalls - before.writeCalls,
    writeUnits: after.writeUnits - before.writeUnits,
  };
}
