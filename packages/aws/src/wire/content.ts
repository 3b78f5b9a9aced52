// The two forms in which the service writes what it has to say. Which one an answer has, its content type tells: an
// error may come in JSON to a request in CBOR.
import { readCbor } from "./cbor-reader.ts";

export const JSON_TYPE = "application/x-amz-json-1.1";
/** What the SDKs for Java speak with Kinesis; the service's public model does not name it. */
export const CBOR_TYPE = "application/x-amz-cbor-1.1";

/** Bytes and what their content type says they are. */
interface Content {
  readonly bytes: Buffer;
  readonly contentType: string;
}

/** Whether a content is CBOR. */
export function isCbor({ contentType }: Pick<Content, "contentType">): boolean {
  return contentType.toLowerCase().startsWith(CBOR_TYPE);
}

/** What a content says; of an empty one, an object without fields. Throws if it cannot be read. */
export function readContent(content: Content): Record<string, unknown> {
  const { bytes } = content;
  if (bytes.length === 0) return {};
  return Object(isCbor(content) ? readCbor(bytes) : JSON.parse(bytes.toString()));
}
