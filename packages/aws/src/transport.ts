// The HTTP transport of the clients that are built here: HTTP/1.1 with kept-alive connections. The SDK's own
// default for Kinesis opens an HTTP/2 connection per request
// (https://github.com/aws/aws-sdk-js-v3/issues/8279, still so in 3.1143.0, read 2026-11-21).
import type { KinesisClientConfig } from "@aws-sdk/client-kinesis";
import {
  type NodeHttp2HandlerOptions,
  NodeHttpHandler,
  type NodeHttpHandlerOptions,
} from "@smithy/node-http-handler";
import { http2OptionsOf } from "./http2-transport.ts";
import { withoutUndefined } from "./without-undefined.ts";

/** What calls may take, and how they go. */
export interface TransportOptions {
  /** Connections to one endpoint at the same time; calls beyond it wait for one. */
  readonly maxSockets: number;
  /** From the start of a call until it has a connection, in ms. */
  readonly connectTimeoutMs: number;
  /** From the start of a call until its answer begins, and then between any two pieces of it, in ms. */
  readonly requestTimeoutMs: number;
  /** Whether PutRecords goes in CBOR where the endpoint has answered in it. @defaultValue false */
  readonly mayUseCbor: boolean;
}

/** The KPL's MaxConnections, ConnectTimeout and RequestTimeout. */
const DEFAULT_TRANSPORT: TransportOptions = Object.freeze({
  maxSockets: 24,
  connectTimeoutMs: 6000,
  requestTimeoutMs: 6000,
  mayUseCbor: false,
});

type SdkLogger = NonNullable<KinesisClientConfig["logger"]>;

const nothing = (): void => undefined;

/**
 * With a logger that has an `info`, even one that does nothing, the SDK copies every request and answer for it to
 * print. The other methods are here because the SDK calls them without asking; `debug`, for one, wherever it looks for
 * credentials.
 */
export const SILENT_LOGGER: SdkLogger = {
  trace: nothing,
  debug: nothing,
  warn: nothing,
  error: nothing,
} as Partial<SdkLogger> as SdkLogger;

interface ChosenHandler {
  readonly requestHandler: NonNullable<KinesisClientConfig["requestHandler"]>;
  /** Absent where nothing of ours ends a request. */
  readonly requestTimeoutMs?: number;
  /** How subscriptions connect; absent where they have to go the way of the other calls. */
  readonly http2?: NodeHttp2HandlerOptions | undefined;
  /** Closes the connections of a handler that was made here. */
  close(): void;
}

/** The user's own request handler, or one of ours with the user's handler options on top. */
export function chooseHandler(
  given: KinesisClientConfig["requestHandler"],
  transport: Partial<TransportOptions>,
): ChosenHandler {
  if (given !== undefined && "handle" in given) {
    return { requestHandler: given, close: () => undefined };
  }
  const bounds = { ...DEFAULT_TRANSPORT, ...transport };
  const wishes: NodeHttpHandlerOptions = withoutUndefined(given ?? {});
  const requestTimeout = wishes.requestTimeout ?? bounds.requestTimeoutMs;
  const requestHandler = new NodeHttpHandler({
    connectionTimeout: bounds.connectTimeoutMs,
    requestTimeout,
    // Without it the SDK only warns when the time is up.
    throwOnRequestTimeout: true,
    httpAgent: { keepAlive: true, maxSockets: bounds.maxSockets },
    httpsAgent: { keepAlive: true, maxSockets: bounds.maxSockets },
    logger: SILENT_LOGGER,
    ...wishes,
  });
  // Zero is the SDK's word for no timeout.
  const timeout = requestTimeout > 0 ? { requestTimeoutMs: requestTimeout } : {};
  const http2 = http2OptionsOf(wishes);
  return { requestHandler, ...timeout, http2, close: () => requestHandler.destroy() };
}
