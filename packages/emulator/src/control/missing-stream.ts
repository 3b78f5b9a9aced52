// What a command on a stream is told that there is not.
import { KinesisError } from "@shardline/core";
import type { Caller } from "../stream/namespace.ts";

/** The error for a stream that is not there. */
export function missingStream(
  stream: string,
  { accountId, region }: Caller,
): KinesisError<"STREAM_NOT_FOUND"> {
  return new KinesisError("STREAM_NOT_FOUND", {
    message: `the emulator has no stream ${stream} under account ${accountId} in ${region}`,
    isRetryable: false,
    details: { stream },
  });
}
