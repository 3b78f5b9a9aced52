// A request and an answer, apart from any socket: what the transports and the handlers hand each other.
import type { WireFault } from "./wire-fault.ts";

/** One whole request. */
export interface HttpRequest {
  readonly method: string;
  /** Path and query. */
  readonly url: string;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly body: Buffer;
  /** Aborts when nobody waits for the answer any more: the client has gone. */
  readonly signal: AbortSignal;
}

/** One answer. */
export interface HttpAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** Whole, or piece by piece: the next piece is asked for once the connection has room for it. */
  readonly body: Buffer | AsyncIterable<Buffer>;
  /** How the answer is lost instead of being written whole. */
  readonly fault?: WireFault;
}

/** Answers requests; never rejects. */
export type HttpHandle = (request: HttpRequest) => Promise<HttpAnswer>;

/** The value of a header that comes once. */
export function headerOf(
  { headers }: Pick<HttpRequest, "headers">,
  name: string,
): string | undefined {
  const value = headers[name];
  return typeof value === "string" ? value : value?.[0];
}

/** What a body is said to be, in lower case and without parameters; empty if nothing is said. */
export function mediaTypeOf(request: Pick<HttpRequest, "headers">): string {
  const [type = ""] = (headerOf(request, "content-type") ?? "").split(";", 1);
  return type.trim().toLowerCase();
}
