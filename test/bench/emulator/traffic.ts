// What the servers are asked for: prebuilt bodies, so that making them costs nothing while something is measured.
import { randomBytes } from "node:crypto";

/** One kind of request, with bodies to take in turn. */
export interface Traffic {
  readonly operation: string;
  readonly contentType: string;
  readonly bodies: readonly Buffer[];
  /** Records in one body or its answer. */
  readonly records: number;
}

interface Entry {
  readonly Data: string;
  readonly PartitionKey: string;
}

const JSON_TYPE = "application/x-amz-json-1.1";
export const STREAM = "bench";
const RECORD_BYTES = 100;
/** More than one, so that no server lives off a body that it has seen. */
const BODIES = 8;

/** PutRecords of so many records, each with a key of its own. */
export function putRecordsTraffic(records: number, stream: string = STREAM): Traffic {
  const body = (): object => ({
    StreamName: stream,
    Records: Array.from({ length: records }, () => newEntry(RECORD_BYTES)),
  });
  return jsonTraffic("PutRecords", Array.from({ length: BODIES }, body), records);
}

/** PutRecord of so many bytes. */
export function putRecordTraffic(bytes: number = RECORD_BYTES): Traffic {
  const body = (): object => ({ StreamName: STREAM, ...newEntry(bytes) });
  return jsonTraffic("PutRecord", Array.from({ length: BODIES }, body), 1);
}

/** Any operation over JSON. */
export function jsonTraffic(
  operation: string,
  inputs: readonly object[],
  records: number,
): Traffic {
  const bodies = inputs.map((input) => Buffer.from(JSON.stringify(input)));
  return { operation, contentType: JSON_TYPE, bodies, records };
}

let keysMade = 0;

function newEntry(bytes: number): Entry {
  keysMade += 1;
  return {
    Data: randomBytes(bytes).toString("base64"),
    PartitionKey: `user-${String(keysMade % 1_000_000).padStart(6, "0")}`,
  };
}
