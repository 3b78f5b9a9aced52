// PutRecords by our own way: body, signature, answer.
import { PutRecordsCommand } from "@aws-sdk/client-kinesis";
import type { PutRecordsAnswer, PutRecordsRequest } from "@shardline/core";
import { readPutRecords } from "../put-records.ts";
import { streamFields } from "../stream-fields.ts";
import type { BodyPool } from "./body-pool.ts";
import { writePutRecordsJson } from "./put-records-json.ts";
import { withStatus } from "./service-error.ts";
import type { SignedAnswer, SignedCall } from "./signed-call.ts";

/** Makes one PutRecords call. Rejects as the SDK does. */
export type SendPutRecords = (
  request: PutRecordsRequest,
  abortSignal: AbortSignal,
  requestTimeoutMs: number | undefined,
) => Promise<PutRecordsAnswer>;

const TARGET = {
  target: "Kinesis_20131202.PutRecords",
  contentType: "application/x-amz-json-1.1",
  command: PutRecordsCommand,
} as const;

/** Makes PutRecords calls with a client's configuration, their bodies in buffers of a pool. */
export function putRecordsBy(call: SignedCall, pool: BodyPool): SendPutRecords {
  return async (request, abortSignal, requestTimeoutMs) => {
    const { body, buffer } = writePutRecordsJson(request, (bytes) => pool.take(bytes));
    const endpointInput = streamFields(request.stream);
    const answer = await call({ ...TARGET, body, endpointInput, abortSignal, requestTimeoutMs });
    // After a failure something may still be on its way out: such a buffer is left to the garbage collector.
    if (answer.isRequestSent) pool.giveBack(buffer);
    return readPutRecords(request.entries.length)(parse(answer));
  };
}

function parse({ bytes }: SignedAnswer): Parameters<ReturnType<typeof readPutRecords>>[0] {
  if (bytes.length === 0) return {};
  try {
    return Object(JSON.parse(bytes.toString()));
  } catch (error) {
    throw withStatus(error, 200);
  }
}
