// How a request names its stream.
import type { StreamRef } from "@shardline/core";

/** The ARN if the stream was named by one: it also reaches streams of other accounts. */
export function streamFields({
  arn,
  name,
}: StreamRef): { StreamARN: string } | { StreamName: string } {
  return arn === undefined ? { StreamName: name } : { StreamARN: arn };
}
