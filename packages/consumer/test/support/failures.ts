// Failures of a service, as the ports tell them.
import { type ApiFailureKind, apiCallFailed, type KinesisError } from "@shardline/core";

export function failed(kind: ApiFailureKind, awsName: string = kind): KinesisError {
  const isAmbiguous = kind === "transient";
  return apiCallFailed("Test", { kind, awsName, reason: `the test says ${kind}`, isAmbiguous });
}
