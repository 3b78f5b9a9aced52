// The data plane over the SDK.
import {
  GetRecordsCommand,
  GetShardIteratorCommand,
  ListShardsCommand,
  PutRecordsCommand,
} from "@aws-sdk/client-kinesis";
import type { DataPlane } from "./data-plane.ts";
import { getRecordsInput, readGetRecords } from "./get-records.ts";
import { listShardsInput, readListShards } from "./list-shards.ts";
import { putRecordsInput, putTimeoutMs, readPutRecords } from "./put-records.ts";
import type { MakeSdkCall } from "./sdk-call.ts";
import { readShardIterator, shardIteratorInput } from "./shard-iterator.ts";

/** Calls by `client.send`; `requestTimeoutMs` is what a request of ordinary size may take, if anything. */
export function sdkDataPlane(call: MakeSdkCall, requestTimeoutMs: number | undefined): DataPlane {
  return {
    putRecords: (request, signal) => {
      const command = () => new PutRecordsCommand(putRecordsInput(request));
      const read = readPutRecords(request.entries.length);
      const timeoutMs = putTimeoutMs(request.entries, requestTimeoutMs);
      const put = { operation: "PutRecords", command, read, requestTimeoutMs: timeoutMs };
      return call(put, signal);
    },
    getShardIterator: (request, signal) => {
      const command = () => new GetShardIteratorCommand(shardIteratorInput(request));
      return call({ operation: "GetShardIterator", command, read: readShardIterator }, signal);
    },
    getRecords: (request, signal) => {
      const command = () => new GetRecordsCommand(getRecordsInput(request));
      return call({ operation: "GetRecords", command, read: readGetRecords }, signal);
    },
    listShards: (request, signal) => {
      const command = () => new ListShardsCommand(listShardsInput(request));
      return call({ operation: "ListShards", command, read: readListShards }, signal);
    },
  };
}
