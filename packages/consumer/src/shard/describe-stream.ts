// Asks a stream what it is: when it was created tells it from others of its name.
import {
  apiFailureOf,
  type EventSink,
  type KinesisApi,
  type StreamRef,
  type StreamSummary,
} from "@shardline/core";
import type { ShardEvents } from "./shard-events.ts";
import { isSilence } from "./silent-stream.ts";
import { streamNotFound } from "./stream-not-found.ts";

export interface DescribeStreamOptions {
  readonly kinesis: Pick<KinesisApi, "describeStreamSummary">;
  readonly events: EventSink<ShardEvents>;
  /** Hears each time what the stream says about itself. */
  readonly onDescribed?: (summary: StreamSummary) => void;
}

/**
 * The stream as it is now; `undefined` if that cannot be found out just now. One that never said it, and does not, stays as
 * unknown as it is.
 */
export async function describeStream(
  stream: StreamRef,
  { events, kinesis, onDescribed }: DescribeStreamOptions,
  signal: AbortSignal,
): Promise<StreamRef | undefined> {
  try {
    const summary = await kinesis.describeStreamSummary({ stream }, signal);
    onDescribed?.(summary);
    return { ...stream, epoch: Math.floor(summary.createdAtMs / 1000) };
  } catch (error) {
    signal.throwIfAborted();
    const failure = apiFailureOf(error);
    if (failure === undefined) throw error;
    if (failure.kind === "missing") throw streamNotFound(stream, error);
    events.emit("streamUnidentified", { stream: stream.name, reason: failure.reason });
    return isSilence(failure.kind) && stream.epoch === undefined ? stream : undefined;
  }
}
