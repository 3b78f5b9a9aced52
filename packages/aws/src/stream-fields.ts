// How a request names its stream.
import type { StreamRef } from "@shardline/core";

type StreamIdField = { readonly StreamId?: string };
type StreamFields = StreamIdField &
  ({ readonly StreamARN: string } | { readonly StreamName: string });

/** The ARN if the stream was named by one: it also reaches streams of other accounts. */
export function streamFields(stream: StreamRef): StreamFields {
  const { arn, name } = stream;
  const named = arn === undefined ? { StreamName: name } : { StreamARN: arn };
  return { ...named, ...streamIdField(stream) };
}

/** It may stand beside an iterator or a page token, too, because it decides where a call goes. */
export function streamIdField({ id }: StreamRef): StreamIdField {
  return id === undefined ? {} : { StreamId: id };
}
