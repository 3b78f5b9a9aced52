// The suite "aws": what calls to Kinesis cost the process that makes them.
import type { Comparison } from "../suite.ts";
import { putRecordsComparisons } from "./put-records.ts";
import { subscribeToShardComparisons } from "./subscribe-to-shard.ts";

/** The goals G5, G16 for a call of one record, and G15. */
export async function* aws(): AsyncGenerator<Comparison> {
  yield* putRecordsComparisons();
  yield* subscribeToShardComparisons();
}
