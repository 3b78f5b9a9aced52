// What the producer remembers of each try to store a record.
import type { ApiFailure } from "./api-failure.ts";

/** One try to store a record, as receipts and errors list them. */
export interface Attempt {
  /**
   * From the end of the previous attempt, or from `put`, to the start of this one. Records of one aggregate share their
   * attempts, so that this is told of the one that waited longest.
   */
  readonly delayMs: number;
  /** From the start of the call to its answer. */
  readonly durationMs: number;
  /** What the service or the network said; absent on the attempt that stored the record. */
  readonly failure?: ApiFailure;
}
