// PutRecords by our own way: body, signature, answer.
import { PutRecordsCommand } from "@aws-sdk/client-kinesis";
import type { PutRecordsAnswer, PutRecordsRequest } from "@shardline/core";
import { readPutRecords } from "../put-records.ts";
import { streamFields } from "../stream-fields.ts";
import type { BodyPool } from "./body-pool.ts";
import type { CborTrust } from "./cbor-trust.ts";
import { CBOR_TYPE, isCbor, JSON_TYPE, readContent } from "./content.ts";
import { writePutRecordsCbor } from "./put-records-cbor.ts";
import { writePutRecordsJson } from "./put-records-json.ts";
import { withStatus } from "./service-error.ts";
import type { SignedCall } from "./signed-call.ts";
import { trustedCalls } from "./trusted-call.ts";

/** Makes one PutRecords call. Rejects as the SDK does. */
export type SendPutRecords = (
  request: PutRecordsRequest,
  abortSignal: AbortSignal,
  requestTimeoutMs: number | undefined,
) => Promise<PutRecordsAnswer>;

interface Put {
  readonly request: PutRecordsRequest;
  readonly abortSignal: AbortSignal;
  readonly requestTimeoutMs: number | undefined;
}

const TARGET = { target: "Kinesis_20131202.PutRecords", command: PutRecordsCommand } as const;
const FORMS = {
  json: { contentType: JSON_TYPE, write: writePutRecordsJson },
  cbor: { contentType: CBOR_TYPE, write: writePutRecordsCbor },
} as const;

/** Makes PutRecords calls, their bodies in buffers of a pool, in CBOR where that is trusted. */
export function putRecordsBy(call: SignedCall, pool: BodyPool, trust: CborTrust): SendPutRecords {
  const put = trustedCalls(trust, async (form, { request, ...how }: Put) => {
    const { contentType, write } = FORMS[form];
    const { body, buffer } = write(request, (bytes) => pool.take(bytes));
    const about = { ...TARGET, contentType, endpointInput: streamFields(request.stream) };
    const answered = await call({ ...about, ...how, body });
    // After a failure something may still be on its way out: such a buffer is left to the garbage collector.
    if (answered.isRequestSent) pool.giveBack(buffer);
    return { answer: read(request, answered), isInCbor: isCbor(answered) };
  });
  return (request, abortSignal, requestTimeoutMs) =>
    put({ request, abortSignal, requestTimeoutMs });
}

function read(
  { entries }: PutRecordsRequest,
  content: Parameters<typeof readContent>[0],
): PutRecordsAnswer {
  let output: Record<string, unknown>;
  try {
    output = readContent(content);
  } catch (error) {
    throw withStatus(error, 200);
  }
  return readPutRecords(entries.length)(output);
}
