// Ways for PutRecords to fail, as the AWS adapter tells them.
import {
  type ApiFailure,
  apiCallFailed,
  type KinesisApi,
  type PutRecordsOutcome,
} from "@shardline/core";
import type { Interceptors } from "../../../../test/support/intercept.ts";

type PutRecords = NonNullable<Interceptors<KinesisApi>["putRecords"]>;

export function failure(
  kind: ApiFailure["kind"],
  awsName: string,
  reason = "as tests have it",
): ApiFailure {
  return { kind, awsName, reason, isAmbiguous: kind === "transient" };
}

export const THROTTLED: ApiFailure = failure("throttled", "ProvisionedThroughputExceededException");
export const INTERNAL: ApiFailure = failure("transient", "InternalFailure");
export const REFUSED: ApiFailure = failure("unreachable", "ECONNREFUSED");

/** Fails whole calls as long as `failureOf` says how; it gets the number of the call, from 1. */
export function failCalls(failureOf: (call: number) => ApiFailure | undefined): PutRecords {
  let calls = 0;
  return (next, request, signal) => {
    calls += 1;
    const wrong = failureOf(calls);
    if (wrong !== undefined) return Promise.reject(apiCallFailed("PutRecords", wrong));
    return next(request, signal);
  };
}

/** Loses the answers of calls that took effect. */
export function loseAnswers(isLost: (call: number) => boolean): PutRecords {
  let calls = 0;
  return async (next, request, signal) => {
    calls += 1;
    const lost = isLost(calls);
    const answer = await next(request, signal);
    if (lost) throw apiCallFailed("PutRecords", failure("transient", "TimeoutError"));
    return answer;
  };
}

/** Fails single entries; the others go through. `failureOf` is asked entry by entry. */
export function failEntries(failureOf: (data: Uint8Array) => ApiFailure | undefined): PutRecords {
  return async (next, request, signal) => {
    const wrong = request.entries.map(({ data }) => failureOf(data));
    const entries = request.entries.filter((_, i) => wrong[i] === undefined);
    const answer =
      entries.length === 0 ? { outcomes: [] } : await next({ ...request, entries }, signal);
    const stored = [...answer.outcomes];
    const outcomes = wrong.map((what): PutRecordsOutcome => {
      return what === undefined
        ? (stored.shift() as PutRecordsOutcome)
        : { kind: "failed", failure: what };
    });
    return { outcomes };
  };
}
