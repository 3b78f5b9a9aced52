// How far a shard was handed on, by whichever way it was read: polling and subscriptions each begin where the other one
// stopped. Records that come again, because a place was older, are left out.
import { comparePositions, type IteratorStart, type KinesisRecord } from "@shardline/core";
import type { ReadStart } from "../shard/shard-reader.ts";

/** A worker's clock and the service's differ by less. */
const CLOCK_ALLOWANCE_MS = 1000;

export class ReadPlace {
  /** Where reading begins while nothing was handed on. */
  #start: ReadStart;
  #last: string | undefined;
  /** Where the service says to go on; no older than the last record. */
  #continuation: string | undefined;

  constructor(start: ReadStart) {
    this.#start = start;
  }

  /** The last record that was handed on. */
  get last(): string | undefined {
    return this.#last;
  }

  /** The record to begin with, if a certain one was asked for and nothing has come since. */
  get awaited(): string | undefined {
    const { first } = this.#start;
    if (this.#last !== undefined || first.type !== "AT_SEQUENCE_NUMBER") return undefined;
    return first.sequenceNumber;
  }

  /** What it reads behind, in words for a person. */
  get origin(): string {
    return this.#last ?? this.awaited ?? this.#start.first.type;
  }

  /** Where polling begins; a continuation is of subscriptions alone. */
  forPolling(sinceMs: number | undefined): ReadStart {
    const since = sinceMs === undefined ? {} : { sinceMs };
    if (this.#last === undefined) return { ...this.#start, ...since };
    const after = { type: "AFTER_SEQUENCE_NUMBER", sequenceNumber: this.#last } as const;
    return { first: after, again: after, ...since };
  }

  /** Where a subscription begins; an anchored one brings the last record once more. */
  forSubscription(isAnchored: boolean): IteratorStart {
    const last = this.#last;
    if (isAnchored && last !== undefined)
      return { type: "AT_SEQUENCE_NUMBER", sequenceNumber: last };
    const sequenceNumber = this.#continuation ?? last;
    if (sequenceNumber === undefined) return this.#start.first;
    return { type: "AFTER_SEQUENCE_NUMBER", sequenceNumber };
  }

  /** Reading was begun here: LATEST is meant once, and a second try would skip what came since the first. */
  noteBegun(wallTimeMs: number): void {
    if (this.#start.first.type !== "LATEST") return;
    const { again } = this.#start;
    const timestampMs = wallTimeMs - CLOCK_ALLOWANCE_MS;
    const later =
      again.type === "LATEST" ? ({ type: "AT_TIMESTAMP", timestampMs } as const) : again;
    this.#start = { first: later, again: later };
  }

  /** The service says that the place cannot be. */
  refuse(): void {
    if (this.#continuation !== undefined) {
      this.#continuation = undefined;
      return;
    }
    const { again, first, ifRefused } = this.#start;
    if (ifRefused !== undefined && first === again) this.#start = { first: ifRefused, again };
  }

  /** What was not handed on before, and does not lie before the start. */
  unread(records: readonly KinesisRecord[]): readonly KinesisRecord[] {
    const isNew = ({ sequenceNumber }: KinesisRecord): boolean => this.#isAhead(sequenceNumber);
    const [first] = records;
    if (first === undefined || isNew(first)) return records;
    return records.filter(isNew);
  }

  /** These are handed on, or there were none up to the tip of the shard. */
  note(records: readonly KinesisRecord[], hasCaughtUp: boolean, continuation?: string): void {
    const last = records.at(-1);
    if (last !== undefined) this.#last = last.sequenceNumber;
    else if (hasCaughtUp) this.#passAwaited();
    const newest = continuation ?? this.#continuation;
    const isBehind =
      newest !== undefined && this.#last !== undefined && compare(newest, this.#last) < 0;
    this.#continuation = isBehind ? undefined : newest;
  }

  /** The record to begin with is gone, and so is all that there was behind it. */
  #passAwaited(): void {
    const { awaited } = this;
    if (awaited === undefined) return;
    const after = { type: "AFTER_SEQUENCE_NUMBER", sequenceNumber: awaited } as const;
    this.#start = { first: after, again: after };
  }

  #isAhead(sequenceNumber: string): boolean {
    if (this.#last !== undefined) return compare(sequenceNumber, this.#last) > 0;
    const { first } = this.#start;
    if (!("sequenceNumber" in first)) return true;
    const order = compare(sequenceNumber, first.sequenceNumber);
    return first.type === "AT_SEQUENCE_NUMBER" ? order >= 0 : order > 0;
  }
}

function compare(a: string, b: string): number {
  return comparePositions(
    { sequenceNumber: a, subSequenceNumber: 0 },
    { sequenceNumber: b, subSequenceNumber: 0 },
  );
}
