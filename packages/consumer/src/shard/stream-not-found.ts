// The error that ends a worker.
import { KinesisError, type StreamRef } from "@shardline/core";

/** The stream does not exist, or does not exist any more. */
export function streamNotFound({ name }: StreamRef, cause?: unknown): KinesisError {
  return new KinesisError("STREAM_NOT_FOUND", {
    message: `stream ${name} does not exist; create it, or check its name, region and account`,
    isRetryable: false,
    details: { stream: name },
    cause,
  });
}
