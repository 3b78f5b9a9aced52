// Options of single calls of a producer, checked as its own are: a time or a size that is no number would otherwise give
// records up at once, or put none.
import {
  type Check,
  group,
  matching,
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

const signal: Check<AbortSignal | undefined> = optional(
  withMethods<AbortSignal>("an AbortSignal", "addEventListener", "removeEventListener"),
);
const signalOnly: Check<{ readonly signal: AbortSignal | undefined }> = group({ signal });

const putManyOptions: Check<PutManySettings> = group({
  signal,
  window: withDefault(number({ min: 1, max: FOREVER }), DEFAULT_WINDOW),
});

/** @throws KinesisError INVALID_OPTIONS */
export function closeTimeoutMs(options: object | undefined): number {
  return resolveOptions("close", closeOptions, options).timeoutMs;
}

const putManyRecords: Check<unknown> = matching(
  "an iterable or async iterable of records",
  isIterable,
);

/**
 * The signal of a call that has one, whatever else it is told.
 * @throws KinesisError INVALID_OPTIONS
 */
export function signalOf(
  call: string,
  options: { readonly signal?: AbortSignal | undefined } | undefined,
): AbortSignal | undefined {
  const given = options?.signal;
  return given === undefined ? given : resolveOptions(call, signalOnly, { signal: given }).signal;
}

/**
 * Refuses what has no records.
 * @throws KinesisError INVALID_OPTIONS
 */
export function checkPutManyRecords(records: unknown): void {
  resolveOptions(
    "putMany",
    (value, _, problems) => putManyRecords(value, "records", problems),
    records,
  );
}

/** @throws KinesisError INVALID_OPTIONS */
export function resolvePutManyOptions(options: object | undefined): PutManySettings {
  return resolveOptions("putMany", putManyOptions, options);
}

/** A text is one, too, of characters. */
function isIterable(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false;
  return [Symbol.iterator, Symbol.asyncIterator].some(
    (name) => typeof Reflect.get(value, name) === "function",
  );
}
