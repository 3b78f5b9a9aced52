// Reads answers in CBOR (RFC 8949). The SDK's decoder is quick, but takes what comes: with a tagged number of a megabyte it
// holds up the process for minutes, and it takes anything for the name of a field. So what it gets is walked through first;
// answers here have no tags, and are not deep.
import { cbor } from "@smithy/core/cbor";
import { CborCursor } from "./cbor-cursor.ts";

/** Reads one item, which must be all there is. Throws an AnswerMismatch. */
export function readCbor(bytes: Buffer): unknown {
  const cursor = new CborCursor(bytes);
  cursor.passItem();
  cursor.expectEnd();
  return cbor.deserialize(bytes);
}

/** Reads the item at which a cursor stands, and passes it. Throws an AnswerMismatch. */
export function readCborItem(cursor: CborCursor): unknown {
  const begin = cursor.at;
  cursor.passItem();
  return cbor.deserialize(cursor.bytes.subarray(begin, cursor.at));
}
