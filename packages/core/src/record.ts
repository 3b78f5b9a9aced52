// The two things called "record": what a caller puts, and what a stream stores. Aggregation turns many
// of the first into one of the second; de-aggregation turns them back.

/** What a caller puts. */
export interface UserRecord {
  /** Name or ARN of the stream. @defaultValue the producer's own */
  readonly stream?: string;
  /**
   * 1 to 256 UTF-16 code units, well-formed (no lone surrogate). Records of one key keep their order. It may be left out
   * only where the service distributes records itself, and means nothing there.
   */
  readonly partitionKey?: string;
  /**
   * Places the record instead of the partition key's hash: a decimal number from 0 to 2^128 - 1, as a
   * string or a bigint.
   */
  readonly explicitHashKey?: string | bigint;
  /** The payload. A string is sent as UTF-8. Copied by `put`, so the buffer may be reused at once. */
  readonly data: Uint8Array | string;
  /** Anything of the caller's own; never sent, handed back in the receipt and in errors. */
  readonly context?: unknown;
}

/** What a stream stores: one entry of a GetRecords answer. */
export interface KinesisRecord {
  /** Decimal, as the service writes it; compare with `comparePositions`, never as text. */
  readonly sequenceNumber: string;
  /** Absent on records of service-managed streams. */
  readonly partitionKey?: string;
  /** May be a view of a piece of memory that all records of its answer share: copy what you keep. */
  readonly data: Uint8Array;
  /** When the service took the record, in epoch milliseconds; not promised to be monotonic. */
  readonly arrivedAtMs: number;
}
