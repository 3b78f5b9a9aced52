// The place up to which a shard was read, and the iterator for it. An iterator that is lost is made anew behind the last
// record seen; one that lay unused for too long is given up before the service refuses it.
import {
  type Clock,
  comparePositions,
  type GetRecordsAnswer,
  type IteratorStart,
  type KinesisApi,
  type StreamRef,
  TOKEN_LIFETIMES,
} from "@shardline/core";
import type { ReadStart } from "../shard/shard-reader.ts";

export interface ShardIteratorOptions {
  readonly kinesis: Pick<KinesisApi, "getShardIterator">;
  readonly stream: StreamRef;
  readonly clock: Clock;
}

/** An iterator that was not used for so long is not trusted to last until it is. */
const MAX_AGE_MS = 0.8 * TOKEN_LIFETIMES.shardIteratorMs;

export class ShardIterator {
  readonly #shardId: string;
  readonly #options: ShardIteratorOptions;
  /** Where a new iterator would start. */
  #place: IteratorStart;
  /** Where it would start if the first one is lost. */
  readonly #again: IteratorStart;
  readonly #ifRefused: IteratorStart | undefined;
  /** The last record that was read. */
  #last: string | undefined;
  #issued: { readonly iterator: string; readonly issuedAtMs: number } | undefined;

  constructor(shardId: string, start: ReadStart, options: ShardIteratorOptions) {
    this.#shardId = shardId;
    this.#options = options;
    this.#place = start.first;
    this.#again = start.again;
    this.#ifRefused = start.ifRefused;
  }

  /** The record from which on it reads, if a certain one was asked for and nothing has come since. */
  get awaited(): string | undefined {
    return this.#place.type === "AT_SEQUENCE_NUMBER" ? this.#place.sequenceNumber : undefined;
  }

  /** The last record that was read. */
  get last(): string | undefined {
    return this.#last;
  }

  /** Whether a record lies before the place, and so cannot come from there. */
  isPast(sequenceNumber: string): boolean {
    if (!("sequenceNumber" in this.#place)) return false;
    const place = { sequenceNumber: this.#place.sequenceNumber, subSequenceNumber: 0 };
    return comparePositions({ sequenceNumber, subSequenceNumber: 0 }, place) < 0;
  }

  /** What it reads behind, in words for a person. */
  get origin(): string {
    return this.#last ?? this.awaited ?? this.#place.type;
  }

  /** Since when there is one; 0 if there is none. */
  get ageMs(): number {
    return this.#issued === undefined ? 0 : this.#options.clock.nowMs() - this.#issued.issuedAtMs;
  }

  get isTooOld(): boolean {
    return this.ageMs >= MAX_AGE_MS;
  }

  /** The iterator in hand, or a new one. */
  async get(signal: AbortSignal): Promise<string> {
    if (this.#issued !== undefined) return this.#issued.iterator;
    const { clock, kinesis, stream } = this.#options;
    const issuedAtMs = clock.nowMs();
    const request = { stream, shardId: this.#shardId, start: this.#place };
    // LATEST is meant once: a second try would skip what came since the first.
    if (this.#place.type === "LATEST") this.#place = this.#again;
    const iterator = await kinesis.getShardIterator(request, signal);
    this.#issued = { iterator, issuedAtMs };
    return iterator;
  }

  /** The next one begins with the last record that was read: if that is still there, so is all that follows. */
  anchor(): void {
    if (this.#last === undefined || this.awaited === this.#last) return;
    this.#place = { type: "AT_SEQUENCE_NUMBER", sequenceNumber: this.#last };
    this.drop();
  }

  /** The next one is made anew. */
  drop(): void {
    this.#issued = undefined;
  }

  /** The service says that the place cannot be. */
  refusePlace(): void {
    if (this.#place === this.#again) this.#place = this.#ifRefused ?? this.#place;
  }

  /** Behind what was read by a call of that time. */
  advance({ next, records }: GetRecordsAnswer, calledAtMs: number): void {
    const last = records.at(-1);
    if (last !== undefined) {
      this.#last = last.sequenceNumber;
      this.#place = { type: "AFTER_SEQUENCE_NUMBER", sequenceNumber: last.sequenceNumber };
    }
    if (next.kind === "iterator") {
      this.#issued = { iterator: next.iterator, issuedAtMs: calledAtMs };
    }
  }
}
