// One signed request to one of AWS's JSON services and its answer, past the SDK's serializer and middleware. One attempt:
// loops above repeat it.
import type { KinesisClient, KinesisClientResolvedConfig } from "@aws-sdk/client-kinesis";
import type { HttpRequest } from "@smithy/core/transport";
import { NodeHttp2Handler, NodeHttpHandler } from "@smithy/node-http-handler";
import { guardBody, guardUpload } from "../body-guard.ts";
import { type AnswerBody, readAnswerBody } from "./answer-body.ts";
import { readContent } from "./content.ts";
import { serviceError, withStatus } from "./service-error.ts";
import { requestSigner, type UnsignedRequest } from "./signed-request.ts";

/** One call. */
export interface SignedRequest extends UnsignedRequest {
  readonly abortSignal: AbortSignal;
  /** In ms; the handler's own if left out. */
  readonly requestTimeoutMs?: number | undefined;
  /** Memory for the body of an answer of this content type; nothing of ours writes it once the call has settled. */
  readonly takeRoom?: (bytes: number, contentType: string) => Buffer;
}

/** An answer of the service's. */
export interface SignedAnswer extends AnswerBody {
  readonly contentType: string;
}

/** Makes a call. Rejects as the SDK does: with the service's exception, or with what happened on the way. */
export type SignedCall = (request: SignedRequest) => Promise<SignedAnswer>;

type Config = KinesisClientResolvedConfig;
/** An answer whose body has yet to be read. */
type HttpAnswer = Awaited<ReturnType<Config["requestHandler"]["handle"]>>["response"];

/**
 * Makes signed calls with a client's configuration; `maxSilenceMs` bounds the pauses within an answer where the
 * transport is one of ours.
 */
export function signedCalls(
  client: Pick<KinesisClient, "config" | "middlewareStack">,
  maxSilenceMs: number | undefined,
): SignedCall {
  const sign = requestSigner(client);
  return async (call) => {
    const { config } = client;
    const signed = await sign(call);
    try {
      const { answer, response } = await exchange(call, signed.request, config, maxSilenceMs);
      signed.onAnswer(response);
      return answer;
    } catch (error) {
      throw signed.onFailure(error);
    }
  };
}

async function exchange(
  call: SignedRequest,
  signed: HttpRequest,
  config: Config,
  maxSilenceMs: number | undefined,
): Promise<{ readonly answer: SignedAnswer; readonly response: HttpAnswer }> {
  const { abortSignal, requestTimeoutMs } = call;
  abortSignal.throwIfAborted();
  const { response } = await config.requestHandler.handle(signed, {
    abortSignal,
    ...(requestTimeoutMs === undefined ? {} : { requestTimeout: requestTimeoutMs }),
  });
  return { answer: await readAnswer(response, call, config, maxSilenceMs), response };
}

/** The rest of an answer. Throws the service's exception, if it is one. */
export async function readAnswer(
  response: HttpAnswer,
  { takeRoom }: Pick<SignedRequest, "takeRoom">,
  config: Config,
  maxSilenceMs: number | undefined,
): Promise<SignedAnswer> {
  try {
    guardUpload(response.body);
    if (maxSilenceMs !== undefined) guardBody(response.body, maxSilenceMs);
    const { streamCollector: collect } = config;
    const { "content-length": contentLength, "content-type": contentType = "" } = response.headers;
    const body = await readAnswerBody(response.body, {
      collect,
      contentLength,
      takeRoom: takeRoom && ((bytes) => takeRoom(bytes, contentType)),
    });
    const isRequestSent = body.isRequestSent && isOfNode(config.requestHandler);
    return { ...judge(response, body), isRequestSent };
  } catch (error) {
    throw withResponse(error, response);
  }
}

/** Other handlers may send a request more than once, or keep it. */
function isOfNode(handler: object): boolean {
  const made: unknown = Object.getPrototypeOf(handler);
  const isKnown = made === NodeHttpHandler.prototype || made === NodeHttp2Handler.prototype;
  return isKnown && !Object.hasOwn(handler, "handle");
}

/** Throws the service's exception, if the answer is one. */
function judge({ headers, statusCode }: HttpAnswer, body: AnswerBody): SignedAnswer {
  const answer = { ...body, contentType: headers["content-type"] ?? "" };
  if (statusCode < 300) return answer;
  throw serviceError({ status: statusCode, headers, content: readError(answer, statusCode) });
}

/** What an error answer says. */
function readError(answer: SignedAnswer, status: number): unknown {
  try {
    return readContent(answer);
  } catch (error) {
    throw withStatus(error, status);
  }
}

/** Where the signer's handlers look for the service's time. */
function withResponse(error: unknown, response: HttpAnswer): unknown {
  if (!(error instanceof Error)) return error;
  return Object.defineProperty(error, "$response", { value: response, configurable: true });
}
