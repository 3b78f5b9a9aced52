// The suite "aws": what calls to Kinesis cost the process that makes them.
import type { Comparison } from "../suite.ts";
import { putRecordsComparisons } from "./put-records.ts";

/** The goals G5, and G16 for a call of one record. */
export async function* aws(): AsyncGenerator<Comparison> {
  yield* putRecordsComparisons();
}
