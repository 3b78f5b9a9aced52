// One shard: its place in the hash space and in the lineage, and its log.
//
//   open --- split or merge ---> closed
import type { HashKeyRange } from "@shardline/core";
import type { Blob } from "./blob.ts";
import { EncryptedRuns } from "./encrypted-runs.ts";
import type { Journal, PackedRecord, ShardPlace } from "./journal.ts";
import { formatSequenceNumber, LAST_INDEX, type SequenceNumber } from "./sequence-numbers.ts";
import { SequenceRun } from "./sequence-run.ts";
import type { ShardLimits } from "../limits/shard-limits.ts";
import type { StorageMeter } from "./storage.ts";
import { count, Traffic } from "./traffic.ts";
import { type NextGap, type ReadBounds, ShardLog, type StoredRecord } from "./shard-log.ts";
import type { ShardImage } from "./stream-image.ts";

/** What a shard is made with. */
export interface ShardOrigin extends ShardPlace {
  /** Counts the shards of a stream from 0 and is never used again. */
  readonly index: number;
  readonly range: HashKeyRange;
  /** None, the split shard, or the two merged ones in the order in which the call named them. */
  readonly parentIds: readonly string[];
  /** Epoch milliseconds. */
  readonly createdAtMs: number;
  /** The time in its sequence numbers, in epoch seconds; runs ahead of the clock where it must grow. */
  readonly createdSeconds: number;
  /** Absent where nothing is limited. */
  readonly limits: ShardLimits | undefined;
  /** Which of its records were stored encrypted, as {@link EncryptedRuns} has it. */
  readonly encryptedTurns: readonly number[];
  /** Counts what it stores. */
  readonly meter: StorageMeter;
  /** Absent where its numbers have no gaps. */
  readonly nextGap?: NextGap | undefined;
  /** Absent where nothing is kept beyond the process. */
  readonly journal?: Journal | undefined;
}

type ShardState =
  | { readonly kind: "open" }
  | { readonly kind: "closed"; readonly closing: Closing };

/** How a shard ended. */
export interface Closing {
  readonly atMs: number;
  readonly endingSequenceNumber: string;
  /** Two after a split, one after a merge. */
  readonly children: readonly Shard[];
}

/** A record with its number. */
export interface NumberedRecord extends StoredRecord {
  readonly sequenceNumber: string;
  readonly isEncrypted: boolean;
}

/** One shard of a stream. */
export class Shard {
  readonly origin: ShardOrigin;
  readonly shardId: string;
  readonly startingSequenceNumber: string;
  readonly encrypted: EncryptedRuns;
  readonly traffic: Traffic = new Traffic();
  readonly #log: ShardLog;
  readonly #written: SequenceRun;
  /** Called once each, when something changes. */
  readonly #watchers = new Set<() => void>();
  #state: ShardState = { kind: "open" };

  /** `log` is what it stores already. */
  constructor(origin: ShardOrigin, log: ShardLog = new ShardLog(origin.meter, origin.nextGap)) {
    this.origin = origin;
    this.shardId = shardIdOf(origin.index);
    this.startingSequenceNumber = this.#numberOf(0n, origin.createdSeconds);
    this.encrypted = new EncryptedRuns(origin.encryptedTurns);
    this.#log = log;
    this.#written = new SequenceRun(origin.createdSeconds, origin.index);
  }

  /** How it ended; `undefined` while it is open. */
  get closing(): Closing | undefined {
    return this.#state.kind === "closed" ? this.#state.closing : undefined;
  }

  /** The index that the next record will get: the tip of the shard. */
  get nextIndex(): number {
    return this.#log.nextIndex;
  }

  /** What it takes and gives; `undefined` where nothing is limited. */
  get limits(): ShardLimits | undefined {
    return this.origin.limits;
  }

  /** Takes room for a record of some bytes, by the monotonic clock; answers whether there was any. */
  admit(bytes: number, nowMs: number): boolean {
    if (this.origin.limits?.admitRecord(bytes, nowMs) ?? true) return true;
    count(this.traffic.refused, { records: 1, bytes });
    return false;
  }

