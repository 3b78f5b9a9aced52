// AWS JSON 1.1: bodies to inputs, outputs and failures to bodies. Data travels as base64, times as epoch
// seconds, so that inputs need no change here and outputs only where data is stored as bytes.
import { isAscii, isUtf8 } from "node:buffer";
import type { ApiFailure } from "@shardline/core";
import { type Blob, blobText } from "./blob.ts";

export const JSON_CONTENT_TYPE = "application/x-amz-json-1.1";

/** The input in a body; `undefined` if it is no JSON. */
export function decodeJson(body: Buffer): unknown {
  if (!isUtf8(body)) return undefined;
  try {
    return JSON.parse(body.toString(isAscii(body) ? "latin1" : "utf8"));
  } catch {
    return undefined;
  }
}

/** The body of an output; empty for an operation without one. */
export function encodeJson(output: unknown): Buffer {
  return Buffer.from(output === undefined ? "" : JSON.stringify(withTextData(output)));
}

/** The body of a failure. The service spells the message of one exception with a capital. */
export function encodeFailure({ awsName, reason }: Pick<ApiFailure, "awsName" | "reason">): Buffer {
  const member = awsName === "SerializationException" ? "Message" : "message";
  return Buffer.from(
    JSON.stringify({ __type: awsName, ...(reason === "" ? {} : { [member]: reason }) }),
  );
}

interface WithRecords {
  readonly Records: readonly { readonly Data?: Blob }[];
}

function withTextData(output: unknown): unknown {
  if (!hasRecords(output)) return output;
  const isText = output.Records.every(({ Data }) => typeof Data !== "object");
  if (isText) return output;
  const records = output.Records.map((record) =>
    record.Data === undefined ? record : { ...record, Data: blobText(record.Data) },
  );
  return { ...output, Records: records };
}

function hasRecords(output: unknown): output is WithRecords {
  return typeof output === "object" && output !== null && "Records" in output;
}
