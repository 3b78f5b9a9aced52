// The error that ends the reading of a stream that was deleted and created again.
import { KinesisError, type StreamRef } from "@shardline/core";

/** The stream is not the one that its leases were made for. */
export function streamRecreated({ name }: StreamRef): KinesisError {
  return new KinesisError("STREAM_RECREATED", {
    message:
      `stream ${name} was deleted and created again since its leases were made, and their positions mean nothing ` +
      'in it; set sync.onStreamRecreated to "reset" to delete them and begin at startAt, or use another application',
    isRetryable: false,
    details: { stream: name },
  });
}
