// GetShardIterator by our own way, in JSON: there is one for thousands of GetRecords, and how the service would read a time
// in CBOR is its own affair.
import { GetShardIteratorCommand } from "@aws-sdk/client-kinesis";
import type { GetShardIteratorRequest } from "@shardline/core";
import { readShardIterator, shardIteratorInput } from "../shard-iterator.ts";
import { JSON_TYPE, readContent } from "./content.ts";
import { withStatus } from "./service-error.ts";
import type { SignedAnswer, SignedCall } from "./signed-call.ts";

/** Makes one GetShardIterator call. Rejects as the SDK does. */
export type SendGetShardIterator = (
  request: GetShardIteratorRequest,
  abortSignal: AbortSignal,
) => Promise<string>;

const TARGET = {
  target: "Kinesis_20131202.GetShardIterator",
  command: GetShardIteratorCommand,
  contentType: JSON_TYPE,
} as const;

/** Makes GetShardIterator calls. */
export function getShardIteratorBy(call: SignedCall): SendGetShardIterator {
  return async (request, abortSignal) => {
    const input = shardIteratorInput(request);
    const { Timestamp, ...others } = input;
    const fields = Timestamp ? { ...others, Timestamp: Timestamp.getTime() / 1000 } : input;
    const body = Buffer.from(JSON.stringify(fields));
    const answered = await call({ ...TARGET, body, endpointInput: input, abortSignal });
    return readShardIterator(contentOf(answered));
  };
}

function contentOf(answered: SignedAnswer): Record<string, unknown> {
  try {
    return readContent(answered);
  } catch (error) {
    throw withStatus(error, 200);
  }
}
