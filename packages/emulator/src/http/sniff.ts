// Which protocol a connection speaks, by its first bytes: all of them come in at one port. What comes out of TLS is
// asked again, because a client may speak HTTP/2 there without having said so.

/** What the first bytes of a connection tell. */
export type Sniffed = "http1" | "http2" | "tls" | "unknown";

/** No HTTP/1 method begins like this. */
const HTTP2_PREFACE = Buffer.from("PRI");
/** The type of TLS's first record, a handshake; no text begins like this. */
const TLS_HANDSHAKE = 0x16;

/** `unknown` asks for more bytes. */
export function sniff(first: Buffer): Sniffed {
  if (first[0] === TLS_HANDSHAKE) return "tls";
  if (first.length < HTTP2_PREFACE.length) return "unknown";
  return first.subarray(0, HTTP2_PREFACE.length).equals(HTTP2_PREFACE) ? "http2" : "http1";
}
