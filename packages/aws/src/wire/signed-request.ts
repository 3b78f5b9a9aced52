// Requests to one of AWS's JSON services, signed. Everything that a user can set on a client is taken from its configuration
// anew for every request: credentials, region, endpoint, and the time of the service.
import { hash } from "node:crypto";
import type { KinesisClient, KinesisClientResolvedConfig } from "@aws-sdk/client-kinesis";
import { HttpRequest } from "@smithy/core/transport";
import { type Endpoint, type EndpointCommand, Endpoints } from "./endpoints.ts";
import { sdkHeadersOf } from "./sdk-headers.ts";
import { type Signed, Signing } from "./signing.ts";

/** The kind of call: what the service calls it, and what its address depends on. */
export interface CallTarget {
  /** `Kinesis_20131202.PutRecords` */
  readonly target: string;
  readonly contentType: string;
  /** The SDK's command of that name, which knows what the endpoint depends on. */
  readonly command: EndpointCommand;
}

/** What is to be signed. */
export interface UnsignedRequest extends CallTarget {
  readonly body: Uint8Array;
  /** The fields of the request that the endpoint may depend on. */
  readonly endpointInput: object;
}

type Config = KinesisClientResolvedConfig;
type Identity = Awaited<ReturnType<Config["credentials"]>>;

/** Signs requests with a client's configuration. */
export function requestSigner(
  client: Pick<KinesisClient, "config" | "middlewareStack">,
): (request: UnsignedRequest) => Promise<Signed> {
  const addSdkHeaders = sdkHeadersOf(client);
  const endpoints = new Endpoints();
  const signing = new Signing();
  return async (unsigned) => {
    const { config } = client;
    const identity = await config.credentials();
    const endpoint = await endpoints.endpointFor({ ...unsigned, config, identity });
    const request = requestTo(endpoint, unsigned);
    const context = { ...sdkContext(config, identity), endpointV2: endpoint };
    await addSdkHeaders({ request, context, config, identity, endpoint });
    return signing.sign({ request, identity, endpoint, context, config });
  };
}

/** What the SDK tells the service of how a client is set up. */
function sdkContext({ isCustomEndpoint }: Config, identity: Identity): object {
  const features = isCustomEndpoint ? { ENDPOINT_OVERRIDE: "N" } : {};
  return { __smithy_context: { features, selectedHttpAuthScheme: { identity } } };
}

function requestTo(
  { headers = {}, url }: Endpoint,
  { body, contentType, target }: UnsignedRequest,
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
