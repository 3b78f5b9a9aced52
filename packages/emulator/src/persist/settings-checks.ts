// Whether JSON says what a stream can be set to.
import {
  type Check,
  group,
  integer,
  oneOf,
  parsed,
  RECORD_LIMITS,
  required,
  withDefault,
} from "@shardline/core";
import { SHARD_LEVEL_METRICS } from "../stream/shard-level-metrics.ts";
import {
  DEFAULT_SETTINGS,
  type Encryption,
  type StreamSettings,
} from "../stream/stream-settings.ts";
import { list, orNull, some, tagged } from "./json-checks.ts";

type Checks = { readonly [Name in keyof StreamSettings]-?: Check<StreamSettings[Name]> };

/** In MiB per second, as many as the service gives. */
export const WARM_THROUGHPUT: Check<number> = integer({ min: 0, max: 10_240 });

const CHECKS: Checks = {
  mode: oneOf("PROVISIONED", "ON_DEMAND"),
  retentionHours: integer({ min: 24, max: 8760 }),
  maxRecordBytes: integer({ min: RECORD_LIMITS.defaultMaxBytes, max: RECORD_LIMITS.maxBytes }),
  distribution: oneOf("AUTO", "USER_PARTITION_KEY"),
  encryption: tagged<Encryption>("type", {
    NONE: group({ type: required(oneOf("NONE")) }),
    KMS: group({
      type: required(oneOf("KMS")),
      keyId: required(parsed("a text", (text) => text)),
    }),
  }),
  shardLevelMetrics: list(oneOf(...SHARD_LEVEL_METRICS)),
  warmThroughputMiBps: orNull(WARM_THROUGHPUT),
};

/** All settings; one that an older emulator did not know is as it is by default. */
export const SETTINGS: Check<StreamSettings> = required(
  group<StreamSettings>(
    Object.fromEntries(
      Object.entries<Check<unknown>>(CHECKS).map(([name, check]) => [
        name,
        withDefault(check, DEFAULT_SETTINGS[name as keyof StreamSettings]),
      ]),
    ) as Checks,
  ),
);

/** Settings that are to change. */
export const SOME_SETTINGS: Check<Partial<StreamSettings>> = required(some<StreamSettings>(CHECKS));
