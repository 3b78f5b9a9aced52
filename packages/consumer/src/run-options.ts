// Options of one run.
import {
  type Check,
  group,
  number,
  optional,
  resolveOptions,
  withDefault,
  withMethods,
} from "@shardline/core";

/** How `run` goes. */
export interface RunOptions {
  /**
   * Abort drains the worker: what is in hand is finished and checkpointed, and the leases are released. Nothing new is begun but,
   * where records are handled side by side, what lies before something done.
   * @defaultValue none: the worker runs until something ends it
   */
  readonly signal?: AbortSignal | undefined;
  /**
   * How long to drain, in ms, from 0; then the handlers' signals abort and the leases are released as they stand.
   * @defaultValue 30000
   */
  readonly drainTimeoutMs?: number | undefined;
}

/** The options of a run with every default in place. */
export interface ResolvedRunOptions {
  readonly signal: AbortSignal | undefined;
  readonly drainTimeoutMs: number;
}

const abortSignal = withMethods<AbortSignal>(
  "an AbortSignal",
  "addEventListener",
  "throwIfAborted",
);

const parts: Check<ResolvedRunOptions> = group({
  signal: optional(abortSignal),
  drainTimeoutMs: withDefault(number({ min: 0, max: Number.POSITIVE_INFINITY }), 30_000),
});

/** A signal has no keys of its own, so it would pass for options without one, and the worker could not be ended. */
const runOptions: Check<ResolvedRunOptions> = (value, path, problems) => {
  if ("throwIfAborted" in Object(value))
    problems.push("options must be { signal }, got the signal");
  return parts(value, path, problems);
};

/**
 * Checks the options of a run and fills in the defaults.
 * @throws KinesisError INVALID_OPTIONS
 */
export function resolveRunOptions(options: RunOptions | undefined): ResolvedRunOptions {
  return resolveOptions("run", runOptions, options);
}
