// Opaque tokens that carry their whole meaning, so that the emulator remembers none of them: shard iterators
// and page tokens. A checksum tells a token from garbage and from one that was altered.
import { crc32 } from "node:zlib";

/** Stands in no stream name, shard id, account or region. */
const SEPARATOR = "|";

/** Makes a token of some kind from fields without a `|`. */
export function sealToken(kind: string, fields: readonly (string | number)[]): string {
  const body = [kind, ...fields].join(SEPARATOR);
  return Buffer.from(`${body}${SEPARATOR}${crc32(body).toString(16)}`).toString("base64");
}

/** The fields of a token of some kind and number of fields; `undefined` if it is not one. */
export function openToken(kind: string, count: number, token: string): string[] | undefined {
  const parts = openAnyToken(token);
  return parts?.shift() === kind && parts.length === count ? parts : undefined;
}

/** The kind and the fields of a token; `undefined` if it is none. */
export function openAnyToken(token: string): string[] | undefined {
  const bytes = Buffer.from(token, "base64");
  if (bytes.toString("base64") !== token) return undefined;
  const parts = bytes.toString().split(SEPARATOR);
  const checksum = parts.pop();
  return checksum === crc32(parts.join(SEPARATOR)).toString(16) ? parts : undefined;
}
