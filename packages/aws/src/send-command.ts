// How a command and the options of its call get into a client.
import type {
  $Command,
  KinesisClient,
  KinesisClientResolvedConfig,
  ServiceInputTypes,
  ServiceOutputTypes,
} from "@aws-sdk/client-kinesis";
import { guardBody, guardUpload } from "./body-guard.ts";

/** What a single call asks of the transport. */
interface CallOptions {
  readonly abortSignal: AbortSignal;
  /** In ms; the transport's own if left out. */
  readonly requestTimeout?: number;
}

export type KinesisCommand<
  Input extends ServiceInputTypes,
  Output extends ServiceOutputTypes,
> = $Command<Input, Output, KinesisClientResolvedConfig, ServiceInputTypes, ServiceOutputTypes>;

/** Sends one command and answers as the SDK does. */
export type SendCommand = <Input extends ServiceInputTypes, Output extends ServiceOutputTypes>(
  command: KinesisCommand<Input, Output>,
  options: CallOptions,
) => Promise<Output>;

/** Sends through any client, which then sets up its middleware anew for every call. */
export function plainSend(client: Pick<KinesisClient, "send">): SendCommand {
  return (command, options) => client.send(command, options);
}

/**
 * Sends through a client of our own with `cacheMiddleware`. The SDK uses that cache only for calls without
 * options, so the options travel beside the call and join it at the innermost step. Measured on empty
 * GetRecords answers (Node 20.20, SDK 3.1143.0), this takes a fifth off the CPU time of a call.
 */
export function cachedSend(client: KinesisClient, maxSilenceMs: number | undefined): SendCommand {
  const optionsOf = new WeakMap<object, CallOptions>();
  client.middlewareStack.add(
    (next) => async (args) => {
      const options = optionsOf.get(args.input);
      if (options === undefined) return next(args);
      const answer = await client.config.requestHandler.handle(args.request, options);
      guardUpload(answer.response.body);
      if (maxSilenceMs !== undefined) guardBody(answer.response.body, maxSilenceMs);
      return answer;
    },
    { name: "callOptions", step: "deserialize", priority: "low" },
  );
  return (command, options) => {
    optionsOf.set(command.input, options);
    return client.send(command);
  };
}
