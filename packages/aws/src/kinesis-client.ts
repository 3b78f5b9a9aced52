// From what a user hands in to what the adapter sends with. A ready client is used as it is and never
// destroyed; from configuration a client is built with the transport and the settings that suit Kinesis.
import { KinesisClient, type KinesisClientConfig } from "@aws-sdk/client-kinesis";
import { cachedSend, plainSend, type SendCommand } from "./send-command.ts";
import { chooseHandler, SILENT_LOGGER, type TransportOptions } from "./transport.ts";
import { isAsMade } from "./wire/untouched-client.ts";
import { openWire, type Wire } from "./wire/wire.ts";
import { withoutUndefined } from "./without-undefined.ts";

/** What the adapter uses of a client, so that a client of another installed copy of the SDK will do. */
export type ReadyKinesisClient = Pick<KinesisClient, "config" | "send">;

/** How users say which Kinesis to talk to: a ready client, or the configuration of one. */
export type KinesisClientOptions = ReadyKinesisClient | KinesisClientConfig;

/** A client in use. */
export interface OpenKinesisClient {
  readonly client: ReadyKinesisClient;
  readonly send: SendCommand;
  /** The way past `send`; absent where somebody would miss the calls that take it. */
  readonly wire?: Wire;
  /** How long one request may take; absent where the user's own transport decides. */
  readonly requestTimeoutMs?: number;
  /** Closes the connections that were opened here; a ready client, or handler, is left alone. */
  close(): void;
}

/** Takes a ready client, or builds one. Where configuration and `transport` differ, configuration wins. */
export function openKinesisClient(
  options: KinesisClientOptions,
  transport: Partial<TransportOptions> = {},
): OpenKinesisClient {
  const { mayUseCbor = false } = transport;
  if (isReady(options)) {
    const open = { client: options, send: plainSend(options), close: () => undefined };
    if (!isAsMade(options)) return open;
    return { ...open, wire: openWire(options, { maxSilenceMs: undefined, mayUseCbor }) };
  }
  const { requestHandler, ...bounds } = chooseHandler(options.requestHandler, transport);
  const client = new KinesisClient({
    // The layers above retry and keep count of it; a retry in here would hide duplicates from them.
    maxAttempts: 1,
    cacheMiddleware: true,
    logger: SILENT_LOGGER,
    ...withoutUndefined(options),
    requestHandler,
  });
  const mayUseWire = isAsMade(client);
  const open = { client, send: cachedSend(client, bounds.requestTimeoutMs), ...bounds };
  if (!mayUseWire) return open;
  const maxSilenceMs = bounds.requestTimeoutMs;
  return { ...open, wire: openWire(client, { maxSilenceMs, mayUseCbor }) };
}

function isReady(options: KinesisClientOptions): options is ReadyKinesisClient {
  return "send" in options && typeof options.send === "function" && "config" in options;
}
