// The port to Kinesis over the AWS SDK.
//
//   port call -> data or control plane -> input -> sdk-call -> client.send -> reader -> answer
//                       |                                        |
//   data plane, if the client is as the SDK made it:             +--------> aws-errors -> rejection
//                       +-> wire/ -> requestHandler.handle ------+
import { setMaxListeners } from "node:events";
import { type KinesisApi, untilAborted } from "@shardline/core";
import { callGuard, type GuardCall } from "./guarded-call.ts";
import type { DataPlane } from "./data-plane.ts";
import type { OpenKinesisClient } from "./kinesis-client.ts";
import { putTimeoutMs } from "./put-records.ts";
import { sdkCaller } from "./sdk-call.ts";
import { sdkControlPlane } from "./sdk-control-plane.ts";
import { sdkDataPlane } from "./sdk-data-plane.ts";
import { sdkSubscriptions } from "./sdk-subscription.ts";
import { type OpenEvents, subscriber } from "./subscriptions.ts";
import type { Wire } from "./wire/wire.ts";

/** The calls that Shardline makes to Kinesis, made with a client. Closing the client is its owner's. */
export function createAwsKinesisApi(open: OpenKinesisClient): KinesisApi {
  const guard = callGuard(open.client);
  const call = sdkCaller(guard, open.send);
  const bySdk = sdkDataPlane(call, open.requestTimeoutMs);
  const dataPlane = open.wire === undefined ? bySdk : bothWays(bySdk, open.wire, guard, open);
  const subscribeToShard = subscriber(guard, eventsBothWays(open));
  return { ...sdkControlPlane(call), ...dataPlane, subscribeToShard };
}

/** By the wire what can go there, unless somebody would miss the call. */
function bothWays(
  bySdk: DataPlane,
  wire: Wire,
  guard: GuardCall,
  { requestTimeoutMs }: OpenKinesisClient,
): DataPlane {
  const mayUseWire = (signal: AbortSignal): Promise<boolean> => mayGoPast(wire, signal);
  return {
    ...bySdk,
    putRecords: async (request, signal) => {
      if (!(await mayUseWire(signal))) return bySdk.putRecords(request, signal);
      const timeoutMs = putTimeoutMs(request.entries, requestTimeoutMs);
      return guard("PutRecords", () => wire.putRecords(request, signal, timeoutMs), signal);
    },
    getRecords: async (request, signal) => {
      if (!(await mayUseWire(signal))) return bySdk.getRecords(request, signal);
      return guard("GetRecords", () => wire.getRecords(request, signal), signal);
    },
    getShardIterator: async (request, signal) => {
      if (!(await mayUseWire(signal))) return bySdk.getShardIterator(request, signal);
      return guard("GetShardIterator", () => wire.getShardIterator(request, signal), signal);
    },
    listShards: async (request, signal) => {
      const tried = (await mayUseWire(signal))
        ? await guard("ListShards", () => wire.tryListShards(request, signal), signal)
        : undefined;
      return tried ?? bySdk.listShards(request, signal);
    },
  };
}

/** The same for subscriptions. */
function eventsBothWays({ subscribing, wire }: OpenKinesisClient): OpenEvents {
  return async (request, abortSignal) => {
    const mayUseWire = wire !== undefined && (await mayGoPast(wire, abortSignal));
    const open = mayUseWire ? wire.subscribeToShard : sdkSubscriptions(subscribing());
    return open(request, abortSignal);
  };
}

function mayGoPast(wire: Wire, signal: AbortSignal): Promise<boolean> {
  signal.throwIfAborted();
  // As in the guard, which comes too late for calls that all wait here.
  setMaxListeners(0, signal);
  return untilAborted(wire.looksUntouched(), signal);
}
