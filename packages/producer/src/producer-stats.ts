// What a producer holds at a moment.

/** How a producer stands, over all its streams. */
export interface ProducerStats {
  /** Records put and not settled, those that wait for room included. */
  readonly outstandingRecords: number;
  /** Data, partition keys and overhead of those that have room. */
  readonly outstandingBytes: number;
  /** Since the oldest of them was put, in ms; 0 if there is none. */
  readonly oldestRecordAgeMs: number;
  /** PutRecords calls under way. */
  readonly inFlightCalls: number;
  /** Whether the next `put` would wait for room, or be refused. */
  readonly isFull: boolean;
}
