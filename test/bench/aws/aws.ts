// The suite "aws": what calls to Kinesis cost the process that makes them.
import type { Comparison } from "../suite.ts";
import { putRecordsComparisons } from "./put-records.ts";

/** The goals G5. */
export async function* aws(): AsyncGenerator<Comparison> {
  yield* putRecordsComparisons();
}
