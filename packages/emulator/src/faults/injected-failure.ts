// The failures that faults put in the place of calls: with the statuses and texts of the service where those are
// known, and with the kinds that the port gives them.
import type { ApiFailure, ApiFailureKind } from "@shardline/core";
import { failureOf, isExceptionName } from "../api-failures.ts";
import { type CallSubject, shardIdsOf, streamOf, tokenOf } from "./call-subject.ts";
import type { Instead } from "./outcome-plan.ts";
import { expiredIteratorMessage } from "../tokens/iterators.ts";
import { expiredTokenMessage } from "../tokens/page-token.ts";

/** A failure as it goes over the wire. */
export interface InjectedFailure {
  readonly status: number;
  /** Name of the exception; `undefined` where the answer names none. */
  readonly type: string | undefined;
  readonly message: string;
  readonly body: "model" | "html" | "empty";
}

type FailureEffect = Extract<Instead, { kind: "failure" }>["effect"];

const STATUSES: Readonly<Record<string, number>> = {
  InternalFailure: 500,
  InternalFailureException: 500,
  InternalServerError: 500,
  ServiceUnavailable: 503,
  ServiceUnavailableException: 503,
};
const NAMES_OF_STATUS: Readonly<Record<number, string>> = {
  500: "InternalFailure",
  503: "ServiceUnavailable",
};
/** What AWS says, whatever the call was. */
const MESSAGES: Readonly<Record<string, string>> = {
  ConditionalCheckFailedException: "The conditional request failed",
  InternalFailure: "Internal service failure.",
  InternalFailureException: "Internal service failure.",
  InternalServerError: "Internal server error",
  ServiceUnavailable: "The service is unavailable. Please try again later.",
  ThrottlingException: "Rate exceeded",
};
const TABLE_THROTTLED =
  "The level of configured provisioned throughput for the table was exceeded. " +
  "Consider increasing your provisioning level with the UpdateTable API";

/** What the service says with an exception, whatever the call was; empty where that is not known. */
export function defaultMessageOf(type: string): string {
  return MESSAGES[type] ?? "";
}

/** The failure that an effect puts in the place of a call. */
export function injectedFailure(
  effect: FailureEffect,
  subject: CallSubject,
  nowMs: number,
): InjectedFailure {
  switch (effect.kind) {
    case "throttle":
      return named("ProvisionedThroughputExceededException", subject, nowMs, effect.shardId);
    case "expireIterators":
      return named("ExpiredIteratorException", subject, nowMs);
    case "expireTokens":
      return named("ExpiredNextTokenException", subject, nowMs);
    case "unavailable":
      return named("ServiceUnavailable", subject, nowMs);
    case "error": {
      const type = effect.type ?? NAMES_OF_STATUS[effect.status ?? 0];
      if (type === undefined) return nameless(effect.status ?? 500, effect.body);
      const failure = named(type, subject, nowMs);
      return {
        ...failure,
        status: effect.status ?? failure.status,
        message: effect.message ?? failure.message,
        body: effect.body,
      };
    }
  }
}

/** The same as the port tells it: by name and status as the AWS adapter reads them. */
export function portFailureOf({ status, type, message, body }: InjectedFailure): ApiFailure {
  if (type === undefined || body !== "model") {
    const kind = kindOfStatus(status, false);
    const isAmbiguous = kind === "transient" && status !== 503;
    const reason = `the answer was HTTP ${status} and named no exception`;
    return { kind, awsName: `Http${status}`, reason, isAmbiguous };
  }
  if (isExceptionName(type)) return failureOf(type, message);
  const kind = KINDS[type.replace(/Exception$/, "")] ?? kindOfStatus(status, true);
  const isAmbiguous = kind === "transient" && !type.startsWith("ServiceUnavailable");
  return { kind, awsName: type, reason: message, isAmbiguous };
}

/** Names that faults alone use. Written on purpose without a look at the AWS adapter's table. */
const KINDS: Readonly<Record<string, ApiFailureKind>> = {
  AccessDenied: "denied",
  ExpiredToken: "credentials",
  IncompleteSignature: "credentials",
  InternalFailure: "transient",
  InvalidSignature: "credentials",
  KMSAccessDenied: "denied",
  KMSDisabled: "denied",
  KMSInvalidState: "denied",
  KMSNotFound: "denied",
  KMSOptInRequired: "denied",
  KMSThrottling: "throttled",
  MissingAuthenticationToken: "credentials",
  ServiceUnavailable: "transient",
  Throttling: "throttled",
  UnrecognizedClient: "credentials",
};

function kindOfStatus(status: number, isNamed: boolean): ApiFailureKind {
  if (status >= 500) return "transient";
  if (status === 413) return "rejected";
  if (status === 429) return "throttled";
  if (!isNamed || status === 408) return "transient";
  return status === 401 || status === 403 ? "denied" : "rejected";
}

function nameless(status: number, body: InjectedFailure["body"]): InjectedFailure {
  return { status, type: undefined, message: "", body: body === "model" ? "empty" : body };
}

function named(
  type: string,
  subject: CallSubject,
  nowMs: number,
  shardId?: string,
): InjectedFailure {
  const message = messageOf(type, subject, nowMs, shardId);
  return { status: STATUSES[type] ?? 400, type, message, body: "model" };
}

function messageOf(
  type: string,
  subject: CallSubject,
  nowMs: number,
  shardId: string | undefined,
): string {
  switch (type) {
    case "ProvisionedThroughputExceededException":
      return subject.service === "dynamodb" ? TABLE_THROTTLED : rateExceeded(subject, shardId);
    case "LimitExceededException":
      return rateExceeded(subject, undefined, []);
    case "ExpiredIteratorException":
      return expiredIteratorMessage(tokenOf(subject)?.issuedAtMs ?? nowMs, nowMs);
    case "ExpiredNextTokenException":
      return expiredTokenMessage();
    default:
      return defaultMessageOf(type);
  }
}

function rateExceeded(
  subject: CallSubject,
  shardId: string | undefined,
  shardIds: readonly string[] = shardIdsOf(subject),
): string {
  const stream = streamOf(subject);
  const { accountId } = stream?.owner ?? subject.caller;
  if (stream === undefined) return `Rate exceeded for account ${accountId}.`;
  const shard = shardId ?? shardIds[0];
  const of = shard === undefined ? "" : `shard ${shard} in `;
  return `Rate exceeded for ${of}stream ${stream.name} under account ${accountId}.`;
}
