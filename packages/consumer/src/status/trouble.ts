// What may be in the way of a consumer, as it was told last.

/** Failures of one kind, the next never long after the one before; times are monotonic. */
export interface Streak {
  readonly sinceMs: number;
  readonly lastMs: number;
  readonly reason: string;
}

/** The same of one of many streams, or of the only one. */
export interface StreamStreak extends Streak {
  readonly stream?: string;
}

/** A stream that cannot be read. */
export interface FailedStream {
  readonly stream: string;
  /** What was wrong the last time. */
  readonly error: unknown;
  readonly sinceMs: number;
}

/** A time in which nothing could run. */
export interface Stall {
  readonly blockedMs: number;
  /** When it was over. */
  readonly atMs: number;
}

/** Records that were not read in time; whoever reads the shard now. */
export interface Loss {
  readonly shardId: string;
  readonly stream?: string;
  /** What follows it is gone. */
  readonly sequenceNumber: string;
  /** When it was noticed, the last time. */
  readonly atMs: number;
}
