// How records are cut into batches, as an option: its docs, its checks and its defaults.
import { type Check, group, integer, withDefault } from "@shardline/core";

/** How records are cut into batches. */
export interface BatchOptions {
  /** User records of one batch, from 1. @defaultValue 1000 */
  readonly maxRecords?: number;
  /** Data of one batch in bytes, from 1; a larger record makes a batch of its own. @defaultValue 4194304 */
  readonly maxBytes?: number;
}

const positiveCount = integer({ min: 1, max: Number.MAX_SAFE_INTEGER });

export const batchOptions: Check<Readonly<Required<BatchOptions>>> = group({
  maxRecords: withDefault(positiveCount, 1000),
  maxBytes: withDefault(positiveCount, 4_194_304),
});
