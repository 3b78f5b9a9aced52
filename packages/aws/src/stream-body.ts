// The body of an answer that comes for as long as there is something to tell.

/** What may be found on such a body, whatever a request handler makes of it. */
export interface StreamBody extends AsyncIterable<Uint8Array> {
  destroy?(): void;
  on?(event: "error", listener: () => void): void;
  setTimeout?(ms: number): void;
  /** Of HTTP/2. */
  readonly session?: { setLocalWindowSize(bytes: number): void } | undefined;
  /** Of HTTP/2: why the stream was closed; 0 if in good order. */
  readonly rstCode?: number | undefined;
}

/** Throws unless a body ended in good order: Node takes an HTTP/2 stream that the other side has reset for one that ended. */
export function expectGoodEnd({ rstCode = 0 }: Pick<StreamBody, "rstCode">): void {
  if (rstCode === 0) return;
  const message = `the stream was closed with code ${rstCode}`;
  throw Object.assign(new Error(message), { code: "ERR_HTTP2_STREAM_ERROR" });
}
