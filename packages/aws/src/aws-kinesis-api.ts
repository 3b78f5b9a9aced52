// The port to Kinesis over the AWS SDK.
//
//   port call -> data or control plane -> input -> sdk-call -> client.send -> reader -> answer
//                                                                  |
//                                                                  +--------> aws-errors -> rejection
import type { KinesisApi } from "@shardline/core";
import type { OpenKinesisClient } from "./kinesis-client.ts";
import { sdkCaller } from "./sdk-call.ts";
import { sdkControlPlane } from "./sdk-control-plane.ts";
import { sdkDataPlane } from "./sdk-data-plane.ts";

/** The calls that Shardline makes to Kinesis, made with a client. Closing the client is its owner's. */
export function createAwsKinesisApi(client: OpenKinesisClient): KinesisApi {
  const call = sdkCaller(client);
  return { ...sdkControlPlane(call), ...sdkDataPlane(call, client.requestTimeoutMs) };
}
