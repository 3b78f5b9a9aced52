// The body of a PutRecords call in JSON, written straight into bytes: base64 is the bulk of it, and to make one text of
// it all first would cost more than everything else here.
import type { PutRecordsRequest } from "@shardline/core";
import { streamFields } from "../stream-fields.ts";

/** A body in a buffer that may be longer. */
export interface WrittenBody {
  readonly body: Buffer;
  readonly buffer: Buffer;
}

/** What stands between the values of an entry, at most, with an explicit hash key of 39 digits. */
const FRAME_BYTES = 96;
/** Escaped, every character of a text takes so many bytes at most. */
const ESCAPED_BYTES = 6;
/** Data from this size on are written by themselves, smaller ones gathered in one text. */
const LARGE_BYTES = 2048;
/** How long that text gets: to join longer ones costs more than to write them. */
const GATHERED_CHARS = 8192;
/** A text of these characters only is its own JSON. */
const PLAIN = /^[ !#-[\]-~]*$/;

/** Writes a body into a buffer that `take` gives. */
export function writePutRecordsJson(
  { entries, stream }: PutRecordsRequest,
  take: (bytes: number) => Buffer,
): WrittenBody {
  const head = `${JSON.stringify(streamFields(stream)).slice(0, -1)},"Records":[`;
  const buffer = take(mostBytes(entries) + ESCAPED_BYTES * head.length);
  let at = 0;
  let text = ascii(head);
  for (const [i, { data, explicitHashKey, partitionKey }] of entries.entries()) {
    text += i === 0 ? '{"Data":"' : ',{"Data":"';
    if (data.byteLength < LARGE_BYTES) text += base64(data);
    if (data.byteLength >= LARGE_BYTES || text.length > GATHERED_CHARS) {
      at += buffer.write(text, at, "latin1");
      text = "";
    }
    if (data.byteLength >= LARGE_BYTES) at += buffer.write(base64(data), at, "latin1");
    text += '"';
    if (partitionKey !== undefined) text += `,"PartitionKey":${quoted(partitionKey)}`;
    if (explicitHashKey !== undefined) text += `,"ExplicitHashKey":${quoted(explicitHashKey)}`;
    text += "}";
  }
  at += buffer.write(`${text}]}`, at, "latin1");
  return { body: buffer.subarray(0, at), buffer };
}

function mostBytes(entries: PutRecordsRequest["entries"]): number {
  let bytes = FRAME_BYTES;
  for (const { data, explicitHashKey, partitionKey } of entries) {
    const texts = (partitionKey?.length ?? 0) + (explicitHashKey?.length ?? 0);
    bytes += Math.ceil(data.byteLength / 3) * 4 + texts * ESCAPED_BYTES + FRAME_BYTES;
  }
  return bytes;
}

function base64(data: Uint8Array): string {
  const bytes = Buffer.isBuffer(data)
    ? data
    : Buffer.from(data.buffer, data.byteOffset, data.byteLength);
  return bytes.toString("base64");
}

function quoted(text: string): string {
  return PLAIN.test(text) ? `"${text}"` : ascii(JSON.stringify(text));
}

/** JSON without a character that would take more than one byte. */
function ascii(json: string): string {
  return json.replace(
    /[\u007f-\uffff]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
