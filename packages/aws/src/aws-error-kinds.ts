// Which exception name and which HTTP status is of which kind. Names stand without the suffix "Exception",
// which the service writes or leaves out as it likes.
// Sources: https://docs.aws.amazon.com/awsconsolehelpdocs/latest/gsg/common-errors.html, read 2026-11-21; the
// exceptions in the service's model (@aws-sdk/client-kinesis 3.1143.0); the names that the SDK takes for
// throttling (@smithy/core 3.41.0).
import type { ApiFailureKind } from "@shardline/core";

const NAMES_OF_KIND: Readonly<Partial<Record<ApiFailureKind, readonly string[]>>> = {
  throttled: [
    "BandwidthLimitExceeded",
    "KMSThrottling",
    "LimitExceeded",
    "ProvisionedThroughputExceeded",
    "RequestLimitExceeded",
    "RequestThrottled",
    "SlowDown",
    "Throttled",
    "Throttling",
    "TooManyRequests",
  ],
  transient: [
    "AnswerMismatch",
    "InternalFailure",
    "RequestAborted",
    "RequestTimeout",
    "ServiceUnavailable",
  ],
  credentials: [
    "CredentialsProviderError",
    "ExpiredToken",
    "IncompleteSignature",
    "InvalidClientTokenId",
    "InvalidSignature",
    "MissingAuthenticationToken",
    "RequestExpired",
    "RequestTimeTooSkewed",
    "SignatureDoesNotMatch",
    "TokenProviderError",
    "UnrecognizedClient",
  ],
  denied: [
    "AccessDenied",
    "KMSAccessDenied",
    "KMSDisabled",
    "KMSInvalidState",
    "KMSNotFound",
    "KMSOptInRequired",
    "NotAuthorized",
    "OptInRequired",
    "UnauthorizedOperation",
  ],
  busy: ["ResourceInUse"],
  missing: ["ResourceNotFound"],
  expired: ["ExpiredIterator", "ExpiredNextToken"],
  rejected: ["InvalidArgument", "Serialization", "Validation"],
};

const KIND_OF_NAME: ReadonlyMap<string, ApiFailureKind> = new Map(
  Object.entries(NAMES_OF_KIND).flatMap(([kind, names]) =>
    names.map((name) => [name, kind as ApiFailureKind] as const),
  ),
);

/** Statuses that speak for themselves, whoever answered with them. */
const KIND_OF_STATUS: ReadonlyMap<number, ApiFailureKind> = new Map([
  [413, "rejected"],
  [429, "throttled"],
]);

/** Statuses that count only when the answer names an exception, even an unknown one. */
const KIND_OF_NAMED_STATUS: ReadonlyMap<number, ApiFailureKind> = new Map([
  [401, "denied"],
  [403, "denied"],
  [408, "transient"],
]);

/** The kind of an exception name; `undefined` for a name that is not listed. */
export function kindOfName(name: string): ApiFailureKind | undefined {
  return KIND_OF_NAME.get(name.replace(/Exception$/, ""));
}

/**
 * The kind of an HTTP status. The service names an exception with almost every 4xx; one without a name comes
 * from something in between, and is no verdict on the request.
 */
export function kindOfStatus(status: number, isNamed: boolean): ApiFailureKind | undefined {
  if (status >= 500) return "transient";
  const own = KIND_OF_STATUS.get(status);
  if (own !== undefined || !isNamed || status < 400) return own;
  return KIND_OF_NAMED_STATUS.get(status) ?? "rejected";
}
