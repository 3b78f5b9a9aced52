// What the benchmark and the process of a caller say to each other.
import type { Endpoint } from "./callers.ts";

/** Who calls. */
export type CallerKind = "json" | "cbor" | "send" | "sdk-default" | "sdk-http1" | "floor";

/** What to call, and how; the first argument of the process, as JSON. */
export interface CallerTask {
  readonly kind: CallerKind;
  readonly endpoint: Endpoint;
  /** Of each call. */
  readonly records: number;
  /** Of each record. */
  readonly bytes: number;
}

/** The answer to any message: a sample. */
export interface CallerSample {
  readonly cpuPerCallUs: number;
}
