// The options of a call, beside a client with `cacheMiddleware`: the SDK uses that cache only for calls without options.
import type { KinesisClient } from "@aws-sdk/client-kinesis";
import { guardBody, guardUpload } from "./body-guard.ts";

/** What a single call asks of the transport. */
export interface CallOptions {
  readonly abortSignal: AbortSignal;
  /** In ms; the transport's own if left out. */
  readonly requestTimeout?: number;
}

/** What is used of any client of the SDK that was built here. */
type OwnClient = Pick<KinesisClient, "middlewareStack"> & {
  readonly config: Pick<KinesisClient["config"], "requestHandler">;
};

/**
 * Lets the options of a call travel beside it and join it at the innermost step; they are told, by the command's input, before
 * it is sent. Measured on empty GetRecords answers (Node 20.20, SDK 3.1143.0), the cache takes a fifth off the CPU time
 * of a call.
 *
 * @param maxSilenceMs how long the body of an answer may be silent; unbounded if undefined
 */
export function besideCalls(
  { config, middlewareStack }: OwnClient,
  maxSilenceMs: number | undefined,
): (input: object, options: CallOptions) => void {
  const optionsOf = new WeakMap<object, CallOptions>();
  middlewareStack.add(
    (next) => async (args) => {
      const options = optionsOf.get(args.input);
      if (options === undefined) return next(args);
      const answer = await config.requestHandler.handle(args.request, options);
      guardUpload(answer.response.body);
      if (maxSilenceMs !== undefined) guardBody(answer.response.body, maxSilenceMs);
      return answer;
    },
    { name: "callOptions", step: "deserialize", priority: "low" },
  );
  return (input, options) => void optionsOf.set(input, options);
}
