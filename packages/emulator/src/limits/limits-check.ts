// How the option `limits` is checked: a profile by name, or limits of one's own.
import { type Check, group, number, optional, wrong } from "@shardline/core";
import { AWS_LIMITS, CALL_SCOPES, type LimitedOperation, type Limits } from "./limits.ts";

/** A billion per second is no limit any more; a rate of none would be a wall, not a limit. */
const RATE = optional(number({ min: 0.001, max: 1_000_000_000 }));

const CALLS = group<Record<LimitedOperation, number | undefined>>(
  Object.fromEntries(Object.keys(CALL_SCOPES).map((name) => [name, RATE])) as Record<
    LimitedOperation,
    typeof RATE
  >,
);

const CUSTOM = group<Record<keyof Limits, unknown>>({
  writeRecordsPerSecond: RATE,
  writeBytesPerSecond: RATE,
  readBytesPerSecond: RATE,
  pushBytesPerSecond: RATE,
  callsPerSecond: CALLS,
});

const NO_LIMITS: Limits = Object.freeze({});

/** Answers the limits that a profile or an object means. */
export const LIMITS: Check<Limits> = (value, path, problems) => {
  if (value === "off" || value === undefined) return NO_LIMITS;
  if (value === "aws") return AWS_LIMITS;
  if (typeof value === "object" && value !== null && !Array.isArray(value)) {
    return CUSTOM(value, path, problems) as Limits;
  }
  problems.push(wrong(path, '"off", "aws" or an object of limits', value));
  return NO_LIMITS;
};
