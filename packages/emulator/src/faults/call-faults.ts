// What operations themselves get to see of faults.

/** Faults inside an operation. */
export interface CallFaults {
  /** Why an entry of a PutRecords call is not stored; `undefined` if it may be. */
  failureOfEntry(index: number, shardId: string): EntryFailure | undefined;
  /** How long ago, in milliseconds, a shard listing looks at the stream. */
  readonly shardMapAgeMs: number;
}

/** The codes with which entries of PutRecords fail. */
export type EntryFailure = "InternalFailure" | "ProvisionedThroughputExceededException";
