// A request that came over a connection, with the signal that tells when its client has gone. Most requests are
// answered before anybody asks for the signal, so it is not made until then.
import type { EventEmitter } from "node:events";
import type { HttpRequest } from "./http-message.ts";

/** One request of a client. */
export class ClientRequest implements HttpRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: HttpRequest["headers"];
  readonly body: Buffer;
  readonly #answer: EventEmitter & { readonly closed: boolean };
  #signal: AbortSignal | undefined;

  /** `answer` is what the answer is written to; it closes when the answer is written or the client has gone. */
  constructor(
    { method, url, headers, body }: Omit<HttpRequest, "signal">,
    answer: EventEmitter & { readonly closed: boolean },
  ) {
    this.method = method;
    this.url = url;
    this.headers = headers;
    this.body = body;
    this.#answer = answer;
  }

  get signal(): AbortSignal {
    this.#signal ??= closeSignal(this.#answer);
    return this.#signal;
  }
}

function closeSignal(answer: EventEmitter & { readonly closed: boolean }): AbortSignal {
  const controller = new AbortController();
  if (answer.closed) controller.abort();
  else answer.once("close", () => controller.abort());
  return controller.signal;
}
