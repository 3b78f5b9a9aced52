// S15: what a worker has fetched and not handled stays within its budget, and one answer above it. Beyond that a shard gets
// one Kinesis record, and only while it has nothing: otherwise it would wait for the handlers of other shards. Of a shard that
// is subscribed to one event may lie above it, too: nobody knows before how large it is, and it is asked for while there is room.
import { BrokenInvariant, type Checker } from "../evidence/journal.ts";
import type { EntryOf, FetchedCarrier } from "../evidence/journal-entry.ts";
import type { StoredRecords } from "../evidence/stored-records.ts";
import { isOfKcl } from "../fleet/worker-name.ts";

/** What a Kinesis record counts with besides its data and its key, as the option says. */
const OVERHEAD_BYTES = 400;
const NEVER = Number.POSITIVE_INFINITY;
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
  /** Places that were handled since. */
  readonly handled: Set<number>;
  fetches: readonly Fetch[];
  /** Places before were brought. */
  readUpTo: number;
  /** The event in hand, which counts as handed on when the next one is asked for. */
  event: readonly FetchedCarrier[];
}

/** What a worker holds. */
interface Holding {
  bytes: number;
  /** Since when it is more than there is room for, if it is. */
  aboveSinceMs: number;
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
    subscription: (entry: EntryOf<"subscription">): void => this.#seeSubscription(entry),
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
    const buffer = { from, handled: new Set<number>(), fetches: [], readUpTo: from, event: [] };
    this.#holdingOf(process).buffers.set(shardId, buffer);
  }

  #seeEvent({ fields, process, what }: EntryOf<"lease">): void {
    if (!ENDS.has(what)) return;
    this.#drop(process, (fields as { readonly shardId: string }).shardId);
  }

  #seeFetched({ atMs, by, carriers, process, shardId }: EntryOf<"fetched">): void {
    const holding = this.#holdingOf(process);
    const buffer = holding.buffers.get(shardId);
    if (buffer === undefined) return;
    if (by === "push") {
      buffer.event = carriers;
      return;
    }
    const heldBytes = holding.bytes;
    const bytes = this.#add(holding, buffer, { atMs, carriers, shardId });
    if (bytes === 0 || holding.bytes <= this.#maxBytes) return;
    const what = `${process} holds ${heldBytes} of ${this.#maxBytes} bytes and fetches ${carriers.length} records, ${bytes} bytes, of ${shardId}`;
    if (buffer.fetches.length > 1) {
      throw new BrokenInvariant(this.name, `${what}, of which it has some`, process);
    }
    if (heldBytes > this.#maxBytes && carriers.length > 1) {
      throw new BrokenInvariant(this.name, what, process);
    }
  }

  #seeSubscription({ atMs, news, process, shardId }: EntryOf<"subscription">): void {
    const holding = this.#holdingOf(process);
    const buffer = holding.buffers.get(shardId);
    if (buffer === undefined) return;
    // The first event of each shows that it works, and is asked for while the shard is polled.
    if (news.what === "asked") buffer.event = [];
    if (news.what !== "awaited" || buffer.event.length === 0) return;
    const { event: carriers } = buffer;
    buffer.event = [];
    this.#add(holding, buffer, {
      atMs,
      carriers: this.#unread(shardId, buffer, carriers),
      shardId,
    });
    const isLate = holding.aboveSinceMs < atMs;
    if (!isLate || buffer.fetches.length === 0) return;
    const what = `${process} holds ${holding.bytes} of ${this.#maxBytes} bytes, some of ${shardId}, and asks for its next event`;
    throw new BrokenInvariant(this.name, what, process);
  }

  /** What came by polling meanwhile is left out of an event. */
  #unread(
    shardId: string,
    { readUpTo }: Buffer,
    carriers: readonly FetchedCarrier[],
  ): readonly FetchedCarrier[] {
    return carriers.filter(({ sequenceNumber }) => {
      return this.#endOf(shardId, sequenceNumber) > readUpTo;
    });
  }

  /** Answers how much it is. */
  #add(
    holding: Holding,
    buffer: Buffer,
    { atMs, carriers, shardId }: Pick<EntryOf<"fetched">, "atMs" | "carriers" | "shardId">,
  ): number {
    const last = carriers.at(-1);
    if (last === undefined) return 0;
    buffer.readUpTo = Math.max(buffer.readUpTo, this.#endOf(shardId, last.sequenceNumber));
    const left = this.#leftOf(shardId, buffer, carriers);
    // What is filtered out as a whole waits for no handler.
    if (left.size === 0) return 0;
    const bytes = carriers.reduce((sum, carrier) => sum + carrier.bytes + OVERHEAD_BYTES, 0);
    buffer.fetches = [...buffer.fetches, { bytes, left }];
    this.#count(holding, bytes, atMs);
    return bytes;
  }

  #seeHandled({ atMs, positions, process, shardId }: EntryOf<"handled">): void {
    const holding = this.#holdings.get(process);
    const buffer = holding?.buffers.get(shardId);
    if (holding === undefined || buffer === undefined) return;
    for (const position of positions) {
      const index = this.#stored.at(shardId, position)?.index ?? -1;
      buffer.handled.add(index);
      const fetch = buffer.fetches.find(({ left }) => left.delete(index));
      if (fetch === undefined || fetch.left.size > 0) continue;
      this.#count(holding, -fetch.bytes, atMs);
      buffer.fetches = buffer.fetches.filter((other) => other !== fetch);
    }
  }

  #count(holding: Holding, bytes: number, atMs: number): void {
    holding.bytes += bytes;
    if (holding.bytes <= this.#maxBytes) holding.aboveSinceMs = NEVER;
    else holding.aboveSinceMs = Math.min(holding.aboveSinceMs, atMs);
  }

  #drop(process: string, shardId: string): void {
    const holding = this.#holdingOf(process);
    for (const { bytes } of holding.buffers.get(shardId)?.fetches ?? []) {
      this.#count(holding, -bytes, NEVER);
    }
    holding.buffers.delete(shardId);
  }

  #holdingOf(process: string): Holding {
    const holding = this.#holdings.get(process) ?? {
      bytes: 0,
      aboveSinceMs: NEVER,
      buffers: new Map(),
    };
    this.#holdings.set(process, holding);
    return holding;
  }

  /** The place behind the last record of a Kinesis record. */
  #endOf(shardId: string, sequenceNumber: string): number {
    return (this.#stored.ofCarrier(shardId, sequenceNumber).at(-1)?.index ?? -1) + 1;
  }

  #leftOf(
    shardId: string,
    { from, handled }: Buffer,
    carriers: readonly FetchedCarrier[],
  ): Set<number> {
    const records = carriers.flatMap(({ sequenceNumber }) =>
      this.#stored.ofCarrier(shardId, sequenceNumber),
    );
    const waiting = records.filter(
      ({ index, isInRange }) => isInRange && index >= from && !handled.has(index),
    );
    return new Set(waiting.map(({ index }) => index));
  }
}
