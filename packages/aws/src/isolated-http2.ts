// Tells the SDK's slow default transport from others, so that the packages above can warn of it.
import type { ReadyKinesisClient } from "./kinesis-client.ts";

/** The parts of the SDK's HTTP/2 handler that tell how it connects; its settings resolve late. */
interface HandlerTraits {
  readonly metadata?: { readonly handlerProtocol?: string };
  readonly configProvider?: Promise<{ readonly disableConcurrentStreams?: boolean }>;
}

/**
 * Whether a client opens a connection of its own for every request, as the SDK's default for Kinesis does.
 * Resolves once the client's handler knows its settings; never rejects.
 */
export async function usesIsolatedHttp2(client: ReadyKinesisClient): Promise<boolean> {
  const { metadata, configProvider }: HandlerTraits = client.config.requestHandler;
  if (metadata?.handlerProtocol !== "h2") return false;
  try {
    return (await configProvider)?.disableConcurrentStreams === true;
  } catch {
    return false;
  }
}
