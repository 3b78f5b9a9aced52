// The headers that the SDK gives to every request: who calls, which host, and in Lambda which trace. They are made by the
// functions in the client's own middleware stack, without the stack.
import type { KinesisClient } from "@aws-sdk/client-kinesis";
import type { HttpRequest } from "@smithy/core/transport";
import { middlewaresOf } from "./middlewares.ts";

/** Adds headers to a request; `context` is what the SDK keeps about one call. */
export type AddSdkHeaders = (request: HttpRequest, context: object) => Promise<void>;

interface Args {
  readonly request: HttpRequest;
  readonly input: object;
}
type Next = (args: Args) => Promise<Args>;
type HeaderMiddleware = (next: Next, context: object) => (args: Args) => Promise<unknown>;

const ADDING_HEADERS: ReadonlySet<string | undefined> = new Set([
  "getUserAgentMiddleware",
  "hostHeaderMiddleware",
  "recursionDetectionMiddleware",
]);

const done: Next = (args) => Promise.resolve(args);

/** Takes the functions out of a client's stack. */
export function sdkHeadersOf(client: Pick<KinesisClient, "middlewareStack">): AddSdkHeaders {
  const adding = middlewaresOf(client)
    .filter(({ name }) => ADDING_HEADERS.has(name))
    .map(({ run }) => run as HeaderMiddleware);
  return async (request, context) => {
    const args = { request, input: {} };
    for (const add of adding) await add(done, context)(args);
  };
}
