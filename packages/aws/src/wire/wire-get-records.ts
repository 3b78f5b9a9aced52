// GetRecords by our own way, in CBOR where that is trusted.
import { GetRecordsCommand } from "@aws-sdk/client-kinesis";
import type { GetRecordsAnswer, GetRecordsRequest } from "@shardline/core";
import { cbor } from "@smithy/core/cbor";
import { AnswerMismatch } from "../answer-mismatch.ts";
import { getRecordsInput } from "../get-records.ts";
import type { BodyPool } from "./body-pool.ts";
import type { CborTrust } from "./cbor-trust.ts";
import { CBOR_TYPE, isCbor, JSON_TYPE } from "./content.ts";
import { readGetRecordsCbor } from "./get-records-cbor.ts";
import { readGetRecordsJson } from "./get-records-json.ts";
import { withStatus } from "./service-error.ts";
import type { SignedAnswer, SignedCall } from "./signed-call.ts";
import { trustedCalls } from "./trusted-call.ts";

/** Makes one GetRecords call. Rejects as the SDK does. */
export type SendGetRecords = (
  request: GetRecordsRequest,
  abortSignal: AbortSignal,
) => Promise<GetRecordsAnswer>;

interface Get {
  readonly request: GetRecordsRequest;
  readonly abortSignal: AbortSignal;
}

const TARGET = { target: "Kinesis_20131202.GetRecords", command: GetRecordsCommand } as const;
const FORMS = {
  json: { contentType: JSON_TYPE, write: (input: object) => Buffer.from(JSON.stringify(input)) },
  cbor: { contentType: CBOR_TYPE, write: (input: object) => cbor.serialize(input) },
} as const;

/** Makes GetRecords calls. Bodies in JSON, of which no record keeps anything, are read into buffers of a pool. */
export function getRecordsBy(call: SignedCall, pool: BodyPool, trust: CborTrust): SendGetRecords {
  const get = trustedCalls(trust, async (form, { abortSignal, request }: Get) => {
    const { contentType, write } = FORMS[form];
    const input = getRecordsInput(request);
    const about = { ...TARGET, contentType, endpointInput: input };
    let lent: Buffer | undefined;
    const takeRoom = (bytes: number, answerType: string): Buffer => {
      if (isCbor({ contentType: answerType })) return Buffer.allocUnsafeSlow(bytes);
      lent = pool.take(bytes);
      return lent;
    };
    const answered = await call({ ...about, body: write(input), abortSignal, takeRoom });
    const answer = read(answered);
    if (lent !== undefined) pool.giveBack(lent);
    return { answer, isInCbor: isCbor(answered) };
  });
  return (request, abortSignal) => get({ request, abortSignal });
}

function read(answered: SignedAnswer): GetRecordsAnswer {
  const readBody = isCbor(answered) ? readGetRecordsCbor : readGetRecordsJson;
  try {
    return readBody(answered.bytes);
  } catch (error) {
    // What a parser says may quote the answer.
    throw error instanceof AnswerMismatch ? error : withStatus(error, 200);
  }
}
