// One signed request to one of AWS's JSON services and its answer, past the SDK's serializer and middleware. Everything
// that a user can set on a client is taken from its configuration anew for every call: credentials, region, endpoint, the
// time of the service, and the handler that sends. One attempt: loops above repeat it.
import { hash } from "node:crypto";
import type { KinesisClient, KinesisClientResolvedConfig } from "@aws-sdk/client-kinesis";
import { HttpRequest } from "@smithy/core/transport";
import { NodeHttp2Handler, NodeHttpHandler } from "@smithy/node-http-handler";
import { guardBody, guardUpload } from "../body-guard.ts";
import { type AnswerBody, readAnswerBody } from "./answer-body.ts";
import { readContent } from "./content.ts";
import { type Endpoint, type EndpointCommand, Endpoints } from "./endpoints.ts";
import { sdkHeadersOf } from "./sdk-headers.ts";
import { serviceError, withStatus } from "./service-error.ts";
import { Signing } from "./signing.ts";

/** The kind of call: what the service calls it, and what its address depends on. */
export interface CallTarget {
  /** `Kinesis_20131202.PutRecords` */
  readonly target: string;
  readonly contentType: string;
  /** The SDK's command of that name, which knows what the endpoint depends on. */
  readonly command: EndpointCommand;
}

/** One call. */
export interface SignedRequest extends CallTarget {
  readonly body: Uint8Array;
  /** The fields of the request that the endpoint may depend on. */
  readonly endpointInput: object;
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
type Identity = Awaited<ReturnType<Config["credentials"]>>;
type HttpAnswer = Awaited<ReturnType<Config["requestHandler"]["handle"]>>["response"];

/**
 * Makes signed calls with a client's configuration; `maxSilenceMs` bounds the pauses within an answer where the
 * transport is one of ours.
 */
export function signedCalls(
  client: Pick<KinesisClient, "config" | "middlewareStack">,
  maxSilenceMs: number | undefined,
): SignedCall {
  const addSdkHeaders = sdkHeadersOf(client);
  const endpoints = new Endpoints();
  const signing = new Signing();
  return async (call) => {
    const { config } = client;
    const identity = await config.credentials();
    const endpoint = await endpoints.endpointFor({ ...call, config, identity });
    const request = requestTo(endpoint, call);
    const context = { ...sdkContext(config, identity), endpointV2: endpoint };
    await addSdkHeaders({ request, context, config, identity, endpoint });
    const signed = await signing.sign({ request, identity, endpoint, context, config });
    try {
      const { answer, response } = await exchange(call, signed.request, config, maxSilenceMs);
      signed.onAnswer(response);
      return answer;
    } catch (error) {
      throw signed.onFailure(error);
    }
  };
}

/** What the SDK tells the service of how a client is set up. */
function sdkContext({ isCustomEndpoint }: Config, identity: Identity): object {
  const features = isCustomEndpoint ? { ENDPOINT_OVERRIDE: "N" } : {};
  return { __smithy_context: { features, selectedHttpAuthScheme: { identity } } };
}

function requestTo(
  { headers = {}, url }: Endpoint,
  { body, contentType, target }: SignedRequest,
): HttpRequest {
  const request = new HttpRequest({
    method: "POST",
    protocol: url.protocol,
    hostname: url.hostname,
    ...(url.port === "" ? {} : { port: Number(url.port) }),
    path: url.pathname.endsWith("/") ? url.pathname : `${url.pathname}/`,
    query: Object.fromEntries(url.searchParams),
    body,
    headers: {
      "content-type": contentType,
      "content-length": String(body.byteLength),
      "x-amz-target": target,
      // The signer takes it from here, and does not compute it.
      "x-amz-content-sha256": hash("sha256", body),
    },
  });
  if (url.username !== "") request.username = url.username;
  if (url.password !== "") request.password = url.password;
  for (const [name, values] of Object.entries(headers)) request.headers[name] = values.join(", ");
  return request;
}

async function exchange(
  { abortSignal, requestTimeoutMs, takeRoom }: SignedRequest,
  signed: HttpRequest,
  config: Config,
  maxSilenceMs: number | undefined,
): Promise<{ readonly answer: SignedAnswer; readonly response: HttpAnswer }> {
  abortSignal.throwIfAborted();
  const { response } = await config.requestHandler.handle(signed, {
    abortSignal,
    ...(requestTimeoutMs === undefined ? {} : { requestTimeout: requestTimeoutMs }),
  });
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
    return { answer: { ...judge(response, body), isRequestSent }, response };
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
