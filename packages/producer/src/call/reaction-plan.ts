// Pure: why a call or an entry failed -> how that is met, before anybody asks which carrier it hit.
import type { ApiFailure, ApiFailureKind, UndeliveredCode } from "@shardline/core";

/**
 * - `retry`: it failed in passing; try again after a pause.
 * - `throttle`: it came too fast; slow down and try again.
 * - `wait`: only an operator can change it; try again for a while.
 * - `isolate`: a record in it is at fault; find out which one.
 * - `fail`: give up, because the caller says so.
 */
export type Reaction = "retry" | "throttle" | "wait" | "isolate" | "fail";

const REACTIONS: Readonly<Record<ApiFailureKind, Reaction>> = {
  throttled: "throttle",
  transient: "retry",
  unreachable: "retry",
  busy: "retry",
  expired: "retry",
  credentials: "wait",
  denied: "wait",
  missing: "wait",
  rejected: "isolate",
};

/** How a failure is met where nobody says otherwise. */
export function reactionTo({ kind }: ApiFailure): Reaction {
  return REACTIONS[kind];
}

/** The code of the error for records that are given up because of a failure. */
export function codeOf({ awsName, kind }: ApiFailure): UndeliveredCode {
  switch (kind) {
    case "throttled":
      return "RECORD_THROTTLED";
    case "credentials":
      return "CREDENTIALS_REFUSED";
    case "denied":
      return awsName.startsWith("KMS") ? "KMS_FAILED" : "ACCESS_DENIED";
    case "missing":
      return "STREAM_NOT_FOUND";
    case "transient":
    case "unreachable":
    case "busy":
    case "expired":
    case "rejected":
      return "RECORD_REJECTED";
  }
}
