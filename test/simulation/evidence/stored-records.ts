// Every user record that the stream holds, shard by shard in order, and whether a handler is done with it.
import { isSentinel, type Position, SHARD_END } from "@shardline/core";
import type { Checker, EntryOf, LandedRecord } from "./journal.ts";

/** A user record where it is stored. */
export interface StoredRecord extends LandedRecord {
  readonly sequenceNumber: string;
  /** Its place in its shard, from 0. */
  readonly index: number;
  isHandled: boolean;
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
  };
  readonly #shards = new Map<string, StoredShard>();
  #unhandled = 0;

  /** Records that belong to their shard and are not handled yet. */
  get unhandled(): number {
    return this.#unhandled;
  }

  /** In the order of the shard; grows while the world runs. */
  ofShard(shardId: string): readonly StoredRecord[] {
    return (this.#shards.get(shardId) ?? NONE).inOrder;
  }

  at(shardId: string, { sequenceNumber, subSequenceNumber }: Position): StoredRecord | undefined {
    return this.ofCarrier(shardId, sequenceNumber)[subSequenceNumber];
  }

  /** Those of one Kinesis record. */
  ofCarrier(shardId: string, sequenceNumber: string): readonly StoredRecord[] {
    return (this.#shards.get(shardId) ?? NONE).carriers.get(sequenceNumber) ?? [];
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
    const stored = this.at(shardId, position);
    return stored && stored.index + 1;
  }

  *all(): Generator<readonly [shardId: string, stored: StoredRecord]> {
    for (const [shardId, { inOrder }] of this.#shards) {
      for (const stored of inOrder) yield [shardId, stored];
    }
  }

  #add({ records, sequenceNumber, shardId }: EntryOf<"landed">): void {
    const shard: StoredShard = this.#shards.get(shardId) ?? { inOrder: [], carriers: new Map() };
    this.#shards.set(shardId, shard);
    const first = shard.inOrder.length;
    const stored = records.map((record, at) => {
      return { ...record, sequenceNumber, index: first + at, isHandled: false };
    });
    shard.carriers.set(sequenceNumber, stored);
    shard.inOrder.push(...stored);
    for (const { isInRange } of stored) if (isInRange) this.#unhandled += 1;
  }

  #mark({ positions, shardId }: EntryOf<"handled">): void {
    for (const position of positions) {
      const stored = this.at(shardId, position);
      if (stored === undefined || stored.isHandled) continue;
      stored.isHandled = true;
      if (stored.isInRange) this.#unhandled -= 1;
    }
  }
}
