// What the benchmark and the processes of a subscription say to each other.
import type { RecordSize } from "./pushed-messages.ts";

/** The first message of the pusher: where it listens, by HTTP/2 without TLS. */
export interface PusherReady {
  readonly h2c: number;
}

/** Who reads. */
export type ReaderKind = "wire" | "send" | "sdk" | "floor";

/** What to read, and how; the first argument of the process, as JSON. */
export interface ReaderTask {
  readonly kind: ReaderKind;
  readonly endpoint: string;
  readonly size: RecordSize;
}

/** The answer to any message: a sample. */
export interface ReaderSample {
  /** On all threads. */
  readonly cpuPerMegabyteMs: number;
}
