// What an emulator can be told, and how it is checked.
import {
  type Check,
  type Clock,
  group,
  integer,
  oneOf,
  parseStreamRef,
  parsed,
  PUT_RECORDS_LIMITS,
  type Random,
  required,
  withDefault,
  withMethods,
  wrong,
} from "@shardline/core";
import type { Limits } from "./limits/limits.ts";
import { LIMITS } from "./limits/limits-check.ts";
import type { WhenFull } from "./stream/storage.ts";
import { checkRules } from "./faults/fault-checks.ts";
import type { FaultInput } from "./faults/fault-presets.ts";
import type { SettledRule } from "./faults/fault-rule.ts";

/** How long streams and consumers stay in their passing states, in milliseconds of the emulator's clock. */
export interface Transitions {
  /** A stream in CREATING. From 0 to 1 hour. @defaultValue 1 */
  readonly createMs: number;
  /** In UPDATING, while something of it is changed. From 0 to 1 hour. @defaultValue 1 */
  readonly updateMs: number;
  /** A stream in DELETING. From 0 to 1 hour. @defaultValue 1 */
  readonly deleteMs: number;
  /** A consumer in CREATING and in DELETING. From 0 to 1 hour. @defaultValue 1 */
  readonly consumerMs: number;
}

/** What a stream is from the start. */
export type StreamStart =
  | number
  | { readonly shards: number; readonly distribution: "AUTO" | "USER_PARTITION_KEY" };

/** Options of an emulator without a server. */
export interface EmulatorOptions {
  /** All times of the emulator: arrival, expiry, transitions, limits. */
  readonly clock: Clock;
  /** All its chance. */
  readonly random: Random;
  /**
   * What is limited per second: nothing, what AWS limits, or limits of one's own, of which `AWS_LIMITS` can be a
   * part. Quotas of streams and shards, and how often a stream may be changed in a day, hold in any case.
   * @defaultValue "off"
   */
  readonly limits?: "off" | "aws" | Limits;
  /**
   * How much may be stored over all streams: bytes of data and partition keys, from 10 MiB on. In memory a record
   * takes a few hundred bytes more. @defaultValue 536870912 (512 MiB)
   */
  readonly maxBytes?: number;
  /**
   * What happens to a put that would pass `maxBytes`. AWS keeps every record for its retention period; a consumer
   * that misses records which a full emulator has dropped would be looked at for a fault that it does not have. So
   * the default is to refuse the put with an `EmulatorFullException`, an error that AWS does not know, and clients
   * do not retry. `"drop-oldest"` is for load that nobody reads back and for emulators that run for days: at least
   * a sixteenth of `maxBytes` is dropped, the oldest records of all streams first, as if they were trimmed, and
   * `stats().droppedRecords` counts them. @defaultValue "refuse"
   */
  readonly whenFull?: WhenFull;
  /**
   * When splits, merges and scalings take effect: at the start of UPDATING or at its end. AWS begins to write to the
   * new shards some time in between. @defaultValue "end"
   */
  readonly reshardAt?: "start" | "end";
  /**
   * Leaves random gaps between the sequence numbers of a shard, as AWS does: no number can be told from the one
   * before it. @defaultValue false
   */
  readonly sequenceGaps?: boolean;
  /** Account of callers that name none: twelve digits. @defaultValue "000000000000" */
  readonly accountId?: string;
  /** Region of callers that name none. @defaultValue "us-east-1" */
  readonly region?: string;
  /**
   * `"present"` refuses requests over HTTP that carry no signature, two, or half of one. What a signature says is
   * never checked.
   * @defaultValue "any"
   */
  readonly signatures?: "any" | "present";
  readonly transitions?: Partial<Transitions>;
  /**
   * How long a subscription to a shard lasts, in milliseconds, 1 to 1 hour, before its consumer has to subscribe
   * anew. @defaultValue 300_000, as on AWS
   */
  readonly subscriptionMs?: number;
  /**
   * Streams that are there and ACTIVE from the start: name to number of shards, 1 to 10,000. With a `distribution` it is
   * one on demand, which with `"AUTO"` places records itself, at random.
   */
  readonly streams?: Readonly<Record<string, StreamStart>>;
  /** What goes wrong from the start. @defaultValue nothing */
  readonly faults?: readonly FaultInput[];
}

/** The options with every default filled in. */
export interface EmulatorSettings
  extends Required<Omit<EmulatorOptions, "transitions" | "limits" | "faults">> {
  readonly transitions: Transitions;
  readonly limits: Limits;
  readonly faults: readonly SettledRule[];
}

const PASSING = integer({ min: 0, max: 3_600_000 });
const DEFAULT_PASSING_MS = 1;
const DEFAULT_MAX_BYTES = 512 * 1024 * 1024;
const SHARD_COUNT = integer({ min: 1, max: 10_000 });

const CLOCK: Check<Clock> = withMethods("a Clock", "wallTimeMs", "nowMs", "startTimer");
const RANDOM: Check<Random> = withMethods("a Random", "next", "bytes");

const STREAM_START = group<Exclude<StreamStart, number>>({
  shards: required(SHARD_COUNT),
  distribution: required(oneOf("AUTO", "USER_PARTITION_KEY")),
});

const STREAMS: Check<Readonly<Record<string, StreamStart>>> = (value, path, problems) => {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    problems.push(wrong(path, "an object of stream names and shard counts", value));
    return {};
  }
  return Object.fromEntries(
    Object.entries(value).map(([name, start]: [string, unknown]) => {
      if (parseStreamRef(name)?.name !== name) problems.push(`${path}.${name} is no stream name`);
      const check: Check<StreamStart> = typeof start === "object" ? STREAM_START : SHARD_COUNT;
      return [name, check(start, `${path}.${name}`, problems)];
    }),
  );
};

/** One check per option, shared with the server's options. */
export const EMULATOR_CHECKS: {
  readonly [Name in keyof EmulatorSettings]: Check<EmulatorSettings[Name]>;
} = {
  clock: required(CLOCK),
  random: required(RANDOM),
  limits: LIMITS,
  maxBytes: withDefault(
    integer({ min: PUT_RECORDS_LIMITS.maxBytes, max: Number.MAX_SAFE_INTEGER }),
    DEFAULT_MAX_BYTES,
  ),
  whenFull: withDefault(oneOf("refuse", "drop-oldest"), "refuse"),
  reshardAt: withDefault(oneOf("start", "end"), "end"),
  sequenceGaps: withDefault(oneOf(false, true), false),
  accountId: withDefault(parsed("twelve digits", fitting(/^\d{12}$/)), "000000000000"),
  region: withDefault(
    parsed("the name of a region, such as eu-west-1", fitting(/^[a-z0-9-]{1,64}$/)),
    "us-east-1",
  ),
  signatures: withDefault(oneOf("any", "present"), "any"),
  transitions: group<Transitions>({
    createMs: withDefault(PASSING, DEFAULT_PASSING_MS),
    updateMs: withDefault(PASSING, DEFAULT_PASSING_MS),
    deleteMs: withDefault(PASSING, DEFAULT_PASSING_MS),
    consumerMs: withDefault(PASSING, DEFAULT_PASSING_MS),
  }),
  subscriptionMs: withDefault(integer({ min: 1, max: 3_600_000 }), 300_000),
  streams: withDefault(STREAMS, {}),
  faults: withDefault(checkRules, []),
};

function fitting(pattern: RegExp): (text: string) => string | undefined {
  return (text) => (pattern.test(text) ? text : undefined);
}
