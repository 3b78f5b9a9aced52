// Options of a Lambda function's handler: their docs, their checks and their defaults.
import { defaultLogger } from "@shardline/core/default-logger";
import {
  type Check,
  type Clock,
  group,
  integer,
  type Logger,
  oneOf,
  optional,
  type Random,
  systemClock,
  systemRandom,
  withDefault,
  withMethods,
} from "@shardline/core";
import { type BatchOptions, batchOptions } from "../batch-options.ts";
import type { FailureOptions } from "../failure-options.ts";
import { type FailureSettings, failureSettings } from "../failure-settings.ts";

/** How records are handled in a Lambda function. */
export interface LambdaOptions {
  /**
   * What happens when the handler fails, within one invocation: as in a worker, but that `then: "halt"` ends the work on the
   * shard's records, and they are reported from that record on.
   */
  readonly onFailure?: Omit<FailureOptions, "haltMs">;
  readonly batch?: BatchOptions;
  /**
   * How Lambda hears of records that are not done. With "batch-item-failures" it goes on at the first of them, which needs
   * `ReportBatchItemFailures` among the `FunctionResponseTypes` of the event source mapping: **without it Lambda takes all
   * records for done**. With "throw" the invocation fails, and all its records come again.
   * @defaultValue "batch-item-failures"
   */
  readonly report?: "batch-item-failures" | "throw";
  /**
   * So much before the invocation's time is over, in ms, from 10, no more is tried, the handler's signal aborts, and what
   * it does then is not counted; after half of it the answer is given, whether the handler has returned or not.
   * @defaultValue 1000
   */
  readonly marginMs?: number;
  /** A pino logger, or one of its shape. @defaultValue a pino logger at level `warn` */
  readonly logger?: Logger;
  /** Time, for tests. @defaultValue the system's */
  readonly clock?: Clock;
  /** Chance, for tests. @defaultValue the system's */
  readonly random?: Random;
}

/** The options with every default in place. */
export interface LambdaSettings {
  readonly onFailure: FailureSettings;
  readonly batch: Readonly<Required<BatchOptions>>;
  readonly report: "batch-item-failures" | "throw";
  readonly marginMs: number;
  readonly logger: Logger;
  readonly clock: Clock;
  readonly random: Random;
}

/** Lambda itself says when a shard is tried again. */
const onFailure: Check<FailureSettings> = (value, path, problems) => {
  if ("haltMs" in Object(value)) {
    problems.push(
      `${path}.haltMs means nothing here: Lambda sends the records again when it likes`,
    );
  }
  return { ...failureSettings(value, path, problems), haltMs: 0 };
};

const logger = optional(withMethods<Logger>("a logger", "debug", "info", "warn", "error"));

export const lambdaOptions: Check<LambdaSettings> = group({
  onFailure,
  batch: batchOptions,
  report: withDefault(oneOf("batch-item-failures", "throw"), "batch-item-failures"),
  marginMs: withDefault(integer({ min: 10, max: 900_000 }), 1000),
  logger: (value, path, problems) =>
    logger(value, path, problems) ?? defaultLogger("@shardline/consumer/lambda"),
  clock: withDefault(
    withMethods<Clock>("a Clock", "wallTimeMs", "nowMs", "startTimer"),
    systemClock,
  ),
  random: withDefault(withMethods<Random>("a Random", "next", "bytes"), systemRandom),
});
