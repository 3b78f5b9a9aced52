// From what a user hands in to what the adapter sends with. A ready client is used as it is and never
// destroyed; from configuration a client is built with the transport and the settings that suit Kinesis.
import { KinesisClient, type KinesisClientConfig } from "@aws-sdk/client-kinesis";
import { cachedSend, plainSend, type SendCommand } from "./send-command.ts";
import { SubscribingClient } from "./subscribing-client.ts";
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
  /**
   * The client that subscribes to shards: the same, or one that differs in its transport alone, made when it is first
   * asked for.
   */
  readonly subscribing: () => ReadyKinesisClient;
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
  if (isReady(options)) return openReady(options, mayUseCbor);
  const handler = chooseHandler(options.requestHandler, transport);
  const { http2, requestHandler, requestTimeoutMs } = handler;
  const config: KinesisClientConfig = {
    // The layers above retry and keep count of it; a retry in here would hide duplicates from them.
    maxAttempts: 1,
    cacheMiddleware: true,
    logger: SILENT_LOGGER,
    ...withoutUndefined(options),
    requestHandler,
  };
  const client = new KinesisClient(config);
  // To be asked before anything is added to it.
  const mayUseWire = isAsMade(client);
  const pushing = http2 && new SubscribingClient(client, config, http2);
  const subscribing = (): KinesisClient => pushing?.client ?? client;
  const open = {
    client,
    send: cachedSend(client, requestTimeoutMs),
    subscribing,
    ...(requestTimeoutMs === undefined ? {} : { requestTimeoutMs }),
    close: () => {
      pushing?.[Symbol.dispose]();
      handler.close();
    },
  };
  if (!mayUseWire) return open;
  return {
    ...open,
    wire: openWire(client, { maxSilenceMs: requestTimeoutMs, mayUseCbor, subscribing }),
  };
}

function openReady(client: ReadyKinesisClient, mayUseCbor: boolean): OpenKinesisClient {
  const subscribing = (): ReadyKinesisClient => client;
  const open = { client, send: plainSend(client), subscribing, close: () => undefined };
  if (!isAsMade(client)) return open;
  const wire = openWire(client, { maxSilenceMs: undefined, mayUseCbor, subscribing: () => client });
  return { ...open, wire };
}

function isReady(options: KinesisClientOptions): options is ReadyKinesisClient {
  return "send" in options && typeof options.send === "function" && "config" in options;
}
