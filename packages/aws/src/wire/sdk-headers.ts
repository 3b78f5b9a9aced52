// The headers that the SDK gives to every request: who calls, which host, and in Lambda which trace. They are made by the
// functions in the client's own middleware stack, without the stack. What says who calls is made once for each set of
// settings that it tells of, because it costs more than the others together.
import type { KinesisClient, KinesisClientResolvedConfig } from "@aws-sdk/client-kinesis";
import { HttpRequest } from "@smithy/core/transport";
import { type Middleware, middlewaresOf } from "./middlewares.ts";

/** One call, as the SDK sees it. */
interface CallWithContext {
  readonly request: HttpRequest;
  /** What the SDK keeps about one call. */
  readonly context: object;
  readonly config: KinesisClientResolvedConfig;
  readonly identity: object;
  readonly endpoint: object;
}

/** Adds headers to a request. */
export type AddSdkHeaders = (call: CallWithContext) => Promise<void>;

interface Args {
  readonly request: HttpRequest;
  readonly input: object;
}
type Next = (args: Args) => Promise<Args>;
type HeaderMiddleware = (next: Next, context: object) => (args: Args) => Promise<unknown>;
type Headers = Readonly<Record<string, string>>;

const SAYING_WHO_CALLS = "getUserAgentMiddleware";
const ADDING_HEADERS: ReadonlySet<string | undefined> = new Set([
  SAYING_WHO_CALLS,
  "hostHeaderMiddleware",
  "recursionDetectionMiddleware",
]);

const done: Next = (args) => Promise.resolve(args);

/** Takes the functions out of a client's stack. */
export function sdkHeadersOf(client: Pick<KinesisClient, "middlewareStack">): AddSdkHeaders {
  const adding = middlewaresOf(client)
    .filter(({ name }) => ADDING_HEADERS.has(name))
    .map((middleware) =>
      middleware.name === SAYING_WHO_CALLS ? once(middleware) : anew(middleware),
    );
  return async (call) => {
    for (const add of adding) await add(call);
  };
}

function anew({ run }: Middleware): AddSdkHeaders {
  return async ({ context, request }) => {
    await (run as HeaderMiddleware)(done, context)({ request, input: {} });
  };
}

/** Remembers what was added last, for as long as what it tells of is the same. */
function once(middleware: Middleware): AddSdkHeaders {
  const add = anew(middleware);
  let last: { readonly settings: readonly unknown[]; readonly headers: Headers } | undefined;
  return async (call) => {
    const settings = settingsOf(call);
    if (last === undefined || !last.settings.every((value, i) => value === settings[i])) {
      const blank = new HttpRequest({ headers: {} });
      await add({ ...call, request: blank });
      last = { settings, headers: blank.headers };
    }
    Object.assign(call.request.headers, last.headers);
  };
}

function settingsOf({ config, endpoint, identity }: CallWithContext): readonly unknown[] {
  const { accountIdEndpointMode, customUserAgent, defaultUserAgentProvider } = config;
  const { isCustomEndpoint, retryStrategy, userAgentAppId } = config;
  return [
    identity,
    endpoint,
    accountIdEndpointMode,
    customUserAgent,
    defaultUserAgentProvider,
    isCustomEndpoint,
    retryStrategy,
    userAgentAppId,
  ];
}
