// One call through the SDK, from command to answer.
import type { ServiceInputTypes, ServiceOutputTypes } from "@aws-sdk/client-kinesis";
import type { GuardCall } from "./guarded-call.ts";
import type { KinesisCommand, SendCommand } from "./send-command.ts";

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

/** Makes each call once. */
export function sdkCaller(guard: GuardCall, send: SendCommand): MakeSdkCall {
  return ({ command, operation, read, requestTimeoutMs }, abortSignal) => {
    const timeout = requestTimeoutMs === undefined ? {} : { requestTimeout: requestTimeoutMs };
    const attempt = async () => read(await send(command(), { abortSignal, ...timeout }));
    return guard(operation, attempt, abortSignal);
  };
}
