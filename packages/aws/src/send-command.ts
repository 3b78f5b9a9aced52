// How a command and the options of its call get into a client.
import type {
  $Command,
  KinesisClient,
  KinesisClientResolvedConfig,
  ServiceInputTypes,
  ServiceOutputTypes,
} from "@aws-sdk/client-kinesis";
import { besideCalls, type CallOptions } from "./call-options.ts";

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

/** Sends through a client of our own with `cacheMiddleware`. */
export function cachedSend(client: KinesisClient, maxSilenceMs: number | undefined): SendCommand {
  const tell = besideCalls(client, maxSilenceMs);
  return (command, options) => {
    tell(command.input, options);
    return client.send(command);
  };
}
