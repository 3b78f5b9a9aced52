// What comes out of a Kinesis record's data when it is taken apart.

/** What data turned out to be. */
export type Deaggregation =
  /** No aggregate: the data is the user's own. */
  | { readonly kind: "plain" }
  | { readonly kind: "aggregate"; readonly records: readonly AggregatedRecord[] }
  /**
   * An aggregate in every way, except that a record names a key that is not there, or one that is no hash
   * key. The KCL delivers the records before it and drops the rest without a word; here the caller decides.
   */
  | { readonly kind: "malformed"; readonly reason: string };

/** One user record of an aggregate. Its index in the aggregate is its subsequence number. */
export interface AggregatedRecord {
  readonly partitionKey: string;
  /** Reads as a hash key, and usually is canonical decimal. Absent if the producer gave none. */
  readonly explicitHashKey?: string;
  readonly data: Uint8Array;
  /** Present only if there are any. */
  readonly tags?: readonly RecordTag[];
}

/** A label on a user record: part of the format, though no producer is known to write it. */
export interface RecordTag {
  readonly key: string;
  readonly value?: string;
}
