// Options of single calls of a producer, checked as its own are: a time or a size that is no number would otherwise give
// records up at once, or put none.
import {
  type Check,
  group,
  number,
  optional,
  resolveOptions,
  withDefault,
  withMethods,
} from "@shardline/core";

/** How long `close` waits unless told otherwise. */
const DEFAULT_CLOSE_TIMEOUT_MS = 30_000;
const DEFAULT_WINDOW = 16_384;
const FOREVER = Number.POSITIVE_INFINITY;

const closeOptions: Check<{ readonly timeoutMs: number }> = group({
  timeoutMs: withDefault(number({ min: 0, max: FOREVER }), DEFAULT_CLOSE_TIMEOUT_MS),
});

interface PutManySettings {
  readonly signal: AbortSignal | undefined;
  readonly window: number;
}

const putManyOptions: Check<PutManySettings> = group({
  signal: optional(
    withMethods<AbortSignal>("an AbortSignal", "addEventListener", "removeEventListener"),
  ),
  window: withDefault(number({ min: 1, max: FOREVER }), DEFAULT_WINDOW),
});

/** @throws KinesisError INVALID_OPTIONS */
export function closeTimeoutMs(options: object | undefined): number {
  return resolveOptions("close", closeOptions, options).timeoutMs;
}

/** @throws KinesisError INVALID_OPTIONS */
export function resolvePutManyOptions(options: object | undefined): PutManySettings {
  return resolveOptions("putMany", putManyOptions, options);
}
