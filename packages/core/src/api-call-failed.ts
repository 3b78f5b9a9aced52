// The error with which the ports to AWS reject, and the way back to the failure inside it.
import type { ApiFailure, ApiFailureKind } from "./api-failure.ts";
import { KinesisError } from "./errors.ts";

const PERMANENT: ReadonlySet<ApiFailureKind> = new Set(["denied", "missing", "rejected"]);

/** The error with which a port rejects. */
export function apiCallFailed(
  operation: string,
  failure: ApiFailure,
  cause?: unknown,
): KinesisError {
  return new KinesisError("API_CALL_FAILED", {
    message: `${operation} failed: ${failure.awsName}: ${failure.reason}`,
    isRetryable: !PERMANENT.has(failure.kind),
    details: { operation, failure },
    cause,
  });
}

/** The failure inside an error that a port rejected with; `undefined` for any other error. */
export function apiFailureOf(error: unknown): ApiFailure | undefined {
  return KinesisError.is(error, "API_CALL_FAILED") ? error.details.failure : undefined;
}
