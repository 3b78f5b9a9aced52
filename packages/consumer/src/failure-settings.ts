// What the option `onFailure` comes to, with what its parts ask of each other.
import {
  type Check,
  group,
  integer,
  matching,
  number,
  oneOf,
  optional,
  withDefault,
} from "@shardline/core";
import type { DeadLetterSink } from "./handling/dead-letter.ts";
import type { FailurePolicy } from "./handling/failure-plan.ts";

const ANY_MS = Number.MAX_SAFE_INTEGER;

/** The policy, and the sink that it may need. */
export interface FailureSettings extends FailurePolicy {
  readonly deadLetter: DeadLetterSink | undefined;
}

const backoff = group({
  baseMs: withDefault(integer({ min: 1, max: ANY_MS }), 200),
  maxMs: withDefault(integer({ min: 1, max: ANY_MS }), 30_000),
});

const parts: Check<FailureSettings> = group({
  maxAttempts: withDefault(integer({ min: 1, max: ANY_MS }), 5),
  backoff,
  bisect: withDefault(oneOf(true, false), true),
  then: withDefault(oneOf("halt", "skip", "dead-letter"), "halt"),
  deadLetter: optional(
    matching<DeadLetterSink>("a function", (value) => typeof value === "function"),
  ),
  maxRecordAgeMs: optional(integer({ min: 1000, max: ANY_MS })),
  timeoutMs: optional(integer({ min: 1, max: ANY_MS })),
  haltMs: withDefault(number({ min: 100, max: Number.POSITIVE_INFINITY }), 60_000),
});

/** Checks the parts, and that they go together. */
export const failureSettings: Check<FailureSettings> = (value, path, problems) => {
  const before = problems.length;
  const settings = parts(value, path, problems);
  if (problems.length > before) return settings;
  const { backoff: pauses, deadLetter, maxRecordAgeMs, then } = settings;
  if (pauses.baseMs > pauses.maxMs) {
    problems.push(`${path}.backoff.baseMs must not be greater than ${path}.backoff.maxMs`);
  }
  if ((then === "dead-letter") !== (deadLetter !== undefined)) {
    problems.push(`${path}.deadLetter goes with ${path}.then "dead-letter", and that needs it`);
  }
  if (maxRecordAgeMs !== undefined && then === "halt") {
    problems.push(`${path}.maxRecordAgeMs needs ${path}.then to be "skip" or "dead-letter"`);
  }
  return settings;
};
