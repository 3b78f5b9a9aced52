// Which exception is of which kind, for callers of the in-process port. Written from the service's model
// and on purpose not shared with the AWS adapter: one suite compares the two tables.
import { apiCallFailed, type ApiFailure, type ApiFailureKind } from "@shardline/core";
import { type ExceptionName, ServiceException } from "./service-exception.ts";

const KINDS: Readonly<Record<ExceptionName, ApiFailureKind>> = {
  DryRunOperationException: "rejected",
  EmulatorFullException: "rejected",
  ExpiredIteratorException: "expired",
  ExpiredNextTokenException: "expired",
  IncompleteSignatureException: "credentials",
  InternalFailure: "transient",
  InvalidArgumentException: "rejected",
  InvalidSignatureException: "credentials",
  LimitExceededException: "throttled",
  MissingAuthenticationTokenException: "credentials",
  ProvisionedThroughputExceededException: "throttled",
  ResourceInUseException: "busy",
  ResourceNotFoundException: "missing",
  SerializationException: "rejected",
  UnknownOperationException: "rejected",
  ValidationException: "rejected",
};

/** The failure that an exception is. All but one of them say that nothing was changed. */
export function failureOf(name: ExceptionName, reason: string): ApiFailure {
  return { kind: KINDS[name], awsName: name, reason, isAmbiguous: name === "InternalFailure" };
}

/** What an operation throws, as the port tells it. */
export function portError(operation: string, error: unknown): unknown {
  if (!(error instanceof ServiceException)) return error;
  return apiCallFailed(operation, failureOf(error.name, error.message));
}

/** Whether a name is one that operations throw. */
export function isExceptionName(name: string): name is ExceptionName {
  return Object.hasOwn(KINDS, name);
}

/** How calls fail once the emulator is closed: as on a port where nobody listens. */
export const CLOSED: ApiFailure = {
  kind: "unreachable",
  awsName: "ECONNREFUSED",
  reason: "the emulator is closed",
  isAmbiguous: false,
};
