// Single fields of a protobuf message, read as protobuf-java 4.27.5 reads them. Of protobufjs's reader only
// `uint32` and `skip` are used: lengths and tags go through `uint32`, which like Java takes up to ten bytes
// and drops the upper bits. Everything here throws on bytes that are no protobuf; decodeProtobuf catches it.
import type { Reader } from "protobufjs/minimal.js";

/** How deep groups may be nested, the messages around them included. */
const MAX_DEPTH = 100;

/** A length and that many bytes, as a view. */
export function readBytes(reader: Reader): Uint8Array {
  const length = reader.uint32();
  const start = reader.pos;
  reader.skip(length);
  return new Uint8Array(reader.buf.buffer, reader.buf.byteOffset + start, length);
}

/** A text; what is no UTF-8 becomes U+FFFD. */
export function readText(reader: Reader): string {
  const { buffer, byteOffset, length } = readBytes(reader);
  return Buffer.from(buffer, byteOffset, length).toString("utf8");
}

/** A message inside the message: `read` sees the reader end where it ends. */
export function readInside<Message>(reader: Reader, read: (reader: Reader) => Message): Message {
  const outerEnd = reader.len;
  const end = reader.uint32() + reader.pos;
  if (end > outerEnd) throw new RangeError("a message ends behind the one around it");
  reader.len = end;
  const message = read(reader);
  reader.len = outerEnd;
  return message;
}

/** Passes over the content of a field of any number and type; `depth` is that of the message it is in. */
export function skipField(reader: Reader, tag: number, depth: number): void {
  if (tag >>> 3 === 0) throw new RangeError("there is no field 0");
  switch (tag & 7) {
    case 0:
      // Not `skip()`, which would take a varint of any length.
      reader.uint32();
      break;
    case 1:
      reader.skip(8);
      break;
    case 2:
      reader.skip(reader.uint32());
      break;
    case 3:
      skipGroup(reader, tag, depth);
      break;
    case 5:
      reader.skip(4);
      break;
    default:
      throw new RangeError("a group ends that did not begin, or the type is none");
  }
}

/** A group ends with the tag of its own number and of the next type. */
function skipGroup(reader: Reader, startTag: number, depth: number): void {
  if (depth >= MAX_DEPTH) throw new RangeError("groups are nested too deep");
  const endTag = startTag + 1;
  for (let tag = reader.uint32(); tag !== endTag; tag = reader.uint32()) {
    skipField(reader, tag, depth + 1);
  }
}
