// Streams as the API describes them.
import type { Stream, StreamMode, StreamStatus } from "./stream.ts";

/** What every description of a stream says. */
export interface StreamOutput {
  readonly StreamName: string;
  readonly StreamARN: string;
  readonly StreamStatus: StreamStatus;
  readonly StreamModeDetails: { readonly StreamMode: StreamMode };
  /** Epoch seconds with three decimals. */
  readonly StreamCreationTimestamp: number;
}

/** Describes a stream. */
export function describeStream(stream: Stream): StreamOutput {
  return {
    StreamName: stream.plan.name,
    StreamARN: stream.home.arn,
    StreamStatus: stream.status,
    StreamModeDetails: { StreamMode: stream.plan.mode },
    StreamCreationTimestamp: stream.createdAtMs / 1000,
  };
}
