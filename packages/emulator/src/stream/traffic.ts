// What has passed through a shard since it opened. Counted always: it costs two additions a record, and whoever
// looks on wants to know from the first moment on.

/** Records, and their data and partition keys. */
export interface Tally {
  records: number;
  bytes: number;
}

/** The ways through a shard. */
export class Traffic {
  readonly written: Tally = newTally();
  /** What its limits have kept out. */
  readonly refused: Tally = newTally();
  /** Answers of GetRecords. */
  readonly polled: Tally = newTally();
  /** Events of subscriptions. */
  readonly pushed: Tally = newTally();
}

export function newTally(): Tally {
  return { records: 0, bytes: 0 };
}

/** Counts what has passed together. */
export function count(tally: Tally, { records, bytes }: Readonly<Tally>): void {
  tally.records += records;
  tally.bytes += bytes;
}
