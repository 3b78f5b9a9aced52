// Which protocol a connection speaks, by its first bytes: all of them come in at one port.

/** What the first bytes of a connection tell. */
export type Sniffed = "http1" | "http2" | "unknown";

/** No HTTP/1 method begins like this. */
const HTTP2_PREFACE = Buffer.from("PRI");

/** `unknown` asks for more bytes. */
export function sniff(first: Buffer): Sniffed {
  if (first.length < HTTP2_PREFACE.length) return "unknown";
  return first.subarray(0, HTTP2_PREFACE.length).equals(HTTP2_PREFACE) ? "http2" : "http1";
}
