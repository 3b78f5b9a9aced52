// Who signs a call. The SDK's own signer takes what a client is configured with, and learns from answers how far this
// machine's clock is from the service's: so it signs the first call to an endpoint, one a minute, and whatever follows a
// failure. In between our own signs, for the same scope, and at the time that the SDK's has learnt.
//
//   unknown -- an answer to a call that the SDK signed ---> learnt, until a minute later
//      ^                                                       |
//      +------------- a failure, another endpoint -------------+
import type { KinesisClientResolvedConfig } from "@aws-sdk/client-kinesis";
import { systemClock, toDate } from "@shardline/core";
import type { HttpRequest } from "@smithy/core/transport";
import type { Endpoint } from "./endpoints.ts";
import { SignatureV4, type SigningScope } from "./signature-v4.ts";

type Config = KinesisClientResolvedConfig;
type Identity = Awaited<ReturnType<Config["credentials"]>>;
type Scheme = Config["httpAuthSchemes"][number];

/** A request to be signed, and what the SDK keeps about the call. */
export interface Unsigned {
  readonly request: HttpRequest;
  readonly identity: Identity;
  readonly endpoint: Endpoint;
  readonly context: object;
  readonly config: Config;
}

/** A signed request, and who has to hear what comes of it. */
export interface Signed {
  readonly request: HttpRequest;
  readonly onAnswer: (response: object) => void;
  /** Answers the error to reject with. */
  readonly onFailure: (error: unknown) => unknown;
}

/** What a call that the SDK signed has shown. */
interface Learnt {
  readonly endpoint: Endpoint;
  readonly scheme: Scheme;
  readonly scope: SigningScope;
  readonly untilMs: number;
}

const LEARNT_FOR_MS = 60_000;
const SCOPE = /Credential=[^/]+\/\d{8}\/([^/]+)\/([^/]+)\/aws4_request,/;

/** Signs the calls of one client. */
export class Signing {
  readonly #own = new SignatureV4();
  #learnt: Learnt | undefined;
  /** Written anew once a second. */
  #time = { second: 0, text: "" };

  async sign(call: Unsigned): Promise<Signed> {
    const [scheme] = call.config.httpAuthSchemes;
    if (scheme === undefined) throw new Error("the client has no way to sign");
    return this.#signOurselves(call, scheme) ?? this.#signBySdk(call, scheme);
  }

  #signOurselves(call: Unsigned, scheme: Scheme): Signed | undefined {
    const { config, endpoint, identity, request } = call;
    const learnt = this.#learnt;
    if (learnt === undefined || !isPlain(call)) return undefined;
    const isOther = learnt.endpoint !== endpoint || learnt.scheme !== scheme;
    if (isOther || systemClock.nowMs() >= learnt.untilMs) return undefined;
    this.#own.sign(request, identity, learnt.scope, this.#timeText(config.systemClockOffset));
    return { request, onAnswer: () => undefined, onFailure: (error) => this.#unlearn(error) };
  }

  async #signBySdk(call: Unsigned, scheme: Scheme): Promise<Signed> {
    const { config, context, endpoint, identity, request } = call;
    const { signer } = scheme;
    const signing = { config, context };
    const signed = (await signer.sign(request, identity, signing)) as HttpRequest;
    const onAnswer = (response: object): void => {
      signer.successHandler?.(response, signing);
      const [, region, service] = SCOPE.exec(signed.headers["authorization"] ?? "") ?? [];
      if (region === undefined || service === undefined) return;
      const untilMs = systemClock.nowMs() + LEARNT_FOR_MS;
      this.#learnt = { endpoint, scheme, scope: { region, service }, untilMs };
    };
    const onFailure = (error: unknown): unknown => {
      this.#unlearn(error);
      return signer.errorHandler === undefined
        ? error
        : seenBy(signer.errorHandler(signing), error);
    };
    return { request: signed, onAnswer, onFailure };
  }

  #unlearn(error: unknown): unknown {
    this.#learnt = undefined;
    return error;
  }

  #timeText(clockOffsetMs: number): string {
    const second = Math.floor((systemClock.wallTimeMs() + clockOffsetMs) / 1000);
    if (second !== this.#time.second) {
      const text = toDate(second * 1000).toISOString();
      this.#time = { second, text: `${text.slice(0, 19).replaceAll(/[-:]/g, "")}Z` };
    }
    return this.#time.text;
  }
}

/** To the root path, with no query and no headers of an endpoint's. */
function isPlain({ endpoint, request }: Unsigned): boolean {
  const hasHeaders = Object.keys(endpoint.headers ?? {}).length > 0;
  return request.path === "/" && endpoint.url.search === "" && !hasHeaders;
}

/** The signer's handler throws what it was given. */
function seenBy(handler: (error: Error) => never, error: unknown): unknown {
  try {
    return handler(error as Error);
  } catch (thrown) {
    return thrown;
  }
}
