// Whether records that were not read may be gone for their age, over all ways in which a shard is read. Polling tells of
// what it finds itself; here is what subscriptions show.
import type { Clock, EventSink } from "@shardline/core";
import { type Moment, RetentionWatch } from "../polling/retention-watch.ts";
import type { ShardEvents } from "../shard/shard-events.ts";
import type { Fetch } from "../batch/fetch.ts";
import type { ReadPlace } from "./read-place.ts";

export interface TrimWatchOptions {
  readonly clock: Clock;
  readonly events: EventSink<ShardEvents>;
  /** How long the stream keeps records, as far as is known. */
  readonly retentionMs: () => number | undefined;
}

export class TrimWatch {
  readonly #options: TrimWatchOptions;
  readonly #shardId: string;
  readonly #retention: RetentionWatch;
  /** When the subscription was asked for: what it brings was sent later, and may have lain in the connection since. */
  #subscribed: Moment;
  /** The record that it is to bring once more, until it has brought something. */
  #anchor: string | undefined;
  #isTold = false;

  /** `sinceMs` as in `ReadStart`. */
  constructor(shardId: string, sinceMs: number | undefined, options: TrimWatchOptions) {
    this.#options = options;
    this.#shardId = shardId;
    this.#retention = new RetentionWatch(options);
    this.#subscribed = this.now();
    if (sinceMs !== undefined)
      this.noteRead(this.#subscribed, this.#subscribed.wallTimeMs - sinceMs);
  }

  /** Whether the next subscription had better begin with the last record: if that is there, so is all behind it. */
  get mustAnchor(): boolean {
    return this.#retention.isNear;
  }

  /** From then on nothing is known to be read, in epoch milliseconds; `undefined` while nothing is known. */
  get sinceMs(): number | undefined {
    const { behindMs } = this.#retention;
    return behindMs === undefined ? undefined : this.now().wallTimeMs - behindMs;
  }

  /** To be asked before a read. */
  now(): Moment {
    return this.#retention.now();
  }

  /** A subscription is asked for. */
  begin(anchor: string | undefined): void {
    this.#subscribed = this.now();
    this.#anchor = anchor;
  }

  /** A read of that moment has brought everything up to so long before it. */
  noteRead(moment: Moment, millisBehindLatest: number): void {
    this.#retention.note(moment, Math.max(0, millisBehindLatest));
  }

  /** To be asked of what a subscription brought, before the place moves on. */
  check(
    { millisBehindLatest, next, records }: Pick<Fetch, "millisBehindLatest" | "next" | "records">,
    place: ReadPlace,
  ): void {
    const { awaited } = place;
    const expected = awaited ?? this.#anchor;
    const [first] = records;
    const isNothingThere = millisBehindLatest === 0 || next.kind !== "more";
    // The record that was asked for may come with the next event.
    if (expected !== undefined && first === undefined && !isNothingThere) return;
    this.#anchor = undefined;
    const isThere = expected !== undefined && first?.sequenceNumber === expected;
    const { isPast } = this.#retention;
    // At the start nobody knows how old the record is, only that it is gone.
    const isOut = isPast || awaited !== undefined;
    if (isOut && !isThere && !this.#isTold) this.#tell(first, place);
    this.#isTold = isPast;
    this.noteRead(this.#subscribed, millisBehindLatest);
  }

  #tell(first: Fetch["records"][number] | undefined, place: ReadPlace): void {
    this.#options.events.emit("positionTrimmed", {
      shardId: this.#shardId,
      sequenceNumber: place.origin,
      behindMs: this.#retention.behindMs,
      resumedAt: first?.sequenceNumber,
      resumedArrivedAtMs: first?.arrivedAtMs,
    });
  }
}
