// Which exception is of which kind, for callers of the in-process port. Written from the service's model
// and on purpose not shared with the AWS adapter: one suite compares the two tables.
import type { ApiFailure, ApiFailureKind } from "@shardline/core";
import type { ExceptionName } from "./service-exception.ts";

const KINDS: Readonly<Record<ExceptionName, ApiFailureKind>> = {
  DryRunOperationException: "rejected",
  EmulatorFullException: "rejected",
  ExpiredIteratorException: "expired",
  ExpiredNextTokenException: "expired",
  InvalidArgumentException: "rejected",
  LimitExceededException: "throttled",
  ProvisionedThroughputExceededException: "throttled",
  ResourceInUseException: "busy",
  ResourceNotFoundException: "missing",
  SerializationException: "rejected",
  UnknownOperationException: "rejected",
  ValidationException: "rejected",
};

/** The failure that an exception is; each of them is raised before anything was changed. */
export function failureOf(name: ExceptionName, reason: string): ApiFailure {
  return { kind: KINDS[name], awsName: name, reason, isAmbiguous: false };
}

/** How calls fail once the emulator is closed: as on a port where nobody listens. */
export const CLOSED: ApiFailure = {
  kind: "unreachable",
  awsName: "ECONNREFUSED",
  reason: "the emulator is closed",
  isAmbiguous: false,
};