  /** When it was created or took its newest record, whichever is later. */
  get lastChangeMs(): number {
    return Math.max(this.origin.createdAtMs, this.#log.lastArrivalMs);
  }

  /** When the oldest record that is left arrived; Infinity if none is. */
  get oldestArrivalMs(): number {
    return this.#log.oldestArrivalMs;
  }

  /**
   * Stores a record of so many bytes, partition key included, and answers its sequence number; forgets what
   * arrived at or before the horizon.
   */
  append(
    partitionKey: string,
    data: Blob,
    bytes: number,
    wallMs: number,
    horizonMs: number,
  ): string {
    this.#log.trim(horizonMs);
    // A clock that is set back leads to no record that is too old from the start.
    const index = this.#log.append(partitionKey, data, bytes, Math.max(wallMs, horizonMs + 1));
    const { written } = this.traffic;
    written.records += 1;
    written.bytes += bytes;
    this.origin.journal?.recorded(this.origin, this.#log.newest());
    if (this.#watchers.size > 0) this.#tellWatchers();
    return this.#written.at(index, secondsOf(this.#log.lastArrivalMs));
  }

  /** Says whether records are stored encrypted from now on. */
  encrypt(isEncrypted: boolean): void {
    this.encrypted.turn(isEncrypted, this.nextIndex, this.#log.oldestIndex);
  }

  /** The records from an index on. */
  read(fromIndex: number, bounds: ReadBounds): NumberedRecord[] {
    // Most reads of an idle shard come to its tip.
    if (fromIndex >= this.nextIndex) return [];
    const run = new SequenceRun(this.origin.createdSeconds, this.origin.index);
    return this.#log.readAs(fromIndex, bounds, (index, arrivedAtMs, partitionKey, data) => ({
      index,
      arrivedAtMs,
      partitionKey,
      data,
      sequenceNumber: run.at(index, secondsOf(arrivedAtMs)),
      isEncrypted: this.encrypted.covers(index),
    }));
  }

  /** Some records from an index on and below another, as they are packed. */
  packedFrom(fromIndex: number, belowIndex: number, maxBytes: number): PackedRecord[] {
    return this.#log.packedFrom(fromIndex, belowIndex, maxBytes);
  }

  /** What has to be remembered of it beside its records. */
  image(): ShardImage {
    const { index, range, parentIds, createdAtMs, createdSeconds } = this.origin;
    const { closing } = this;
    const { nextIndex, lastArrivalMs } = this.#log;
    return {
      index,
      start: range.start.toString(),
      end: range.end.toString(),
      parentIds,
      createdAtMs,
      createdSeconds,
      encryptedTurns: this.encrypted.turns,
      ...(closing === undefined ? {} : { closedAtMs: closing.atMs }),
      nextIndex,
      lastArrivalMs: Number.isFinite(lastArrivalMs) ? lastArrivalMs : null,
    };
  }

  /** The index to read from for the records at or after a time; the tip if there is none. */
  indexAtTime(timeMs: number): number {
    return this.#log.indexAtTime(timeMs);
  }

  /**
   * The index to read from for the records at or after the place of a sequence number of this shard. The
   * number need not be a record's: it counts where it lies between them.
   */
  indexAt({ index, putSeconds }: SequenceNumber): number {
    const arrivedAtMs = this.#log.arrivalOf(Number(index));
    const isBelow = arrivedAtMs !== undefined && secondsOf(arrivedAtMs) < putSeconds;
    return Number(index) + (isBelow ? 1 : 0);
  }

  /** The same without a record that has just this number. */
  indexAfter({ index, putSeconds }: SequenceNumber): number {
    const arrivedAtMs = this.#log.arrivalOf(Number(index));
    const isAbove = arrivedAtMs !== undefined && secondsOf(arrivedAtMs) > putSeconds;
    return Number(index) + (isAbove ? 0 : 1);
  }

  /**
   * A number for whoever wants to go on at an index: above that of every record before it, below that of every
   * other, provided that `putSeconds` lies after the arrival of the newest record.
   */
  numberBefore(index: number, putSeconds: number): string {
    return this.#numberOf(BigInt(Math.min(index - 1, Number.MAX_SAFE_INTEGER)), putSeconds);
  }

  /** Calls back once, as soon as a record is appended or the shard closes. */
  watch(onChange: () => void): Disposable {
    this.#watchers.add(onChange);
    return { [Symbol.dispose]: () => this.#watchers.delete(onChange) };
  }

  /** Forgets what arrived at or before a time. */
  trim(horizonMs: number): void {
    this.#log.trim(horizonMs);
  }

  /** Forgets the oldest records, before their time; answers how many they were. */
  dropOldest(): number {
    return this.#log.dropOldest();
  }

  /** Ends an open shard in favour of its children. */
  close(atMs: number, children: readonly Shard[]): void {
    const endingSequenceNumber = this.#numberOf(LAST_INDEX, secondsOf(atMs));
    this.#state = { kind: "closed", closing: { atMs, endingSequenceNumber, children } };
    this.#tellWatchers();
  }

  #tellWatchers(): void {
    const watchers = [...this.#watchers];
    this.#watchers.clear();
    for (const onChange of watchers) onChange();
  }

  #numberOf(index: bigint, putSeconds: number): string {
    const { createdSeconds, index: shardIndex } = this.origin;
    return formatSequenceNumber({ createdSeconds, shardIndex, index, putSeconds });
  }
}

/** The id of the nth shard of a stream. */
export function shardIdOf(index: number): string {
  return `shardId-${String(index).padStart(12, "0")}`;
}

/** Whole epoch seconds, as sequence numbers count. */
export function secondsOf(epochMs: number): number {
  return Math.floor(epochMs / 1000);
}
