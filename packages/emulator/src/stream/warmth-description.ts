// What the API tells of the warm throughput of a stream on demand.
import type { Stream } from "./stream.ts";

/** What is told of a stream's capacity, if it was ever asked for. */
export interface WarmthOutput {
  readonly WarmThroughput?: { readonly TargetMiBps: number; readonly CurrentMiBps: number };
}

/** Describes that: every open shard takes a MiB per second. */
export function describeWarmth(stream: Stream): WarmthOutput {
  const { warmThroughputMiBps: TargetMiBps, openShardCount: CurrentMiBps } = stream;
  return TargetMiBps === undefined ? {} : { WarmThroughput: { TargetMiBps, CurrentMiBps } };
}
