// One call through the SDK, from command to answer: keeps the port's promises about signals and errors, and
// has refused credentials renewed. The SDK looks at a signal only while a request is under way, and not while it
// waits for credentials.
import { setMaxListeners } from "node:events";
import type { ServiceInputTypes, ServiceOutputTypes } from "@aws-sdk/client-kinesis";
import { apiCallFailed, untilAborted } from "@shardline/core";
import { failureOfError } from "./aws-errors.ts";
import { CredentialRenewal } from "./credential-renewal.ts";
import type { OpenKinesisClient } from "./kinesis-client.ts";
import type { KinesisCommand } from "./send-command.ts";

/** What to call, and what to make of the answer. */
interface SdkCall<Input extends ServiceInputTypes, Output extends ServiceOutputTypes, Answer> {
  /** The service's name for it, as errors tell it. */
  readonly operation: string;
  /** Made anew for every try: the SDK changes a command that it sends. */
  readonly command: () => KinesisCommand<Input, Output>;
  /** Throws an AnswerMismatch if the answer makes no sense. */
  readonly read: (output: Output) => Answer;
  /** In ms; the transport's own if left out. */
  readonly requestTimeoutMs?: number | undefined;
}

/** Makes a call. Rejects with an API_CALL_FAILED, or on abort with the signal's reason, at once. */
export type MakeSdkCall = <
  Input extends ServiceInputTypes,
  Output extends ServiceOutputTypes,
  Answer,
>(
  call: SdkCall<Input, Output, Answer>,
  signal: AbortSignal,
) => Promise<Answer>;

/** Makes each call once, with one client. */
export function sdkCaller({ client, send }: OpenKinesisClient): MakeSdkCall {
  const credentials = new CredentialRenewal(client);
  return async ({ command, operation, read, requestTimeoutMs }, abortSignal) => {
    abortSignal.throwIfAborted();
    // Calls side by side share a signal, and Node takes more than ten listeners for a leak.
    setMaxListeners(0, abortSignal);
    const timeout = requestTimeoutMs === undefined ? {} : { requestTimeout: requestTimeoutMs };
    const { generation } = credentials;
    try {
      const sent = send(command(), { abortSignal, ...timeout });
      return read(await untilAborted(sent, abortSignal));
    } catch (error) {
      abortSignal.throwIfAborted();
      const failure = failureOfError(error);
      if (failure.kind === "credentials") {
        await untilAborted(credentials.renewAfter(generation), abortSignal);
      }
      throw apiCallFailed(operation, failure, error);
    }
  };
}
