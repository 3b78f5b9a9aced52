// One call whichever way it goes: keeps the port's promises about signals and errors, and has refused credentials
// renewed. The SDK looks at a signal only while a request is under way, and not while it waits for credentials.
import { setMaxListeners } from "node:events";
import { apiCallFailed, untilAborted } from "@shardline/core";
import { failureOfError } from "./aws-errors.ts";
import { CredentialRenewal } from "./credential-renewal.ts";
import type { ReadyKinesisClient } from "./kinesis-client.ts";

/**
 * Makes a call; `operation` is the service's name for it, as errors tell it. Rejects with an API_CALL_FAILED, or on
 * abort with the signal's reason, at once.
 */
export type GuardCall = <Answer>(
  operation: string,
  attempt: () => Promise<Answer>,
  signal: AbortSignal,
) => Promise<Answer>;

/** Guards the calls made with one client, whose credentials they share. */
export function callGuard(client: ReadyKinesisClient): GuardCall {
  const credentials = new CredentialRenewal(client);
  return async (operation, attempt, signal) => {
    signal.throwIfAborted();
    // Calls side by side share a signal, and Node takes more than ten listeners for a leak.
    setMaxListeners(0, signal);
    const { generation } = credentials;
    try {
      return await untilAborted(attempt(), signal);
    } catch (error) {
      signal.throwIfAborted();
      const failure = failureOfError(error);
      if (failure.kind === "credentials") {
        await untilAborted(credentials.renewAfter(generation), signal);
      }
      throw apiCallFailed(operation, failure, error);
    }
  };
}
