// The port to Kinesis over the AWS SDK.
//
//   port call -> data or control plane -> input -> sdk-call -> client.send -> reader -> answer
//                       |                                        |
//   PutRecords, if the client is as the SDK made it:             +--------> aws-errors -> rejection
//                       +-> wire/ -> requestHandler.handle ------+
import { type KinesisApi, untilAborted } from "@shardline/core";
import { callGuard, type GuardCall } from "./guarded-call.ts";
import type { OpenKinesisClient } from "./kinesis-client.ts";
import { putTimeoutMs } from "./put-records.ts";
import { sdkCaller } from "./sdk-call.ts";
import { sdkControlPlane } from "./sdk-control-plane.ts";
import { sdkDataPlane } from "./sdk-data-plane.ts";

type PutRecords = KinesisApi["putRecords"];

/** The calls that Shardline makes to Kinesis, made with a client. Closing the client is its owner's. */
export function createAwsKinesisApi(open: OpenKinesisClient): KinesisApi {
  const guard = callGuard(open.client);
  const call = sdkCaller(guard, open.send);
  const dataPlane = sdkDataPlane(call, open.requestTimeoutMs);
  const putRecords = putRecordsBothWays(dataPlane.putRecords, open, guard);
  return { ...sdkControlPlane(call), ...dataPlane, putRecords };
}

/** By the wire, unless somebody would miss the call there. */
function putRecordsBothWays(
  bySdk: PutRecords,
  { requestTimeoutMs, wire }: OpenKinesisClient,
  guard: GuardCall,
): PutRecords {
  if (wire === undefined) return bySdk;
  const byWire: PutRecords = (request, signal) => {
    const timeoutMs = putTimeoutMs(request.entries, requestTimeoutMs);
    return guard("PutRecords", () => wire.putRecords(request, signal, timeoutMs), signal);
  };
  return async (request, signal) => {
    signal.throwIfAborted();
    const mayGoByWire = await untilAborted(wire.looksUntouched(), signal);
    return mayGoByWire ? byWire(request, signal) : bySdk(request, signal);
  };
}
