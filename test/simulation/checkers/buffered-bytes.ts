// S15: what a worker has fetched and not handled stays within its budget, and one answer above it. Beyond that a shard gets
// one Kinesis record, and only while it has nothing: otherwise it would wait for the handlers of other shards.
import { BrokenInvariant, type Checker } from "../evidence/journal.ts";
import type { EntryOf } from "../evidence/journal-entry.ts";
import type { StoredRecords } from "../evidence/stored-records.ts";
import { isOfKcl } from "../fleet/worker-name.ts";

/** What a Kinesis record counts with besides its data and its key, as the option says. */
const OVERHEAD_BYTES = 400;
/** From here on a worker holds nothing of a shard: it has stopped to read, or what it does counts no more. */
const ENDS: ReadonlySet<string> = new Set(["leaseLost", "leaseReleased", "shutdownRequested"]);

interface Fetch {
  readonly bytes: number;
  /** Places of its records that a handler gets and has not done. */
  readonly left: Set<number>;
}

/** What a worker holds of one shard, under one lease. */
interface Buffer {
  /** Places before were handled when the lease was taken. */
  readonly from: number;
  fetches: readonly Fetch[];
}

/** What a worker holds. */
interface Holding {
  bytes: number;
  readonly buffers: Map<string, Buffer>;
}

export class BufferedBytes implements Checker {
  readonly name = "buffered bytes";
  readonly sights = {
    life: ({ process, what }: EntryOf<"life">): void => {
      // Another may have borne its name.
      if (what === "started") this.#holdings.delete(process);
    },
    table: (entry: EntryOf<"table">): void => this.#seeWrite(entry),
    lease: (entry: EntryOf<"lease">): void => this.#seeEvent(entry),
    fetched: (entry: EntryOf<"fetched">): void => this.#seeFetched(entry),
    handled: (entry: EntryOf<"handled">): void => this.#seeHandled(entry),
  };
  readonly #stored: StoredRecords;
  readonly #maxBytes: number;
  readonly #holdings = new Map<string, Holding>();

  constructor(stored: StoredRecords, maxBytes: number) {
    this.#stored = stored;
    this.#maxBytes = maxBytes;
  }

  #seeWrite({ after, before, process }: EntryOf<"table">): void {
    if (isOfKcl(process)) return;
    if (after?.owner !== process || after.epoch === before?.epoch) return;
    const { checkpoint, shardId } = after;
    this.#drop(process, shardId);
    const from = this.#stored.countUpTo(shardId, checkpoint) ?? 0;
    this.#holdingOf(process).buffers.set(shardId, { from, fetches: [] });
  }

  #seeEvent({ fields, process, what }: EntryOf<"lease">): void {
    if (!ENDS.has(what)) return;
    this.#drop(process, (fields as { readonly shardId: string }).shardId);
  }

  #seeFetched({ bytes: dataBytes, process, sequenceNumbers, shardId }: EntryOf<"fetched">): void {
    const holding = this.#holdingOf(process);
    const buffer = holding.buffers.get(shardId);
    const left = this.#placesOf(shardId, sequenceNumbers, buffer?.from ?? 0);
    // What is filtered out as a whole waits for no handler.
    if (buffer === undefined || left.size === 0) return;
    const bytes = dataBytes + sequenceNumbers.length * OVERHEAD_BYTES;
    const heldBytes = holding.bytes;
    holding.bytes += bytes;
    buffer.fetches = [...buffer.fetches, { bytes, left }];
    if (holding.bytes <= this.#maxBytes) return;
    const what = `${process} holds ${heldBytes} of ${this.#maxBytes} bytes and fetches ${sequenceNumbers.length} records, ${bytes} bytes, of ${shardId}`;
    if (buffer.fetches.length > 1) {
      throw new BrokenInvariant(this.name, `${what}, of which it has some`, process);
    }
    if (heldBytes > this.#maxBytes && sequenceNumbers.length > 1) {
      throw new BrokenInvariant(this.name, what, process);
    }
  }

  #seeHandled({ positions, process, shardId }: EntryOf<"handled">): void {
    const holding = this.#holdings.get(process);
    const buffer = holding?.buffers.get(shardId);
    if (holding === undefined || buffer === undefined) return;
    for (const position of positions) {
      const index = this.#stored.at(shardId, position)?.index ?? -1;
      const fetch = buffer.fetches.find(({ left }) => left.delete(index));
      if (fetch === undefined || fetch.left.size > 0) continue;
      holding.bytes -= fetch.bytes;
      buffer.fetches = buffer.fetches.filter((other) => other !== fetch);
    }
  }

  #drop(process: string, shardId: string): void {
    const holding = this.#holdingOf(process);
    for (const { bytes } of holding.buffers.get(shardId)?.fetches ?? []) holding.bytes -= bytes;
    holding.buffers.delete(shardId);
  }

  #holdingOf(process: string): Holding {
    const holding = this.#holdings.get(process) ?? { bytes: 0, buffers: new Map() };
    this.#holdings.set(process, holding);
    return holding;
  }

  #placesOf(shardId: string, sequenceNumbers: readonly string[], from: number): Set<number> {
    const records = sequenceNumbers.flatMap((number) => this.#stored.ofCarrier(shardId, number));
    const waiting = records.filter(({ index, isInRange }) => isInRange && index >= from);
    return new Set(waiting.map(({ index }) => index));
  }
}
