// A rule: which calls it is for, what it does to them, and for how long. Plain JSON.
import type { FaultEffect, SettledEffect } from "./fault-effects.ts";

/** What happens to which calls. Rules are tried in the order in which they were added, and the first one that fires wins. */
export interface FaultRule {
  readonly effect: FaultEffect;
  /** @defaultValue every call to Kinesis that the effect can happen to */
  readonly match?: FaultMatch;
  /** Fires at most so often: 1 to 1,000,000,000. @defaultValue without end */
  readonly times?: number | undefined;
  /** Is there for so long, in ms of the emulator's clock: 1 to 1 year. @defaultValue until it is removed */
  readonly forMs?: number | undefined;
  /** Fires for every nth of the calls that match: 1 to 1,000,000,000. @defaultValue 1 */
  readonly everyNth?: number;
  /** Whether the rules behind it are tried too after it fired. @defaultValue false */
  readonly continue?: boolean;
}

/** Which calls a rule is for: those to which all that is said applies. */
export interface FaultMatch {
  /** @defaultValue "kinesis" */
  readonly service?: FaultService;
  /** Names of operations, as in `PutRecords`. @defaultValue all that the effect can happen to */
  readonly operations?: string | readonly string[] | undefined;
  /** Name or ARN of the stream that is called. */
  readonly stream?: string | undefined;
  /** A shard that is read, or that one of the records put belongs to. */
  readonly shardId?: string | undefined;
  /** Name or ARN of the consumer that subscribes. */
  readonly consumer?: string | undefined;
  /** Name of the table that is called, at the service `"dynamodb"`. */
  readonly table?: string | undefined;
  /** Twelve digits. */
  readonly account?: string | undefined;
  /** A regular expression that the client's `User-Agent` contains. Calls in the process have none. */
  readonly userAgent?: string | undefined;
  /** How a partition key of one of the records put begins. */
  readonly keyPrefix?: string | undefined;
  /** Size of one of the records put, data and key, in bytes, at least: 0 to 10,485,760. */
  readonly minRecordBytes?: number | undefined;
  /** Only the nth of the calls that match everything above: 1 to 1,000,000,000. */
  readonly nth?: number | undefined;
  /** Chance that the rule fires for a call that matches, from the emulator's `random`: above 0, to 1. @defaultValue 1 */
  readonly probability?: number;
}

/** A rule with every default filled in. */
export interface SettledRule {
  readonly effect: SettledEffect;
  readonly match: Required<FaultMatch> & { readonly operations: readonly string[] | undefined };
  readonly times: number | undefined;
  readonly forMs: number | undefined;
  readonly everyNth: number;
  readonly continue: boolean;
}

/** Which of the emulator's services. */
export type FaultService = "kinesis" | "dynamodb";
