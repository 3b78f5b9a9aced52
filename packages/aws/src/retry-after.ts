// The header with which a service asks to be left alone for a while.

/** The part of an error of the SDK's that is the answer it was made of. */
interface Answered {
  readonly $response?: { readonly headers?: Readonly<Record<string, unknown>> };
}

/** More digits than a time can have that anybody would wait. */
const SECONDS = /^\d{1,9}$/;

/**
 * How long an error answer asks to wait, in ms; `undefined` if it does not say. Only a number of seconds is read: a
 * date would have to be compared with a clock that may be wrong.
 */
export function retryAfterMsOf(error: unknown): number | undefined {
  const headers = (error as Answered | null | undefined)?.$response?.headers ?? {};
  const name = Object.keys(headers).find((key) => key.toLowerCase() === "retry-after");
  const value = name === undefined ? undefined : headers[name];
  return typeof value === "string" && SECONDS.test(value) ? Number(value) * 1000 : undefined;
}
