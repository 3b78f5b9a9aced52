// Whether anything that a reader has not read yet may be gone for its age. The service does not tell: from a place that it
// does not keep any more it reads on with the oldest record there is. What is known is up to when everything was read: an
// answer that is so far behind the tip leaves nothing out that came before.
import type { Clock } from "@shardline/core";

export interface RetentionWatchOptions {
  readonly clock: Clock;
  /** How long the stream keeps records, as far as is known. */
  readonly retentionMs: () => number | undefined;
}

/** The least that a stream can be told to keep records, and what it does unless told. */
const MIN_RETENTION_MS = 86_400_000;
/** So long before anything can be gone it is looked closely: a call may take a while, and clocks differ. */
const MARGIN_MS = 60_000;

/** A moment by both clocks: the monotonic one stands still while a machine sleeps, the other one may be set. */
export interface Moment {
  readonly nowMs: number;
  readonly wallTimeMs: number;
}

export class RetentionWatch {
  readonly #options: RetentionWatchOptions;
  /** Nothing that came before is unread. */
  #readUpTo: Moment | undefined;

  constructor(options: RetentionWatchOptions) {
    this.#options = options;
  }

  /** For how long it is unknown what came; `undefined` while it always was. */
  get behindMs(): number | undefined {
    if (this.#readUpTo === undefined) return undefined;
    const { nowMs, wallTimeMs } = this.now();
    return Math.max(nowMs - this.#readUpTo.nowMs, wallTimeMs - this.#readUpTo.wallTimeMs);
  }

  /** Whether something may be gone soon, or is. */
  get isNear(): boolean {
    return this.#isBehind(this.#retentionMs - MARGIN_MS);
  }

  /** Whether something may be gone. */
  get isPast(): boolean {
    return this.#isBehind(this.#retentionMs);
  }

  /** To be asked before a call. */
  now(): Moment {
    const { clock } = this.#options;
    return { nowMs: clock.nowMs(), wallTimeMs: clock.wallTimeMs() };
  }

  /** A call of that moment has brought everything up to so long before it. */
  note({ nowMs, wallTimeMs }: Moment, millisBehindLatest: number): void {
    this.#readUpTo = {
      nowMs: nowMs - millisBehindLatest,
      wallTimeMs: wallTimeMs - millisBehindLatest,
    };
  }

  /** Without permission to ask it is the least that there is. */
  get #retentionMs(): number {
    return this.#options.retentionMs() ?? MIN_RETENTION_MS;
  }

  #isBehind(limitMs: number): boolean {
    const { behindMs } = this;
    return behindMs !== undefined && behindMs >= limitMs;
  }
}
