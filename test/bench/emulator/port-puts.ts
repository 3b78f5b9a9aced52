// What is put through the port in the same process: one PutRecords, again and again.
import type { PutRecordsRequest } from "@shardline/core";
import { STREAM } from "./traffic.ts";

/** Records of the request. */
export const PUT_RECORDS = 500;

export const PUT_REQUEST: PutRecordsRequest = {
  stream: { name: STREAM },
  entries: Array.from({ length: PUT_RECORDS }, (_, i) => ({
    partitionKey: `user-${String(i).padStart(6, "0")}`,
    data: new Uint8Array(100).fill(i),
  })),
};
