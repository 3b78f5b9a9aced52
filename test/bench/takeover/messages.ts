// What the processes of this suite are told.

export const STREAM = "bench";
export const SHARDS = 6;

/** What the stream's process is told. */
export interface StreamTask {
  /** How long each call to Kinesis and to the lease table takes beside its work. */
  readonly latencyMs: number;
}
