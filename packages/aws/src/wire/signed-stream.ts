// One signed request whose answer is read piece by piece, for as long as it comes. Bounded in time is only how long the answer
// takes to begin.
import type { KinesisClient } from "@aws-sdk/client-kinesis";
import { WINDOW_BYTES } from "../http2-transport.ts";
import { expectGoodEnd, type StreamBody } from "../stream-body.ts";
import { readAnswer, type SignedRequest } from "./signed-call.ts";
import { requestSigner } from "./signed-request.ts";

/** Makes a call. Rejects as the SDK does; so do the pieces, of which none is read before somebody asks. */
export type SignedStream = (
  request: Omit<SignedRequest, "takeRoom">,
) => Promise<AsyncIterable<Uint8Array>>;

/** Makes calls with a client's configuration; `beginMs` is how long an answer may take to begin, where that is bounded. */
export function signedStreams(
  client: Pick<KinesisClient, "config" | "middlewareStack">,
  beginMs: number | undefined,
): SignedStream {
  const sign = requestSigner(client);
  return async (call) => {
    const { config } = client;
    const signed = await sign(call);
    const { abortSignal } = call;
    abortSignal.throwIfAborted();
    try {
      const { response } = await config.requestHandler.handle(signed.request, {
        abortSignal,
        isEventStream: true,
        ...(beginMs === undefined ? {} : { requestTimeout: beginMs }),
      });
      if (response.statusCode >= 300) await readAnswer(response, {}, config, beginMs);
      signed.onAnswer(response);
      const body = response.body as StreamBody;
      if (beginMs !== undefined) letFlow(body);
      endWith(body, abortSignal);
      return piecesOf(body);
    } catch (error) {
      throw signed.onFailure(error);
    }
  };
}

/** How long the pauses are is for readers to judge, and nothing else is on the connection. */
function letFlow(body: StreamBody): void {
  body.setTimeout?.(0);
  body.session?.setLocalWindowSize(WINDOW_BYTES);
}

/** Also while nobody reads: then an error of the connection reaches nobody either, until somebody does. */
function endWith(body: StreamBody, signal: AbortSignal): void {
  body.on?.("error", () => undefined);
  const end = (): void => body.destroy?.();
  if (signal.aborted) end();
  else signal.addEventListener("abort", end, { once: true });
}

async function* piecesOf(body: StreamBody): AsyncGenerator<Uint8Array, undefined> {
  yield* body;
  expectGoodEnd(body);
  return undefined;
}
