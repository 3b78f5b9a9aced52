// What a form of the service's protocol is: bodies to inputs, outputs and failures to bodies. A request says its
// form by its content type, and everything about it is answered in the same.
import type { ApiFailure } from "@shardline/core";

/** How CBOR 1.1 says so; its `Wire` is loaded where it is needed. */
export const CBOR_CONTENT_TYPE = "application/x-amz-cbor-1.1";

/** One form of the protocol. */
export interface Wire {
  /** How requests and answers of this form say so. */
  readonly contentType: string;
  /**
   * The input in a body, with the members of the service's model: times are epoch seconds, data is base64 text or
   * bytes. `undefined` if the body is malformed.
   */
  decode(body: Buffer): unknown;
  /** The body of an output, or of one event of a stream of events. Empty where there is no output. */
  encode(operation: string, output: unknown): Buffer;
  /** The body of a failure. */
  encodeFailure(failure: Pick<ApiFailure, "awsName" | "reason">): Buffer;
}
