// Retries of calls above which no loop stands; every other call is retried by its loop, on its clock. The
// waits in here are p-retry's and run on the system's time.
import { type ApiFailure, type ApiFailureKind, apiFailureOf } from "@shardline/core";
import pRetry from "p-retry";

/** At most four tries, the last starting within ten seconds of the first. */
const RETRIES = { retries: 3, minTimeout: 150, factor: 3, randomize: true, maxRetryTime: 10_000 };

/** Failures that may be over within seconds. */
const PASSING: ReadonlySet<ApiFailureKind> = new Set([
  "throttled",
  "transient",
  "unreachable",
  "credentials",
]);

/** A call that changes nothing may be made again whatever became of it. */
export function mayLookAgain(failure: ApiFailure): boolean {
  return PASSING.has(failure.kind);
}

/** A change may be made again only if it was certainly not made: a second would be refused or do harm. */
export function mayChangeAgain(failure: ApiFailure): boolean {
  return PASSING.has(failure.kind) && !failure.isAmbiguous;
}

/**
 * Resolves with the first answer. Rejects with the last error when the tries are used up or the failure must
 * not be retried, and with the signal's reason as soon as it aborts.
 */
export async function withRetries<T>(
  call: () => Promise<T>,
  mayRetry: (failure: ApiFailure) => boolean,
  signal: AbortSignal,
): Promise<T> {
  const shouldRetry = ({ error }: { error: Error }): boolean => {
    const failure = apiFailureOf(error);
    return failure !== undefined && mayRetry(failure);
  };
  try {
    return await pRetry(call, { ...RETRIES, signal, shouldRetry });
  } catch (error) {
    // p-retry rejects with a TypeError of its own for a reason that is no Error.
    signal.throwIfAborted();
    throw error;
  }
}
