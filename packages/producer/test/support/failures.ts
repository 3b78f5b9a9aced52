// Failures as the ports tell them, and calls that fail, lose their answer or take their time.
import {
  type ApiFailure,
  type ApiFailureKind,
  apiCallFailed,
  type Clock,
  type KinesisApi,
  type PutRecordsOutcome,
  sleep,
} from "@shardline/core";

type PutRecords = KinesisApi["putRecords"];
type Interceptor = (next: PutRecords, ...args: Parameters<PutRecords>) => ReturnType<PutRecords>;

const NAMES: Readonly<Record<ApiFailureKind, string>> = {
  throttled: "ProvisionedThroughputExceededException",
  transient: "InternalFailure",
  unreachable: "ECONNREFUSED",
  credentials: "ExpiredTokenException",
  denied: "AccessDeniedException",
  busy: "ResourceInUseException",
  missing: "ResourceNotFoundException",
  expired: "ExpiredNextTokenException",
  rejected: "ValidationException",
};

/** A failure of some kind, under the name that the service gives it. */
export function failureOf(kind: ApiFailureKind, more: Partial<ApiFailure> = {}): ApiFailure {
  return { kind, awsName: NAMES[kind], reason: `a ${kind} failure`, isAmbiguous: false, ...more };
}

/** The error with which a whole call fails. */
export function failedCall(kind: ApiFailureKind, more: Partial<ApiFailure> = {}): Error {
  return apiCallFailed("PutRecords", failureOf(kind, more));
}

/** The outcome of an entry that was refused. */
export function failedEntry(
  kind: ApiFailureKind,
  more: Partial<ApiFailure> = {},
): PutRecordsOutcome {
  return { kind: "failed", failure: failureOf(kind, more) };
}

/** Stores, and then nobody hears of it. */
export const loseAnswer: Interceptor = async (next, ...args) => {
  await next(...args);
  throw failedCall("transient", { awsName: "TimeoutError", isAmbiguous: true });
};

/** Takes its time: half of it to get there, half to get back. */
export function slow(clock: Clock, ms: number): Interceptor {
  return async (next, request, signal) => {
    await sleep(clock, ms / 2, signal);
    const answer = await next(request, signal);
    await sleep(clock, ms / 2, signal);
    return answer;
  };
}

/** Sends on only the entries that are not refused; the others come back with their failure, in their places. */
export function refusing(
  refuse: (entry: Parameters<PutRecords>[0]["entries"][number]) => ApiFailure | undefined,
): Interceptor {
  return async (next, request, signal) => {
    const refusals = request.entries.map(refuse);
    const entries = request.entries.filter((_, i) => refusals[i] === undefined);
    const stored =
      entries.length === 0 ? [] : (await next({ ...request, entries }, signal)).outcomes;
    const rest = [...stored];
    const outcomes = refusals.map(
      (failure): PutRecordsOutcome =>
        failure === undefined ? (rest.shift() as PutRecordsOutcome) : { kind: "failed", failure },
    );
    return { outcomes };
  };
}
