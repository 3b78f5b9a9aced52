// Every user record that the stream holds, shard by shard in order, and whether a handler is done with it; and those that
// were deleted with the stream, which nobody needs to handle.
import { isSentinel, type Position, SHARD_END } from "@shardline/core";
import type { Checker } from "./journal.ts";
import type { EntryOf, LandedRecord } from "./journal-entry.ts";
import { prefixOf } from "./shard-names.ts";
import { WORLD } from "./story.ts";

/** A user record where it is stored. */
export interface StoredRecord extends LandedRecord {
  readonly sequenceNumber: string;
  /** Its place in its shard, from 0. */
  readonly index: number;
  isHandled: boolean;
  /** A worker of the KCL left it out, with its whole aggregate: its producer puts it again. */
  isPassedOver: boolean;
}

/** What is stored of a shard. */
interface StoredShard {
  readonly inOrder: StoredRecord[];
  /** By sequence number. */
  readonly carriers: Map<string, readonly StoredRecord[]>;
}

const NONE: StoredShard = { inOrder: [], carriers: new Map() };

/** Kept up to date by a journal; what checkers compare with. */
export class StoredRecords implements Checker {
  readonly name = "stored records";
  readonly sights = {
    landed: (entry: EntryOf<"landed">): void => this.#add(entry),
    handled: (entry: EntryOf<"handled">): void => this.#mark(entry),
    reborn: (): void => this.#beginAnew(),
    streams: ({ process, unnamed }: EntryOf<"streams">): void => {
      if (process === WORLD) this.#unnamed = new Set(unnamed);
    },
  };
  #shards = new Map<string, StoredShard>();
  /** Those of streams that were deleted, whose shards had the same ids. */
  #past: readonly ReadonlyMap<string, StoredShard>[] = [];
  /** By stream. */
  readonly #unhandled = new Map<string, number>();
  /** Streams that nobody is to read. */
  #unnamed: ReadonlySet<string> = new Set();

  /** Records that belong to their shard and are neither handled yet nor passed over, of streams that are to be read. */
  get unhandled(): number {
    let sum = 0;
    for (const [stream, count] of this.#unhandled) if (!this.#unnamed.has(stream)) sum += count;
    return sum;
  }

  /** Whether a shard is of a stream that nobody is to read. */
  isUnnamed(shardId: string): boolean {
    return this.#unnamed.has(prefixOf(shardId));
  }

  /** In the order of the shard; grows while the world runs. */
  ofShard(shardId: string): readonly StoredRecord[] {
    return (this.#shards.get(shardId) ?? NONE).inOrder;
  }

  /** Also if it was deleted with its stream: no sequence number comes twice. */
  at(shardId: string, { sequenceNumber, subSequenceNumber }: Position): StoredRecord | undefined {
    return this.ofCarrier(shardId, sequenceNumber)[subSequenceNumber];
  }

  /** Those of one Kinesis record. */
  ofCarrier(shardId: string, sequenceNumber: string): readonly StoredRecord[] {
    const found = (this.#shards.get(shardId) ?? NONE).carriers.get(sequenceNumber);
    return found ?? this.#deletedCarrier(shardId, sequenceNumber) ?? [];
  }

  /** Whether what is stored there was deleted with its stream. */
  isDeleted(shardId: string, { sequenceNumber }: Position): boolean {
    return this.#deletedCarrier(shardId, sequenceNumber) !== undefined;
  }

  /** The first record at or behind a place of a shard that belongs there. */
  firstInRange(shardId: string, fromIndex: number): StoredRecord | undefined {
    const inOrder = this.ofShard(shardId);
    for (let at = fromIndex; at < inOrder.length; at += 1) {
      if (inOrder[at]?.isInRange) return inOrder[at];
    }
    return undefined;
  }

  /**
   * How many records of a shard lie at or before a position; `undefined` if it is that of none. Wherever an application
   * begins, it begins before anything is put.
   */
  countUpTo(shardId: string, position: Position): number | undefined {
    const { sequenceNumber } = position;
    if (sequenceNumber === SHARD_END.sequenceNumber) return this.ofShard(shardId).length;
    if (isSentinel(position)) return 0;
    if (this.isDeleted(shardId, position)) return undefined;
    const stored = this.at(shardId, position);
    return stored && stored.index + 1;
  }

  /** Those that the stream holds. */
  all(): Iterable<readonly [shardId: string, stored: StoredRecord]> {
    return recordsOf(this.#shards);
  }

  /** Those that were deleted with their stream. */
  *deleted(): Generator<readonly [shardId: string, stored: StoredRecord]> {
    for (const shards of this.#past) yield* recordsOf(shards);
  }

  #deletedCarrier(shardId: string, sequenceNumber: string): readonly StoredRecord[] | undefined {
    for (const shards of this.#past) {
      const carrier = shards.get(shardId)?.carriers.get(sequenceNumber);
      if (carrier !== undefined) return carrier;
    }
    return undefined;
  }

  #beginAnew(): void {
    this.#past = [...this.#past, this.#shards];
    this.#shards = new Map();
    this.#unhandled.clear();
  }

  #add({ records, sequenceNumber, shardId }: EntryOf<"landed">): void {
    const shard: StoredShard = this.#shards.get(shardId) ?? { inOrder: [], carriers: new Map() };
    this.#shards.set(shardId, shard);
    const first = shard.inOrder.length;
    const stored = records.map((landed, at) => storedOf(landed, sequenceNumber, first + at));
    shard.carriers.set(sequenceNumber, stored);
    shard.inOrder.push(...stored);
    this.#count(shardId, stored.filter(({ isInRange }) => isInRange).length);
  }

  #count(shardId: string, more: number): void {
    const stream = prefixOf(shardId);
    this.#unhandled.set(stream, (this.#unhandled.get(stream) ?? 0) + more);
  }

  #mark({ how, positions, shardId }: EntryOf<"handled">): void {
    for (const position of positions) {
      const stored = this.at(shardId, position);
      if (stored === undefined) continue;
      const isMissed = stored.isInRange && !stored.isHandled && !stored.isPassedOver;
      if (isMissed && !this.isDeleted(shardId, position)) this.#count(shardId, -1);
      if (how === "passed over") stored.isPassedOver = true;
      else stored.isHandled = true;
    }
  }
}

/** Field by field: objects that are spread take ten times the room, and these stay as long as the world. */
function storedOf(landed: LandedRecord, sequenceNumber: string, index: number): StoredRecord {
  const { bytes, isInRange, partitionKey, record, subSequenceNumber } = landed;
  return {
    record,
    partitionKey,
    bytes,
    subSequenceNumber,
    isInRange,
    sequenceNumber,
    index,
    isHandled: false,
    isPassedOver: false,
  };
}

function* recordsOf(
  shards: ReadonlyMap<string, StoredShard>,
): Generator<readonly [shardId: string, stored: StoredRecord]> {
  for (const [shardId, { inOrder }] of shards) {
    for (const stored of inOrder) yield [shardId, stored];
  }
}
