// What becomes of an answer instead of being written whole: carried by the answer, carried out by the transports.
import type { Http2Code } from "../faults/wire-effects.ts";

/** One way not to get an answer. */
export type WireFault =
  /** The connection ends without an answer. */
  | { readonly kind: "close" }
  /** The connection is reset without an answer. */
  | { readonly kind: "reset" }
  /** HTTP/2: the stream is reset with a code. HTTP/1.1: as `reset`. */
  | { readonly kind: "resetStream"; readonly code: Http2Code }
  /** HTTP/2: the session is left with a code, answering first or not. HTTP/1.1: the connection ends likewise. */
  | { readonly kind: "goAway"; readonly code: Http2Code; readonly answers: boolean }
  /** So many bytes of the body are written, or half of them, and the connection is destroyed. */
  | { readonly kind: "cutBody"; readonly afterBytes: number | undefined };
