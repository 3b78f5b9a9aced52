// What the benchmark and the process of one way to put say to each other.
import type { LatencyWayName } from "./latency-ways.ts";

/** What the process is told when it starts. */
export interface LatencyArgument {
  readonly way: LatencyWayName;
  /** The endpoint's URL. */
  readonly endpoint: string;
}

/** Asks for so many records, one every so many ms. */
export interface Pace {
  readonly records: number;
  readonly everyMs: number;
}

/** How long each of them took, in ms. */
export type Latencies = { readonly ms: readonly number[] } | { readonly error: string };
