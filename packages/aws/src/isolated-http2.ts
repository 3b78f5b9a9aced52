// Tells the SDK's slow default transport from others, so that whoever opens a client can warn of it.
import type { ReadyKinesisClient } from "./kinesis-client.ts";

/** Where the SDK's HTTP handlers keep their settings, which may take their time to resolve. */
interface HandlerSettings {
  readonly configProvider?: Promise<{ readonly disableConcurrentStreams?: boolean }>;
}

/**
 * Whether a client opens an HTTP/2 connection of its own for every request, as the SDK's default for Kinesis
 * does. Resolves once the client's handler knows its settings; never rejects.
 */
export async function usesIsolatedHttp2(client: ReadyKinesisClient): Promise<boolean> {
  const { configProvider } = client.config.requestHandler as HandlerSettings;
  try {
    return (await configProvider)?.disableConcurrentStreams === true;
  } catch {
    return false;
  }
}
