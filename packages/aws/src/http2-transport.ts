// The transport of subscriptions for the clients that are built here. The service pushes over HTTP/2 alone
// (https://docs.aws.amazon.com/kinesis/latest/APIReference/API_SubscribeToShard.html, read 2026-11-22). Each subscription has
// a connection of its own, so that a reader that lags holds up no other.
import { Agent } from "node:https";
import {
  type NodeHttp2HandlerOptions,
  type NodeHttpHandlerOptions,
} from "@smithy/node-http-handler";

/** What may be on its way unread, of one subscription: enough for its 2 MiB/s from a quarter of a second away. */
export const WINDOW_BYTES = 524_288;

/** What an agent is told of TLS, and of where connections come from. */
const CONNECTING = [
  "ca",
  "cert",
  "checkServerIdentity",
  "ciphers",
  "crl",
  "ecdhCurve",
  "family",
  "key",
  "localAddress",
  "lookup",
  "maxVersion",
  "minVersion",
  "passphrase",
  "pfx",
  "rejectUnauthorized",
  "servername",
] as const;

/** The user's wishes for HTTP/1.1, as far as they say how to connect; `undefined` for an agent that connects by itself. */
export function http2OptionsOf({
  httpsAgent = {},
}: Pick<NodeHttpHandlerOptions, "httpsAgent">): NodeHttp2HandlerOptions | undefined {
  const options = httpsAgent instanceof Agent ? httpsAgent.options : httpsAgent;
  const made: unknown = Object.getPrototypeOf(httpsAgent);
  if (made !== Agent.prototype && made !== Object.prototype) return undefined;
  const given = Object.entries(options).filter(([name]) => CONNECTING.some((own) => own === name));
  const settings = { initialWindowSize: WINDOW_BYTES };
  return { nodeHttp2ConnectOptions: { ...Object.fromEntries(given), settings } };
}
