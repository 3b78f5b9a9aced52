// What a fault does to the bytes of an answer, and to the connection that carries them.

/** Breaks the connection or the bytes of an answer. */
export type WireEffect =
  | {
      /** The connection is destroyed before there is an answer; the call does not take effect. */
      readonly kind: "reset";
    }
  | {
      /** HTTP/2: RST_STREAM before there is an answer; the call does not take effect. HTTP/1.1: as `reset`. */
      readonly kind: "resetStream";
      /** @defaultValue "INTERNAL_ERROR" */
      readonly code?: Http2Code;
    }
  | {
      /** HTTP/2: GOAWAY. HTTP/1.1: as `reset`, or an answer with which the connection ends. */
      readonly kind: "goAway";
      /** With NO_ERROR the call takes effect and is answered; with any other it is not. @defaultValue "INTERNAL_ERROR" */
      readonly code?: Http2Code;
    }
  | {
      /** The call takes effect, and the connection is destroyed in the middle of the answer's body. */
      readonly kind: "cutBody";
      /** Bytes of the body that are still sent: 0 to 100,000,000. @defaultValue half of them */
      readonly afterBytes?: number | undefined;
    }
  | {
      /** The call takes effect, and its answer arrives spoilt, with status 200. */
      readonly kind: "corrupt";
      /**
       * A body of half its length, an empty one, a list with one entry too few, or a list in another order.
       * @defaultValue "truncated"
       */
      readonly how?: "truncated" | "empty" | "wrongCount" | "shuffled";
    };

/** A code of HTTP/2, as RFC 9113 section 7 names them. */
export type Http2Code = (typeof HTTP2_CODES)[number];

/** In the order of their numbers. */
export const HTTP2_CODES = [
  "NO_ERROR",
  "PROTOCOL_ERROR",
  "INTERNAL_ERROR",
  "FLOW_CONTROL_ERROR",
  "SETTINGS_TIMEOUT",
  "STREAM_CLOSED",
  "FRAME_SIZE_ERROR",
  "REFUSED_STREAM",
  "CANCEL",
  "COMPRESSION_ERROR",
  "CONNECT_ERROR",
  "ENHANCE_YOUR_CALM",
  "INADEQUATE_SECURITY",
  "HTTP_1_1_REQUIRED",
] as const;
