// Says what an error of the SDK, or the error of one entry, means: the one place where AWS errors get their
// kind. Pure.
//
// A failure is ambiguous when the service may have acted: all of kind `transient`, but for an unavailable
// service. Timeouts, broken connections and unreadable answers leave everything open
// (https://docs.aws.amazon.com/streams/latest/dev/kinesis-record-processor-duplicates.html, read 2026-11-21),
// and a 500 does not prove that nothing was stored.
import type { ApiFailure, ApiFailureKind } from "@shardline/core";
import { kindOfName, kindOfStatus } from "./aws-error-kinds.ts";
import { type NetworkError, wasNeverSent } from "./network-errors.ts";
import { retryAfterMsOf } from "./retry-after.ts";

/** Without a region nothing can be signed; the SDK says so in an error without a name. */
const NO_REGION = "Region is missing";

/** What is read of an error, wherever it comes from. */
interface RawError extends NetworkError {
  /** Of an answer that came, also when its body could not be read. */
  readonly status: number | undefined;
  /** Whether the answer names an exception. */
  readonly isNamed: boolean;
}

/** What the SDK adds to errors of answers. */
interface SdkErrorFields {
  readonly $fault?: unknown;
  readonly $metadata?: { readonly httpStatusCode?: number };
}

/** Wrapped errors deeper than this tell nothing new. */
const MAX_CAUSES = 5;

/** The SDK's words for an error answer that names no exception. */
const NAMELESS: ReadonlySet<string> = new Set(["Unknown", "UnknownError"]);

/** Why a call failed, from what the SDK rejected with or from what was wrong with its answer. */
export function failureOfError(error: unknown): ApiFailure {
  const chain = causesOf(error).map(readError);
  const told = chain.find((link) => kindOf(link) !== undefined) ?? (chain[0] as RawError);
  const failure = describe(kindOf(told) ?? "transient", told);
  const retryAfterMs = retryAfterMsOf(error);
  return retryAfterMs === undefined ? failure : { ...failure, retryAfterMs };
}

/** Why PutRecords did not store one of its entries. */
export function failureOfEntry(
  errorCode: string | undefined,
  errorMessage: string | undefined,
): ApiFailure {
  const awsName = errorCode ?? "AnswerMismatch";
  const kind = kindOfName(awsName) ?? "transient";
  return {
    kind,
    awsName,
    reason: errorMessage ?? errorCode ?? "neither a sequence number nor an error code",
    isAmbiguous: isAmbiguous(kind, awsName),
  };
}

function causesOf(error: unknown): unknown[] {
  const causes = [error];
  for (let link = error; causes.length < MAX_CAUSES; causes.push(link)) {
    link = (link as { cause?: unknown } | null | undefined)?.cause;
    if (link === undefined || link === null) break;
  }
  return causes;
}

function readError(error: unknown): RawError {
  const fields = Object(error) as Readonly<Record<string, unknown>> & SdkErrorFields;
  const name = text(fields["name"]) ?? typeof error;
  const code = text(fields["code"]);
  return {
    name,
    message: text(fields["message"]) ?? text(error) ?? code ?? name,
    code,
    syscall: text(fields["syscall"]),
    status: fields.$metadata?.httpStatusCode,
    isNamed: fields.$fault !== undefined && !NAMELESS.has(name),
  };
}

/** Anything can be thrown: DOMException has numbers for codes, and some errors have no text. */
function text(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}

function kindOf(error: RawError): ApiFailureKind | undefined {
  if (error.message === NO_REGION) return "credentials";
  const known = kindOfName(error.name) ?? kindOfStatus(error.status ?? 0, error.isNamed);
  return known ?? (wasNeverSent(error) ? "unreachable" : undefined);
}

function describe(kind: ApiFailureKind, error: RawError): ApiFailure {
  const { awsName, reason } = isUnreadable(error) ? unreadable(error) : told(error);
  return { kind, awsName, reason, isAmbiguous: isAmbiguous(kind, awsName) };
}

function isAmbiguous(kind: ApiFailureKind, awsName: string): boolean {
  return kind === "transient" && !/^(ServiceUnavailable|Http503$)/.test(awsName);
}

/** An answer came and ended, but there is no sense in it: not JSON, or an error without a name. */
function isUnreadable({ code, isNamed, name, status }: RawError): boolean {
  return status !== undefined && !isNamed && code === undefined && name !== "TimeoutError";
}

/** A parser's message may quote the answer, and with it records: it is not repeated. */
function unreadable({ status = 0 }: RawError): Pick<ApiFailure, "awsName" | "reason"> {
  return status < 300
    ? {
        awsName: "UnreadableAnswer",
        reason: `the body of an HTTP ${status} answer is not readable`,
      }
    : { awsName: `Http${status}`, reason: `the answer was HTTP ${status} and named no exception` };
}

/**
 * Only the first line: below it the SDK gives hints, and the service, of a signature it refused, the request
 * with its headers.
 */
function told({ code, message, name }: RawError): Pick<ApiFailure, "awsName" | "reason"> {
  const awsName = code === "ETIMEDOUT" ? "TimeoutError" : (code ?? name);
  const [line] = message.split("\n", 1);
  return { awsName, reason: line || awsName };
}
