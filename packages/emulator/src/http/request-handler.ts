// The AWS SDK's request handler without a socket: requests go to the emulator as a client made them, and answers come
// back as a transport would have read them. The SDK's types are followed, not imported.
import type { Readable } from "node:stream";
import { type Clock, LinkedSignal, untilAborted } from "@shardline/core";
import { type HandlerBody, bytesOfBody, streamOfPieces } from "./handler-body.ts";
import type { HttpAnswer, HttpHandle, HttpRequest } from "./http-message.ts";
import { connectionReset, meetFault } from "./lost-without-socket.ts";

/** As much of a request of the SDK as is read. */
export interface HandlerRequest {
  readonly method: string;
  readonly path: string;
  readonly query?: Readonly<Record<string, string | readonly string[] | null>> | undefined;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: HandlerBody;
}

/** What an answer becomes. */
export interface HandlerResponse {
  readonly statusCode: number;
  readonly headers: Record<string, string>;
  readonly body: Uint8Array | Readable;
}

/** What the SDK says about one call. */
export interface HandlerOptions {
  readonly abortSignal?: AbortSignal | object | undefined;
  /** In milliseconds of the emulator's clock; 0 is none. @defaultValue 0 */
  readonly requestTimeout?: number | undefined;
}

/** What requests are answered by. */
interface RequestHandlerParts {
  readonly handle: HttpHandle;
  readonly clock: Clock;
  /** Whether anybody would be listening. */
  readonly isOpen: () => boolean;
}

/** Why nobody waits for a request any more; of its own, because a reason that is left out is an error made for each. */
const ANSWERED = new Error("the request is answered");

/** The `requestHandler` of any client of the AWS SDK, of Kinesis or of DynamoDB. */
export class RequestHandler {
  /** What the SDK asks a handler for. */
  readonly metadata = { handlerProtocol: "http/1.1" };
  readonly #parts: RequestHandlerParts;
  /** Requests whose answers are still being read. */
  readonly #reading = new Set<LinkedSignal>();

  constructor(parts: RequestHandlerParts) {
    this.#parts = parts;
  }

  /**
   * Answers one request. Rejects as the SDK's own handlers do: with an `AbortError`, with a `TimeoutError`, with the
   * code `ECONNRESET` where a fault breaks the connection, or with `ECONNREFUSED` once the emulator is closed. The
   * emulator then sees that its client has gone.
   */
  async handle(
    request: HandlerRequest,
    { abortSignal, requestTimeout = 0 }: HandlerOptions = {},
  ): Promise<{ response: HandlerResponse }> {
    if (!this.#parts.isOpen()) throw refused();
    const caller = abortSignal instanceof AbortSignal ? abortSignal : undefined;
    const gone = caller === undefined ? new LinkedSignal() : new LinkedSignal(caller);
    const timer = this.#startTimer(requestTimeout, gone);
    try {
      const answer = await untilAborted(this.#answer(request, gone.signal), gone.signal);
      return { response: this.#responseOf(meetFault(answer), gone) };
    } catch (error) {
      gone.abort(error);
      throw caller?.aborted === true && error === caller.reason ? aborted(error) : error;
    } finally {
      timer?.[Symbol.dispose]();
    }
  }

  /** There is nothing to configure. */
  updateHttpClientConfig(): void {}

  /** There is nothing that was configured. */
  httpHandlerConfigs(): object {
    return {};
  }

  /** Ends the answers that are still being read, whichever clients they are for. */
  destroy(): void {
    for (const gone of this.#reading)
      gone.abort(connectionReset("the request handler is destroyed"));
  }

  async #answer(request: HandlerRequest, signal: AbortSignal): Promise<HttpAnswer> {
    signal.throwIfAborted();
    const body = await bytesOfBody(request.body);
    if (body === undefined) return { status: 413, headers: {}, body: Buffer.alloc(0) };
    const headers = Object.fromEntries(
      Object.entries(request.headers).map(([name, value]) => [name.toLowerCase(), value]),
    );
    const asked: HttpRequest = {
      method: request.method,
      url: urlOf(request),
      headers,
      body,
      signal,
    };
    return this.#parts.handle(asked);
  }

  /** A whole answer ends the request; one in pieces keeps it until they are read or left. */
  #responseOf({ status, headers, body }: HttpAnswer, gone: LinkedSignal): HandlerResponse {
    const common = { statusCode: status, headers: { ...headers } };
    if (!Buffer.isBuffer(body)) {
      this.#reading.add(gone);
      const stream = streamOfPieces(body, gone);
      return { ...common, body: stream.once("close", () => this.#reading.delete(gone)) };
    }
    gone.abort(ANSWERED);
    // The SDK makes the bytes that it gets its own, down to their prototype.
    return { ...common, body: new Uint8Array(body.buffer, body.byteOffset, body.byteLength) };
  }

  #startTimer(timeoutMs: number, gone: LinkedSignal): Disposable | undefined {
    if (timeoutMs <= 0) return undefined;
    return this.#parts.clock.startTimer(timeoutMs, () => gone.abort(timedOut(timeoutMs)));
  }
}

function urlOf({ path, query = {} }: HandlerRequest): string {
  const pairs = Object.entries(query).flatMap(([name, values]) =>
    [values ?? ""]
      .flat()
      .map((value) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`),
  );
  return pairs.length === 0 ? path : `${path}?${pairs.join("&")}`;
}

function aborted(cause: unknown): Error {
  return Object.assign(new Error("Request aborted", { cause }), { name: "AbortError" });
}

function timedOut(timeoutMs: number): Error {
  const message = `the emulator did not answer within ${timeoutMs} ms`;
  return Object.assign(new Error(message), { name: "TimeoutError" });
}

function refused(): Error {
  const message = "connect ECONNREFUSED: the emulator is closed";
  return Object.assign(new Error(message), { code: "ECONNREFUSED", syscall: "connect" });
}
