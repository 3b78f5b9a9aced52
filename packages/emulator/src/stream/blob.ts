// Record data on its way in and out: base64 text or bytes. A reader is given the form in which it was put, and
// converts it if he wants the other one.

/** Bytes, or the base64 text of bytes. */
export type Blob = Uint8Array | string;

/** Short texts are checked by decoding them into this scratch space, which is read by nobody. */
const scratch = Buffer.allocUnsafe(3072);

/** How many bytes a blob holds; the text must be base64. */
export function blobLength(blob: Blob): number {
  if (typeof blob !== "string") return blob.length;
  return (blob.length / 4) * 3 - paddingOf(blob);
}

/** A copy of a blob's bytes. */
export function blobBytes(blob: Blob): Uint8Array {
  return new Uint8Array(typeof blob === "string" ? Buffer.from(blob, "base64") : blob);
}

/** A blob as base64 text. */
export function blobText(blob: Blob): string {
  if (typeof blob === "string") return blob;
  return Buffer.from(blob.buffer, blob.byteOffset, blob.byteLength).toString("base64");
}

/**
 * Whether a text is base64 with its padding. Node's decoder skips foreign characters, so a text that holds
 * one decodes to fewer bytes than its length promises. Looked for by themselves are the URL-safe letters, which it
 * also takes, and characters beyond ASCII, of which it sees one byte: to it, "\u0141" is an "A".
 */
export function isBase64(text: string): boolean {
  if (text.length % 4 !== 0 || text.includes("-") || text.includes("_")) return false;
  if (Buffer.byteLength(text) !== text.length) return false;
  const expected = blobLength(text);
  if (expected > scratch.length) return Buffer.from(text, "base64").length === expected;
  return scratch.write(text, "base64") === expected;
}

function paddingOf(text: string): number {
  if (text.endsWith("==")) return 2;
  return text.endsWith("=") ? 1 : 0;
}
