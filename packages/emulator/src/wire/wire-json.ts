// AWS JSON 1.1: bodies to inputs, outputs and failures to bodies. Operations take and give the members of the
// service's model as JSON has them, so that only data stored as bytes changes on its way out.
import { isAscii, isUtf8 } from "node:buffer";
import type { ApiFailure } from "@shardline/core";
import { failureMembers } from "./wire-failure.ts";
import type { Wire } from "./wire.ts";
import { writePutRecords, writeRecords } from "./hot-outputs.ts";
import type { SubscribeToShardEvent } from "../fan-out/subscription-event.ts";
import type { GetRecordsOutput } from "../operations/get-records.ts";
import type { PutRecordsOutput } from "../operations/put-records.ts";

const HOT_OUTPUTS: ReadonlyMap<string, (output: unknown) => Buffer> = new Map([
  ["GetRecords", (output: unknown) => writeRecords(output as GetRecordsOutput)],
  ["PutRecords", (output: unknown) => writePutRecords(output as PutRecordsOutput)],
  ["SubscribeToShardEvent", (event: unknown) => writeRecords(event as SubscribeToShardEvent)],
]);

/** JSON 1.1. */
export const JSON_WIRE: Wire = {
  contentType: "application/x-amz-json-1.1",
  decode,
  encode,
  encodeFailure,
};

function decode(body: Buffer): unknown {
  if (!isUtf8(body)) return undefined;
  try {
    return JSON.parse(body.toString(isAscii(body) ? "latin1" : "utf8"));
  } catch {
    return undefined;
  }
}

function encode(operation: string, output: unknown): Buffer {
  if (output === undefined) return Buffer.alloc(0);
  return HOT_OUTPUTS.get(operation)?.(output) ?? Buffer.from(JSON.stringify(output));
}

function encodeFailure(failure: Pick<ApiFailure, "awsName" | "reason">): Buffer {
  return Buffer.from(JSON.stringify(failureMembers(failure)));
}
