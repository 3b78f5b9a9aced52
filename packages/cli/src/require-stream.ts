// Says at once, before anything starts, what would otherwise be tried for a while.
import { type KinesisSource, openKinesis } from "@shardline/aws";
import { apiFailureOf, KinesisError, parseStreamRef } from "@shardline/core";
import { UsageError } from "./command.ts";

/**
 * Resolves if a stream is there, or if nobody may know.
 * @throws UsageError, KinesisError STREAM_NOT_FOUND, API_CALL_FAILED
 */
export async function requireStream(
  name: string,
  kinesis: KinesisSource,
  signal: AbortSignal,
): Promise<void> {
  const stream = parseStreamRef(name);
  if (stream === undefined)
    throw new UsageError(`${name} is neither a stream name nor a stream ARN`);
  const { api, close } = openKinesis(kinesis);
  try {
    await api.describeStreamSummary({ stream }, signal);
  } catch (error) {
    const kind = apiFailureOf(error)?.kind;
    // Whoever may not ask may still put and read.
    if (kind === "denied") return;
    throw kind === "missing" ? notFound(stream.name, error) : error;
  } finally {
    close();
  }
}

function notFound(stream: string, cause: unknown): KinesisError {
  return new KinesisError("STREAM_NOT_FOUND", {
    message: `stream ${stream} does not exist; create it, or check its name, region and account`,
    isRetryable: false,
    details: { stream },
    cause,
  });
}
