// What a failed call says of its endpoint, if it was not its caller who ended it.
import { type ApiFailure, apiFailureOf } from "@shardline/core";
import { failureOfError } from "../aws-errors.ts";

/**
 * Why a call failed; `undefined` if it was given up. A caller who had waited too long says so in the signal's reason, and
 * that is a failure like others.
 */
export function failureUnless(signal: AbortSignal, error: unknown): ApiFailure | undefined {
  return signal.aborted ? apiFailureOf(signal.reason) : failureOfError(error);
}
